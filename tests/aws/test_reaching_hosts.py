"""A host is reached with the right key and pinned; with a wrong key or another host key it is refused, by name."""

from __future__ import annotations

import subprocess
import sys
import time
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.aws.account import PROJECT, Environment, Run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SSHD = "mkdir -p /run/sshd /root/.ssh && ssh-keygen -A && exec /usr/sbin/sshd -D -e"


@dataclass
class Server:
    """A container that runs nothing but sshd, and the environment that lists it."""

    container: str
    address: str
    key: Path
    environment: Environment

    def provision(self, key: Path) -> Run:
        """Run the playbook with a key, through connections of this test's own."""
        control = self.key.parent / uuid.uuid4().hex[:4]
        return self.environment.play(
            "provision",
            "-e",
            f"ansible_ssh_private_key_file={key}",
            "-e",
            "host_access_seconds=4",
            ANSIBLE_SSH_CONTROL_PATH_DIR=str(control),
        )


def docker(*arguments: str, given: str | None = None) -> str:
    """What a Docker command prints."""
    done = subprocess.run(["docker", *arguments], input=given, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def new_key(path: Path) -> Path:
    """Make a key pair."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path], check=True)
    return path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("ssh")
    command = [sys.executable, "-m", "sandbox", "image", "host"]
    image = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True).stdout.split()[-1]
    name = f"longshore-test-ssh-{uuid.uuid4().hex[:6]}"
    container = docker("run", "--detach", "--name", name, "--label=longshore.purpose=ssh-test", image, "sh", "-c", SSHD)
    environment = Environment("byo", folder / f"test-{uuid.uuid4().hex[:6]}")
    try:
        key = new_key(folder / "right")
        deadline = time.monotonic() + 20
        while (
            "listening"
            not in subprocess.run(["docker", "logs", name], capture_output=True, text=True, check=True).stderr
        ):
            assert time.monotonic() < deadline, "sshd did not start within 20 s"
            time.sleep(0.1)
        authorize = "umask 077; cat > /root/.ssh/authorized_keys"
        docker("exec", "-i", container, "sh", "-c", authorize, given=key.with_suffix(".pub").read_text())
        address = docker("inspect", "--format", "{{.NetworkSettings.IPAddress}}", container)
        environment.rewrite("hosts.yml", {"web": {"hosts": {"web-1": {"ansible_host": address}}}})
        yield Server(container, address, key, environment)
    finally:
        docker("rm", "--force", "--volumes", name)
        environment.forget()


def test_the_first_contact_pins_the_host(server: Server) -> None:
    run = server.provision(server.key)
    assert run.succeeded().changed == 0
    pins = (server.environment.state / "known_hosts").read_text().split()
    assert pins[:2] == [server.address, "ssh-ed25519"]


def test_a_wrong_key(server: Server, tmp_path: Path) -> None:
    server.provision(new_key(tmp_path / "wrong")).refused(
        "host_access: web-1 refuses the key",
        f"  seen: root@{server.address} for 4 s: root@{server.address}: Permission denied (publickey,password).",
        "  mend: set ansible_user and ansible_ssh_private_key_file to the user and the key that open it",
    )


def test_another_host_key(server: Server) -> None:
    pins = server.environment.state / "known_hosts"
    pins.write_text(f"{server.address} {server.key.with_suffix('.pub').read_text()}")
    pinned = pins.read_text()
    server.provision(server.key).refused(
        "host_access: web-1 shows another host key than the one that was pinned",
        f"  seen: root@{server.address} for 4 s: Host key verification failed.",
        f"  mend: find out why; only if you know that it was made anew, remove its line from {pins}",
    )
    assert pins.read_text() == pinned
