"""The exact three lines of every refusal that an operator can cause."""

import os
import socket
from collections.abc import Callable
from ipaddress import IPv4Network
from pathlib import Path
from subprocess import CalledProcessError

import pytest
from docker.errors import APIError, DockerException
from requests.exceptions import ReadTimeout

from engine.longshore.errors import RefusedError
from sandbox import __main__, application, settings
from sandbox.hypervisor.account import check_account, check_endpoint
from sandbox.lock import Lock, take_or_refuse
from sandbox.machine import checks, engine, ports
from sandbox.machine.checks import check_disk, check_https, check_networks, check_range

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
ens5\t00101FAC\t00000000\t0001\t0\t0\t0\t00F0FFFF\t0\t0\t0
br-1234567890ab\t00001FAC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
"""
SANDBOX_RANGE = IPv4Network("172.31.0.0/16")
Capture = pytest.CaptureFixture[str]


def said(refuse: Callable[[], object]) -> str:
    with pytest.raises(RefusedError) as caught:
        refuse()
    return str(caught.value)


def test_invalid_setting() -> None:
    assert said(lambda: settings.load({"HTTPS_PORT": "https"})) == (
        "sandbox: HTTPS_PORT cannot be used\n"
        "  found: https (invalid literal for int() with base 10: 'https')\n"
        "  fix: leave it out for the default, 8443"
    )


@pytest.mark.parametrize("number", ["0", "70000"])
def test_port_out_of_range(number: str) -> None:
    assert said(lambda: settings.load({"SANDBOX_API_PORT": number})) == (
        "sandbox: SANDBOX_API_PORT cannot be used\n"
        f"  found: {number} (a port is a number from 1 to 65535)\n"
        "  fix: leave it out for the default, 5566"
    )


def test_unsupported_debian() -> None:
    assert said(lambda: settings.load({"SANDBOX_DEBIAN": "11"})) == (
        "sandbox: SANDBOX_DEBIAN cannot be used\n"
        "  found: 11 (hosts can have Debian 12 or 13)\n"
        "  fix: leave it out for the default, 13"
    )
    assert settings.load({"SANDBOX_DEBIAN": "12"}).release == "bookworm"


def test_settings_reach_a_child_process() -> None:
    given = settings.load({"SANDBOX_NAME": "other", "SANDBOX_VPC_CIDR": "10.9.0.0/24", "HTTPS_PORT": "9443"})
    assert settings.load(given.environment()) == given
    assert (given.https_port, str(given.gateway)) == (9443, "10.9.0.1")


@pytest.mark.parametrize("endpoint", ["https://ec2.us-east-1.amazonaws.com", "http://172.31.0.1:5566", "", "127.0.0.1"])
def test_endpoint_elsewhere(endpoint: str) -> None:
    assert said(lambda: check_endpoint(endpoint)) == (
        "sandbox: the AWS endpoint is not on this machine\n"
        f"  found: {endpoint}\n"
        "  fix: leave AWS_ENDPOINT_URL out; the sandbox sets its own"
    )


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:5566", "http://localhost:1", "http://[::1]:5566"])
def test_endpoint_on_this_machine(endpoint: str) -> None:
    check_endpoint(endpoint)


def test_foreign_account() -> None:
    check_account("123456789012")
    assert said(lambda: check_account("210987654321")) == (
        "sandbox: the AWS endpoint does not answer as moto does\n"
        "  found: account 210987654321\n"
        "  fix: run the sandbox's own API, whose account is 123456789012; see what listens on that port"
    )


def test_port_in_use_names_the_process() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        command = Path("/proc/self/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
        assert said(lambda: ports.require_free(port, "the AWS API", "stop it, then `make up`")) == (
            f"sandbox: port {port} is in use, which is for the AWS API\n"
            f"  found: process {os.getpid()}: {command}\n"
            "  fix: stop it, then `make up`"
        )
    ports.require_free(port, "the AWS API", "")


def test_https_port_in_use() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        current = settings.Settings(https_port=port)
        assert said(lambda: check_https(current, [port + 1], "`HTTPS_PORT=9443 make up`")).endswith(
            "  fix: stop it, then `make up`, or `HTTPS_PORT=9443 make up`"
        )
        check_https(current, [port], "")


@pytest.mark.parametrize("ranges", [["172.31.0.0/16"], ["fd00::/64", "172.31.64.0/20"]])
def test_range_of_another_docker_network(ranges: list[str]) -> None:
    others = {"bridge": ["172.17.0.0/16"], "none": [], "shop_default": ranges}
    assert said(lambda: check_networks(SANDBOX_RANGE, others)) == (
        "sandbox: the VPC's range is in use by another Docker network\n"
        f"  found: {ranges[-1]} of shop_default\n"
        "  fix: `docker network rm shop_default`; hosts of the sandbox have addresses of 172.31.0.0/16"
    )
    check_networks(SANDBOX_RANGE, {"bridge": ["172.17.0.0/16"]})


REFUSED = "correct that, then run the command again; `make down` removes what exists"


@pytest.mark.parametrize(
    ("error", "wrong", "found", "fix"),
    [
        (
            TimeoutError("waited 30 s for the mirror"),
            "sandbox: timed out",
            "waited 30 s for the mirror",
            "see /logs, then run the command again",
        ),
        (
            CalledProcessError(1, ["systemctl", "start", "docker"]),
            "sandbox: a command of this machine failed",
            "`systemctl start docker` exited with 1",
            "run it by hand to see all of it: systemctl start docker",
        ),
        (
            APIError("403 Client Error", explanation="Pool overlaps with other one on this address space"),
            "docker: the engine refused",
            "Pool overlaps with other one on this address space",
            REFUSED,
        ),
        (
            PermissionError(13, "Permission denied", "/checkout/.sandbox/plan.json"),
            "sandbox: this machine refused",
            "[Errno 13] Permission denied: '/checkout/.sandbox/plan.json'",
            "correct that, then run the command again; `make down` removes what exists",
        ),
        (ReadTimeout("Read timed out"), "docker: the engine refused", "Read timed out", REFUSED),
    ],
)
def test_unexpected_errors_as_refusals(error: Exception, wrong: str, found: str, fix: str) -> None:
    assert str(__main__.as_refusal(error, Path("/logs"))) == f"{wrong}\n  found: {found}\n  fix: {fix}"


def test_unexpected_error_prints_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    def late(_current: settings.Settings) -> None:
        raise TimeoutError("waited 30 s for the mirror")

    monkeypatch.setattr("sys.argv", ["sandbox", "up"])
    monkeypatch.setattr(__main__.lifecycle, "up", late)
    assert __main__.main() == 1
    assert capsys.readouterr().err.startswith("sandbox: timed out\n")


def test_range_of_a_machine_network() -> None:
    assert said(lambda: check_range(SANDBOX_RANGE, ROUTES)) == (
        "sandbox: the VPC's range is in use on this machine's network\n"
        "  found: 172.31.16.0/20 on ens5\n"
        "  fix: leave that network; hosts of the sandbox have addresses of 172.31.0.0/16"
    )
    check_range(SANDBOX_RANGE, "".join(line for line in ROUTES.splitlines(True) if "ens5" not in line))


class NoEngine(DockerException):
    """What the client raises where no engine answers."""


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine with a Docker engine that does not run, used by an ordinary user."""

    def connect() -> None:
        raise NoEngine("Connection refused")

    monkeypatch.setattr(engine, "connect", connect)
    monkeypatch.setattr(engine.shutil, "which", lambda name, **_: f"/usr/sbin/{name}")
    monkeypatch.setattr(engine.os, "geteuid", lambda: 1000)
    return monkeypatch


