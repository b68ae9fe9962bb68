"""Runs a Molecule scenario, and reads from its output which tasks each run reported as changed.

Molecule runs the role four times (see shared/molecule.yml) and fails by itself when the second real run changes
something. It does not compare check mode with the real run; `Outcome` has what a test needs to do that.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests import kept

CHECKOUT = Path(__file__).resolve().parents[2]
SCENARIOS = Path(__file__).resolve().parent
# The hosts of every scenario, in shared/inventory.yml: a release of Debian each.
RELEASES = ("bookworm", "trixie")

_ACTION = re.compile(r"^INFO +\[\S+ > (?P<action>\w+)\] Executing$")
_TASK = re.compile(r"^(?P<kind>TASK|RUNNING HANDLER) \[(?P<name>.+)\] \**$")
_CHANGED = re.compile(r"^changed: \[(?P<host>[^\]]+)\]")


@dataclass(frozen=True)
class Run:
    """One run of the role: Molecule's name for it, and what it reported as changed, as pairs of a host and a task.

    Handlers are not in it. `changed_on_host` leaves out tasks that were delegated to the controller.
    """

    action: str
    changed: frozenset[tuple[str, str]]
    changed_on_host: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Outcome:
    """How a scenario ended: its exit code, its output, and its runs of the role in order."""

    exit_code: int
    output: str
    runs: tuple[Run, ...]

    @property
    def last_action(self) -> str:
        """The output of the last action: why it failed, without the diffs of earlier actions."""
        lines = self.output.splitlines()
        begins = [number for number, line in enumerate(lines) if _ACTION.match(line)]
        return "\n".join(lines[begins[-1] :] if begins else lines)


def names() -> list[str]:
    """Every folder here that is a scenario."""
    return sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml") if path.parent.name != "shared")


def runs_in(output: str) -> tuple[Run, ...]:
    """The check, converge and idempotence actions in Molecule's uncoloured, borderless output."""
    runs: list[tuple[str, dict[tuple[str, str], bool]]] = []
    task = None
    for line in output.splitlines():
        if action := _ACTION.match(line):
            runs.append((action["action"], {}))
        elif heading := _TASK.match(line):
            # Check mode cannot know whether a notified handler would find something to do.
            task = heading["name"] if heading["kind"] == "TASK" else None
        elif (changed := _CHANGED.match(line)) and task and runs:
            host, delegated, _ = changed["host"].partition(" -> ")
            runs[-1][1][host, task] = not delegated
    return tuple(
        Run(action, frozenset(tasks), frozenset(task for task, on_host in tasks.items() if on_host))
        for action, tasks in runs
        if action in {"check", "converge", "idempotence"}
    )


def containers(scenario: str) -> tuple[str, ...]:
    """The names of its hosts' containers: two checkouts on one machine, or two scenarios, never share one."""
    return tuple(f"{_prefix(scenario)}-{release}" for release in RELEASES)


def run(scenario: str) -> Outcome:
    """Create the scenario's hosts, run the role four times, verify it, and always remove the hosts."""
    # A killed run leaves containers behind, and their names taken.
    _remove(scenario)
    # A folder of its own for Molecule's state: one that is kept remembers hosts that are gone.
    with tempfile.TemporaryDirectory(prefix="longshore-role-") as state:
        environment = os.environ | {
            "LONGSHORE_ROLE_TEST_HOST": _prefix(scenario),
            "MOLECULE_EPHEMERAL_DIRECTORY": state,
            "MOLECULE_GLOB": "tests/roles/*/molecule.yml",
            "NO_COLOR": "1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        base = ["--base-config", "tests/roles/shared/molecule.yml"]
        # The hosts are removed here, after their logs have been copied.
        options = ["--destroy=never", "--no-command-borders", "--no-report", "--scenario-name", scenario]
        try:
            done = subprocess.run(
                [sys.executable, "-m", "molecule", *base, "test", *options],
                cwd=CHECKOUT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            if done.returncode:
                kept.keep(f"roles-{scenario}", *containers(scenario))
                folder = kept.COLLECTED / f"roles-{scenario}"
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "molecule.log").write_text(done.stdout)
        finally:
            _remove(scenario)
    return Outcome(done.returncode, done.stdout, runs_in(done.stdout))


def _prefix(scenario: str) -> str:
    checkout = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
    return f"longshore-role-{checkout}-{scenario.replace('_', '-')}"


def _remove(scenario: str) -> None:
    """Remove the containers and their volumes, where they exist."""
    subprocess.run(["docker", "rm", "--force", "--volumes", *containers(scenario)], capture_output=True, check=True)
