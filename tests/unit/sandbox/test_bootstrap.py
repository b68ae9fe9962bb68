"""Does a machine get only what it is meant for: an operator's no container engine, a sandbox's all?"""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[3]
# What a machine has that has none of the sandbox's packages.
TOOLS = ("bash", "cat", "dirname", "env", "id", "sed", "sha256sum", "ssh", "tail", "uname")


@dataclass
class Machine:
    """A copy of the scripts, with commands that write down how they were called in place of those that install."""

    folder: Path

    @property
    def calls(self) -> list[str]:
        """Calls since the last look."""
        file = self.folder / "calls"
        lines = file.read_text().splitlines() if file.exists() else []
        file.unlink(missing_ok=True)
        return lines

    def bootstrap(self, *arguments: str) -> int:
        """Run the script; what it said is in pytest's own output."""
        path = {"PATH": str(self.folder / "bin"), "HOME": str(self.folder)}
        return subprocess.run(["sandbox/bootstrap.sh", *arguments], cwd=self.folder, env=path, check=False).returncode

    def stub(self, name: str) -> None:
        """A command that writes down its name and arguments."""
        script = self.folder / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f'#!/bin/sh\necho {script.name} "$@" >> {self.folder}/calls\n')
        script.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    (tmp_path / "sandbox").mkdir()
    shutil.copy(CHECKOUT / "sandbox" / "bootstrap.sh", tmp_path / "sandbox")
    shutil.copytree(CHECKOUT / "requirements", tmp_path / "requirements")
    for name in ("bin/apt-get", "bin/systemctl", "bin/sudo", ".cache/uv/bin/uv", ".cache/uv/bin/pip"):
        made.stub(name)
    (tmp_path / "bin" / "python3").symlink_to(Path(sys.executable).resolve())
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (tmp_path / "bin" / name).symlink_to(found)
    return made


def synchronised(calls: list[str]) -> list[str]:
    """The files of requirements that were installed."""
    return [call.split()[-1] for call in calls if call.startswith("uv pip sync")]


def test_an_operator_s_machine_gets_python_packages_alone(machine: Machine) -> None:
    assert machine.bootstrap("operator") == 0
    calls = machine.calls
    assert synchronised(calls) == ["requirements/operator.txt"]
    assert not any(call.startswith(("apt-get", "sudo")) for call in calls)
    assert machine.bootstrap("operator") == 0
    assert machine.calls == []


def test_a_sandbox_s_environment_does_for_an_operator_and_not_the_other_way(machine: Machine) -> None:
    for name in ("dockerd", "docker", "docker-registry", "mmdebstrap", "curl", "wrk"):
        machine.stub(f"bin/{name}")
    assert machine.bootstrap("operator") == 0
    assert machine.bootstrap() == 0
    assert synchronised(machine.calls) == ["requirements/operator.txt", "requirements/development.txt"]
    assert machine.bootstrap("operator") == 0
    assert machine.calls == []


def test_a_sandbox_s_machine_gets_its_packages(machine: Machine) -> None:
    assert machine.bootstrap() == 0
    # By sudo where it isn't root who runs this.
    (install,) = [call for call in machine.calls if " install -qy " in call]
    assert {"docker.io", "docker-registry", "mmdebstrap", "wrk"} <= set(install.split())


def test_make_lists_it() -> None:
    listed = subprocess.run(["make"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    assert "operator " in listed
