"""One Molecule scenario: run it, and read from its output which tasks each run reported as changed.

Molecule runs the role four times (see shared/molecule.yml) and fails by itself when the second real run changes
something. What it doesn't judge is check mode; `Outcome` holds what is needed to judge that.
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

_ACTION = re.compile(r"^INFO +\[\S+ > (?P<action>\w+)\] Executing$")
_TASK = re.compile(r"^(?P<kind>TASK|RUNNING HANDLER) \[(?P<name>.+)\] \**$")
_CHANGED = re.compile(r"^changed: \[(?P<host>[^\]]+)\]")


@dataclass(frozen=True)
class Run:
    """One run of the role: the action that molecule names it by, and the tasks (not handlers) it reported changed.

    `changed` are all of them, `changed_on_host` those that weren't delegated to the controller.
    """

    action: str
    changed: tuple[str, ...]
    changed_on_host: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """How a scenario ended: its exit code, all it printed, and its runs of the role in order."""

    exit_code: int
    output: str
    runs: tuple[Run, ...]

    @property
    def last_action(self) -> str:
        """What was printed from the last action's begin on: why it failed, without the diffs of those before it."""
        lines = self.output.splitlines()
        begins = [number for number, line in enumerate(lines) if _ACTION.match(line)]
        return "\n".join(lines[begins[-1] :] if begins else lines)


def names() -> list[str]:
    """Every folder here that is a scenario."""
    return sorted(path.parent.name for path in SCENARIOS.glob("*/molecule.yml") if path.parent.name != "shared")


def runs_in(output: str) -> tuple[Run, ...]:
    """The check, converge and idempotence actions in molecule's uncoloured, borderless output."""
    runs: list[tuple[str, dict[str, bool]]] = []
    task = None
    for line in output.splitlines():
        if action := _ACTION.match(line):
            runs.append((action["action"], {}))
        elif heading := _TASK.match(line):
            # Check mode cannot know whether a notified handler would find something to do.
            task = heading["name"] if heading["kind"] == "TASK" else None
        elif (changed := _CHANGED.match(line)) and task and runs:
            runs[-1][1][task] = " -> " not in changed["host"]
    return tuple(
        Run(action, tuple(tasks), tuple(name for name, on_host in tasks.items() if on_host))
        for action, tasks in runs
        if action in {"check", "converge", "idempotence"}
    )


def host_name(scenario: str) -> str:
    """The container's name: two checkouts on one machine, or two scenarios, never share one."""
    checkout = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
    return f"longshore-role-{checkout}-{scenario.replace('_', '-')}"


def run(scenario: str, host_image: str) -> Outcome:
    """Create the scenario's host, run the role four times, verify it, and remove the host whatever happened."""
    host = host_name(scenario)
    # What a killed run left behind would be met by `create` as a name that is taken.
    _remove(host)
    # A folder of its own for molecule's state: one that is kept remembers hosts that are gone.
    with tempfile.TemporaryDirectory(prefix="longshore-role-") as state:
        environment = os.environ | {
            "LONGSHORE_HOST_IMAGE": host_image,
            "LONGSHORE_ROLE_TEST_HOST": host,
            "MOLECULE_EPHEMERAL_DIRECTORY": state,
            "MOLECULE_GLOB": "tests/roles/*/molecule.yml",
            "NO_COLOR": "1",
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        }
        # The host is removed here, once its logs are kept.
        options = ["--destroy=never", "--no-command-borders", "--no-report", "--scenario-name", scenario]
        try:
            done = subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "molecule",
                    "--base-config",
                    "tests/roles/shared/molecule.yml",
                    "test",
                    *options,
                ],
                cwd=CHECKOUT,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
            )
            if done.returncode:
                kept.keep(f"roles-{scenario}", host)
                folder = kept.COLLECTED / f"roles-{scenario}"
                folder.mkdir(parents=True, exist_ok=True)
                (folder / "molecule.log").write_text(done.stdout)
        finally:
            _remove(host)
    return Outcome(done.returncode, done.stdout, runs_in(done.stdout))


def _remove(container: str) -> None:
    """Remove a container and its volume, if it is there."""
    subprocess.run(["docker", "rm", "--force", "--volumes", container], capture_output=True, check=True)