def test_no_engine_is_installed(no_engine: pytest.MonkeyPatch) -> None:
    no_engine.setattr(engine.shutil, "which", lambda *_, **__: None)
    assert said(lambda: engine.ensure(settings.Settings())) == (
        "docker: no engine is installed\n"
        "  found: no dockerd on the PATH, no engine answers\n"
        "  fix: run `make up`, which installs Debian's docker.io, as root or with sudo"
    )


def test_only_root_may_start_the_engine(no_engine: pytest.MonkeyPatch) -> None:
    no_engine.setattr(engine, "may_become_root", lambda: False)
    assert said(lambda: engine.ensure(settings.Settings())) == (
        "docker: the installed engine is not running, and only root may start it\n"
        "  found: user id 1000\n"
        "  fix: `sudo systemctl start docker`, or `sudo make up`"
    )


def test_engine_is_started_with_sudo(no_engine: pytest.MonkeyPatch, tmp_path: Path) -> None:
    current = settings.Settings(state=tmp_path, lock=tmp_path / "lock")
    commands: list[list[str]] = []
    no_engine.setattr(engine, "SYSTEMD", tmp_path)
    no_engine.setattr(engine, "may_become_root", lambda: True)
    no_engine.setattr(engine.subprocess, "run", lambda command, **_: commands.append(command))
    no_engine.setattr(engine, "wait_until", lambda *_, **__: None)
    with pytest.raises(NoEngine):
        engine.ensure(current)
    assert commands == [engine.as_root("systemctl", "start", "docker")]
    assert commands[0][:2] == ["sudo", "-n"]
    assert "http_proxy,HTTP_PROXY" in commands[0][2]


