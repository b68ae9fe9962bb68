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
TOOLS = ("bash", "cat", "dirname", "env", "id", "ln", "mkdir", "readlink", "sed", "sha256sum", "ssh", "tail", "uname")


# In place of what is looked at before anything is installed.
LOOK = """
import pathlib, sys
with pathlib.Path("calls").open("a") as calls:
    calls.write(f"looked for {sys.argv[1]}\\n")
sys.exit(pathlib.Path("fault").exists())
"""


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
        done = self.run(*arguments)
        sys.stdout.write(done.stdout + done.stderr)
        return done.returncode

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the script."""
        path = {"PATH": str(self.folder / "bin"), "HOME": str(self.folder)}
        return subprocess.run(
            ["sandbox/bootstrap.sh", *arguments], cwd=self.folder, env=path, check=False, capture_output=True, text=True
        )

    def installed(self) -> list[str]:
        """Packages that apt was told to install."""
        (install,) = [call for call in self.calls if " install -qy " in call]
        return install.partition("--no-install-recommends ")[2].split()

    def stub(self, name: str, then: str = "") -> None:
        """A command that writes down its name and arguments, and may do something more."""
        script = self.folder / name
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(f'#!/bin/sh\necho {script.name} "$@" >> {self.folder}/calls\n{then}\n')
        script.chmod(0o755)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    made = Machine(tmp_path)
    (tmp_path / "sandbox").mkdir()
    script = tmp_path / "sandbox" / "bootstrap.sh"
    # The engine of the machine that the tests run on is in the folders that the script adds to the PATH.
    script.write_text((CHECKOUT / "sandbox" / "bootstrap.sh").read_text().replace("/usr/sbin:/sbin", "/nowhere"))
    script.chmod(0o755)
    shutil.copytree(CHECKOUT / "requirements", tmp_path / "requirements")
    (tmp_path / "sandbox" / "machine.py").write_text(LOOK)
    for name in ("bin/apt-get", "bin/apt-cache", "bin/systemctl", "bin/sudo", ".cache/uv/bin/uv", ".cache/uv/bin/pip"):
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


NAMES = {
    "Debian 12": ("exit 100", "docker.io"),
    "Debian 13": ("", "docker-cli"),
}


@pytest.mark.parametrize(("known", "package"), NAMES.values(), ids=NAMES)
def test_a_sandbox_s_machine_gets_its_packages(machine: Machine, known: str, package: str) -> None:
    machine.stub("bin/apt-cache", known)
    assert machine.bootstrap() == 0
    assert machine.installed()[:7] == [
        *("docker.io", "iptables", package, "docker-registry", "mmdebstrap", "curl", "ca-certificates")
    ]


def test_only_the_docker_command_is_missing_on_debian_13(machine: Machine) -> None:
    for name in ("dockerd", "docker-registry", "mmdebstrap", "curl", "wrk"):
        machine.stub(f"bin/{name}")
    assert machine.bootstrap() == 0
    assert machine.installed() == ["docker-cli"]


@pytest.mark.parametrize(
    ("packages", "dockerd", "found"),
    [
        ("installed docker-ce\\ninstalled containerd.io", True, "docker-ce, containerd.io, without the command docker"),
        ("installed docker-ce-cli\\nconfig-files docker-ce", False, "docker-ce-cli, without dockerd"),
    ],
)
def test_dockers_own_packages_are_never_replaced(machine: Machine, packages: str, dockerd: bool, found: str) -> None:
    machine.stub("bin/dpkg-query", f"printf '{packages}\\n'")
    if dockerd:
        machine.stub("bin/dockerd")
    done = machine.run()
    assert done.returncode == 1
    assert done.stderr == (
        f"make: Docker's own packages are incomplete\n  found: {found}\n"
        "  fix: apt-get install docker-ce docker-ce-cli containerd.io docker-buildx-plugin\n"
    )
    assert not any(call.startswith(("apt-get", "sudo")) for call in machine.calls)


def test_a_machine_with_dockers_own_packages_is_left_with_them(machine: Machine) -> None:
    machine.stub(
        "bin/dpkg-query", "printf 'installed docker-ce\\ninstalled docker-ce-cli\\ninstalled containerd.io\\n'"
    )
    for name in ("dockerd", "docker"):
        machine.stub(f"bin/{name}")
    assert machine.bootstrap() == 0
    assert machine.installed() == ["docker-registry", "mmdebstrap", "curl", "ca-certificates", "wrk"]


def test_what_is_wrong_outside_is_said_before_anything_is_installed(machine: Machine) -> None:
    (machine.folder / "fault").touch()
    assert machine.bootstrap() == 1
    assert machine.calls == ["looked for sandbox"]


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        ("update", "make: apt cannot read its package lists\n  found: `apt-get update` failed, as said above\n"),
        ("install", "make: the packages could not be installed\n  found: `apt-get install docker-cli` failed"),
    ],
)
def test_a_failure_of_apt_ends_in_three_lines(machine: Machine, fails: str, said: str) -> None:
    for name in ("dockerd", "docker-registry", "mmdebstrap", "curl", "wrk"):
        machine.stub(f"bin/{name}")
    for name in ("apt-get", "sudo"):
        machine.stub(f"bin/{name}", f'case "$*" in *{fails}*) exit 100;; esac')
    done = machine.run()
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 3


def test_a_user_who_may_not_become_root_is_told_the_packages(machine: Machine) -> None:
    machine.stub("bin/id", 'case "$1" in -u) echo 1000;; -un) echo dev;; esac')
    machine.stub("bin/sudo", "exit 1")
    for name in ("dockerd", "docker-registry", "mmdebstrap", "curl", "wrk"):
        machine.stub(f"bin/{name}")
    done = machine.run()
    assert done.returncode == 1
    assert done.stderr == (
        "make: packages are missing, and only root may install them\n  found: user dev, without sudo\n"
        "  fix: run as root: apt-get install --no-install-recommends docker-cli\n"
    )


def test_make_lists_it() -> None:
    listed = subprocess.run(["make"], cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout
    assert "operator " in listed
