"""A host is reached with the right key and pinned; with a wrong key or another host key it is refused, by name.

So is one that is entered and of no use, and no other host is then touched.
"""

from __future__ import annotations

import shutil
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

    def provision(self, key: Path, *arguments: str, playbook: str = "provision") -> Run:
        """Run the playbook with a key, through connections of this test's own."""
        return self.environment.play(
            playbook, "-e", "host_access_seconds=4", *self.by(key), *arguments, **self.kept(uuid.uuid4().hex[:4])
        )

    def by(self, key: Path) -> list[str]:
        """Arguments that choose a key."""
        return ["-e", f"ansible_ssh_private_key_file={key}"]

    def kept(self, name: str) -> dict[str, str]:
        """Settings under which a run keeps its connections in a folder of a name, and uses those that are there."""
        return {"ANSIBLE_SSH_CONTROL_PATH_DIR": str(self.key.parent / name)}


# A user with the key, who may not become root, and one who may run nothing.
USERS = """
for user in eve:/bin/bash nobody-home:/usr/sbin/nologin; do
    useradd --create-home --shell ${user#*:} ${user%:*}
    install -d -o ${user%:*} -m 700 /home/${user%:*}/.ssh
    install -o ${user%:*} -m 600 /root/.ssh/authorized_keys /home/${user%:*}/.ssh/
done
"""


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
        docker("exec", container, "sh", "-c", USERS)
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
        "host_access: web-1 rejects the SSH key",
        f"  found: root@{server.address} for 4 s: root@{server.address}: Permission denied (publickey,password).",
        "  fix: set ansible_user and ansible_ssh_private_key_file to a user and a key that it accepts",
    )


def test_a_check_says_so_too(server: Server, tmp_path: Path) -> None:
    server.provision(new_key(tmp_path / "wrong"), "--check").refused(
        "host_access: web-1 rejects the SSH key",
        f"  found: root@{server.address} for 4 s: root@{server.address}: Permission denied (publickey,password).",
        "  fix: set ansible_user and ansible_ssh_private_key_file to a user and a key that it accepts",
    )
    server.provision(server.key, "--check").succeeded()


@pytest.mark.parametrize(
    "case",
    [
        (
            "ansible_user=eve",
            "accepts the user, who cannot become root",
            "eve",
            "Missing sudo password",
            "set ansible_user to root, allow that user sudo without a password, or add --ask-become-pass",
        ),
        (
            "ansible_user=nobody-home",
            "accepts the user, but Ansible cannot work there",
            "nobody-home",
            "This account is currently not available.",
            "check the user's shell, the free disk space (df -h) and the version of Python, 3.8 or newer",
        ),
        (
            "ansible_python_interpreter=/usr/bin/python9",
            "has no Python",
            "root",
            "bash: line 1: /usr/bin/python9: No such file or directory",
            "install it there (apt-get install python3), or set ansible_python_interpreter to its path",
        ),
    ],
)
def test_a_host_that_is_entered_and_of_no_use(server: Server, case: tuple[str, str, str, str, str]) -> None:
    variable, problem, user, said, fix = case
    server.provision(server.key, "-e", variable).refused(
        f"host_access: web-1 {problem}", f"  found: {user}@{server.address} for 4 s: {said}", f"  fix: {fix}"
    )


def test_a_kept_connection_is_no_way_in_for_another_key(server: Server, tmp_path: Path) -> None:
    kept = server.kept("k")
    pins = server.environment.state / "known_hosts"
    ping = ["web", "-m", "ansible.builtin.ping"]
    server.environment.run("ansible", *ping, *server.by(server.key), **kept).succeeded()

    wrong = server.environment.run("ansible", *ping, *server.by(new_key(tmp_path / "wrong")), **kept)
    assert wrong.code != 0
    assert "Permission denied" in wrong.output
    given = server.environment.run("ansible", *ping, "--private-key", str(tmp_path / "wrong"), **kept)
    assert "Permission denied" in given.output

    changed = shutil.copy(server.key, tmp_path / "changed")
    server.environment.run("ansible", *ping, *server.by(changed), **kept).succeeded()
    changed.write_text((tmp_path / "wrong").read_text())
    assert "Permission denied" in server.environment.run("ansible", *ping, *server.by(changed), **kept).output

    pinned = pins.read_text()
    try:
        pins.write_text(f"{server.address} {server.key.with_suffix('.pub').read_text()}")
        elsewhere = server.environment.run("ansible", *ping, *server.by(server.key), **kept)
        assert "Host key verification failed" in elsewhere.output
    finally:
        pins.write_text(pinned)


def test_no_host_is_configured_when_another_does_not_answer(server: Server) -> None:
    hosts = {"web-1": {"ansible_host": server.address}, "web-2": {"ansible_host": server.address, "ansible_port": 9}}
    server.environment.rewrite("hosts.yml", {"web": {"hosts": hosts}})
    try:
        run = server.provision(server.key, "-e", "release_image=agents:1", playbook="site")
    finally:
        server.environment.rewrite("hosts.yml", {"web": {"hosts": {"web-1": hosts["web-1"]}}})
    run.refused(
        "host_access: web-2 does not answer over SSH",
        f"  found: root@{server.address} for 4 s: ssh: connect to host {server.address} port 9: Connection refused",
        "  fix: check that it runs, and that its firewall (aws_network_ssh_cidr on AWS) allows SSH from this machine",
    )
    assert "host_access: web-1 answers, but another host does not, so nothing is done to it" in run.output
    assert "PLAY [Configure" not in run.output


def test_what_ssh_says_is_told_when_it_ends_late_too(server: Server, tmp_path: Path) -> None:
    # Ansible then only knows that it could not send.
    late = tmp_path / "ssh"
    late.write_text('#!/bin/sh\nexec <&-\nsleep 0.5\nexec ssh "$@" </dev/null\n')
    late.chmod(0o755)
    server.provision(server.key, "-e", "ansible_port=9", "-e", f"ansible_ssh_executable={late}").refused(
        "host_access: web-1 does not answer over SSH",
        f"  found: root@{server.address} for 4 s: ssh: connect to host {server.address} port 9: Connection refused",
        "  fix: check that it runs, and that its firewall (aws_network_ssh_cidr on AWS) allows SSH from this machine",
    )


def test_another_host_key(server: Server) -> None:
    pins = server.environment.state / "known_hosts"
    pins.write_text(f"{server.address} {server.key.with_suffix('.pub').read_text()}")
    pinned = pins.read_text()
    server.provision(server.key).refused(
        "host_access: web-1 has another host key than the pinned one",
        f"  found: root@{server.address} for 4 s: Host key verification failed.",
        f"  fix: find out why; only if it was reinstalled, remove its line from {pins}",
    )
    assert pins.read_text() == pinned