def test_user_outside_the_docker_group(no_engine: pytest.MonkeyPatch) -> None:
    def connect() -> None:
        raise NoEngine("Permission denied: /run/docker.sock")

    no_engine.setattr(engine, "connect", connect)
    assert said(lambda: engine.ensure(settings.Settings())) == (
        "docker: this user may not use the engine that runs\n"
        "  found: Permission denied: /run/docker.sock\n"
        "  fix: `sudo make up`, or `sudo usermod -aG docker $USER` and log in again"
    )


def test_root_needs_no_sudo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine.os, "geteuid", lambda: 0)
    assert engine.as_root("mmdebstrap", "trixie") == ["mmdebstrap", "trixie"]


def test_missing_docker_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks.check_commands()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert said(checks.check_commands) == (
        "docker: the command `docker` is not installed\n"
        f"  found: no docker in {tmp_path}\n"
        "  fix: `make up` installs it: docker-cli on Debian 13, docker.io on Debian 12; Docker's own is docker-ce-cli"
    )


def test_disk_of_the_docker_data_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings_of_docker = tmp_path / "daemon.json"
    monkeypatch.setattr(checks, "DAEMON_SETTINGS", settings_of_docker)
    assert checks._docker_root() == Path("/var/lib")
    settings_of_docker.write_text(f'{{"data-root": "{tmp_path}/not/made/yet"}}')
    assert checks._docker_root() == tmp_path
    settings_of_docker.write_text("not JSON")
    assert checks._docker_root() == Path("/var/lib")


def test_too_little_disk() -> None:
    check_disk(Path("/var/lib"), 4 * 2**30)
    assert said(lambda: check_disk(Path("/var/lib"), 2**31)) == (
        "sandbox: 4 GiB of free disk are needed for images and hosts\n"
        "  found: 2.0 GiB under /var/lib\n"
        "  fix: free some, for instance with `docker image prune`"
    )


@pytest.mark.parametrize("name", ["agents:1.0.0", "you/agents:1.0.0", "docker.io/you/agents", "docker.io/You/a:1"])
def test_image_name_without_registry_or_tag(name: str) -> None:
    assert said(lambda: application.parse(name)) == (
        f"image: the name needs a registry and a tag\n  found: {name}\n  fix: as in IMAGE=docker.io/you/agents:1.0.0"
    )


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("docker.io/longshore/agents:1.0.0", True),
        ("docker.io/you/agents:1.0.0", False),
        ("docker.io/longshoreman/agents:1.0.0", False),
        ("127.0.0.1:5000/longshore/agents:1.0.0", False),
    ],
)
def test_only_the_sandbox_namespace_stays_local(name: str, here: bool) -> None:
    assert application.parse(name).in_sandbox is here


def test_lock_held_by_another_clone(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    theirs = Lock(settings.Settings(lock=path))
    assert take_or_refuse(theirs)
    clone = tmp_path / "clone"
    clone.mkdir()
    path.write_text(f'{{"checkout": "{clone}", "pid": {os.getpid()}, "since": "2026-11-21T12:00:00+00:00"}}\n')
    mine = Lock(settings.Settings(lock=path))
    assert said(lambda: take_or_refuse(mine)) == (
        "sandbox: another clone's sandbox is up on this machine\n"
        f"  found: {clone}, process {os.getpid()}, since 2026-11-21T12:00:00+00:00\n"
        f"  fix: `make down` in {clone}, then `make up` here"
    )
    theirs.close()
    assert take_or_refuse(mine)
    mine.close()


def test_lock_held_by_the_same_clone(tmp_path: Path) -> None:
    current = settings.Settings(lock=tmp_path / "lock")
    theirs, mine = Lock(current), Lock(current)
    assert take_or_refuse(theirs)
    theirs.record_holder(os.getpid())
    assert not take_or_refuse(mine)
    theirs.close()
    mine.close()


def test_lock_held_without_a_record(tmp_path: Path) -> None:
    current = settings.Settings(lock=tmp_path / "lock")
    theirs, mine = Lock(current), Lock(current)
    assert take_or_refuse(theirs)
    assert said(lambda: take_or_refuse(mine)) == (
        "sandbox: another `make up` is under way on this machine\n"
        "  found: the lock is held, and its holder is not recorded yet\n"
        "  fix: wait until it is done"
    )
    theirs.close()
    mine.close()
