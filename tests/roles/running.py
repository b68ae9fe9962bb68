"""For the tests of all scenarios: the state of the scenario, and playbooks on the host under test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.roles.scenario import CHECKOUT, SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Mapping

# Empty where pytest only collects these files; Molecule sets it.
STATE = Path(os.environ.get("MOLECULE_EPHEMERAL_DIRECTORY", ""))


def name(host: Any) -> str:
    """The host's name in the inventory: its release of Debian."""
    return str(host.backend.get_hostname())


def ansible(host: Any, playbook: Path, *arguments: str, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run a play of the scenario with these variables, on this host alone."""
    inventory = [f"--inventory={SCENARIOS / 'shared' / 'inventory.yml'}", f"--limit={name(host)}"]
    return _run([*inventory, f"--extra-vars={json.dumps(variables)}", *arguments, str(playbook)], os.environ)


def operate(host: Any, playbook: str, *arguments: str, **variables: object) -> subprocess.CompletedProcess[str]:
    """Run one of the product's playbooks as an operator does, in an environment with this host alone."""
    reached = {
        "ansible_ssh_common_args": f"-F {STATE / name(host)}.ssh_config",
        "ansible_control_path": f"{STATE / name(host)}.control",
    }
    environment = STATE / f"{name(host)}-environment.yml"
    content = {"plugin": "longshore.app.environment", "name": f"test-{name(host)}", "hosts": {name(host): reached}}
    environment.write_text(json.dumps(content))
    # The product's own inventory plugins and output, which the scenario does without.
    theirs = {"ANSIBLE_INVENTORY_ENABLED", "ANSIBLE_STDOUT_CALLBACK", "ANSIBLE_CALLBACK_RESULT_FORMAT"}
    settings = {key: value for key, value in os.environ.items() if key not in theirs}
    given = f"--extra-vars={json.dumps(variables)}"
    return _run([f"--inventory={environment}", given, *arguments, f"longshore.app.{playbook}"], settings)


def _run(arguments: list[str], settings: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "ansible-playbook"), *arguments],
        cwd=CHECKOUT,
        env={**settings, "ANSIBLE_NOCOLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def shown(done: subprocess.CompletedProcess[str]) -> str:
    """All output, with messages as they read."""
    return (done.stdout + done.stderr).replace("\\n", "\n").replace('\\"', '"')


def until(condition: str) -> str:
    """A command that waits for a condition of the shell, 20 seconds at most."""
    return f"timeout 20 sh -c 'until {condition}; do sleep 0.1; done'"
