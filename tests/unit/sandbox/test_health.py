"""What the inventory and `make push` are told before anything is done."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.longshore.errors import RefusedError
from sandbox import health, lifecycle, report, state
from sandbox.lock import Lock
from sandbox.settings import CHECKOUT, Settings

RUNS = {"pid": 1, "since": "2026-11-21T12:00:00+00:00", "ended_with": None}
KILLED = {"pid": None, "since": "2026-11-21T12:00:00+00:00", "ended_with": -9}
FAILED = {"pid": None, "since": "2026-11-21T12:00:01+00:00", "ended_with": 1}
SEEN: dict[str, Any] = {"hosts": [], "failures": {}, "dying": {}, "docker": ""}


class Sandbox:
    """What a sandbox writes, with this process in the supervisor's place."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(lock=folder / "lock", state=folder)

    def held_by(self, checkout: Path, pid: int = os.getpid()) -> None:
        text = f'{{"checkout": "{checkout}", "pid": {pid}, "since": "2026-11-21T12:00:00+00:00"}}\n'
        self.settings.lock.write_text(text)

    def processes(self, supervisor: int = os.getpid(), **processes: object) -> None:
        content = {"supervisor": supervisor, "since": "", "processes": processes}
        state.write(self.settings.state / "processes.json", content)

    def hosts(self, **changes: object) -> None:
        state.write(self.settings.state / "hosts.json", {**SEEN, **changes})

    def problem(self) -> str:
        return str(health.problem(self.settings) or "")


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    """One that is up and well."""
    made = Sandbox(tmp_path)
    made.held_by(CHECKOUT)
    made.processes(aws=RUNS, mirror=RUNS)
    made.hosts()
    return made


def test_healthy_sandbox_has_no_problem(sandbox: Sandbox) -> None:
    assert sandbox.problem() == ""


def test_sandbox_that_is_not_running(sandbox: Sandbox) -> None:
    not_running = f"sandbox: it is not running\n  found: nobody holds {sandbox.settings.lock}\n  fix: make up"
    # What a killed one left. Numbers of processes end at 2^22.
    sandbox.held_by(CHECKOUT, 2**22 + 1)
    assert sandbox.problem() == not_running
    sandbox.settings.lock.unlink()
    assert sandbox.problem() == not_running


def test_sandbox_of_another_clone(sandbox: Sandbox, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    sandbox.held_by(clone)
    first, found, fix = sandbox.problem().splitlines()
    assert first == "sandbox: another clone's sandbox is up on this machine"
    assert found == f"  found: {clone}, process {os.getpid()}, since 2026-11-21T12:00:00+00:00"
    assert fix == f"  fix: `make down` in {clone}, then `make up` here"
    clone.rmdir()
    assert sandbox.problem().splitlines()[2] == "  fix: `make up` here"


@pytest.mark.parametrize("left", ["nothing", "a dead supervisor's report", "no look at the hosts yet"])
def test_sandbox_that_is_still_starting(sandbox: Sandbox, left: str) -> None:
    sandbox.processes(2**22 + 1, aws=RUNS)
    if left == "nothing":
        state.forget(sandbox.settings.state)
    if left == "no look at the hosts yet":
        sandbox.processes(aws=RUNS)
        (sandbox.settings.state / "hosts.json").unlink()
    assert sandbox.problem() == (
        "sandbox: another `make up` is under way on this machine\n"
        f"  found: process {os.getpid()} of {CHECKOUT}\n"
        "  fix: wait until it is done"
    )


def test_dead_processes_are_named(sandbox: Sandbox) -> None:
    sandbox.processes(aws=KILLED, registry=RUNS, mirror=FAILED)
    logs = sandbox.settings.logs
    assert sandbox.problem() == (
        "sandbox: aws and mirror died\n"
        f"  found: aws was killed by SIGKILL at 2026-11-21T12:00:00+00:00, see {logs}/aws.log; "
        f"mirror exited with 1 at 2026-11-21T12:00:01+00:00, see {logs}/mirror.log\n"
        "  fix: make up"
    )


def test_engine_that_does_not_answer(sandbox: Sandbox) -> None:
    sandbox.hosts(docker="Connection refused", failures={"i-1": "start failed: Connection refused"})
    assert sandbox.problem() == (
        "sandbox: the Docker engine does not answer\n  found: Connection refused\n  fix: make up"
    )
    assert not health.hypervisor_watches(sandbox.settings)


def test_host_that_cannot_be_created(sandbox: Sandbox) -> None:
    sandbox.hosts(failures={"i-1": "create failed: no space left", "i-2": "reboot failed: timeout"})
    assert sandbox.problem() == (
        "sandbox: a host does not match its instance\n"
        "  found: i-1: create failed: no space left; i-2: reboot failed: timeout\n"
        "  fix: correct that; it is retried every 10 s; or `make down`, then `make up`"
    )


def test_host_that_does_not_boot(sandbox: Sandbox) -> None:
    sandbox.hosts(dying={"i-1": "web-1 exited with 255 right after boot, 2 times; last output: no cgroup"})
    assert sandbox.problem() == (
        "sandbox: a host does not boot\n"
        "  found: web-1 exited with 255 right after boot, 2 times; last output: no cgroup\n"
        "  fix: see `docker logs longshore-sandbox-i-1`, then `make down` and `make up`"
    )


def test_command_prints_three_lines(sandbox: Sandbox) -> None:
    def asked() -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "sandbox.health"]
        environment = {**os.environ, **sandbox.settings.environment()}
        return subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)

    assert (asked().returncode, asked().stderr) == (0, "")
    sandbox.processes(aws=KILLED)
    assert (asked().returncode, asked().stderr) == (1, sandbox.problem() + "\n")


def test_status_shows_hosts_and_problems(sandbox: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    host = {"instance": "i-1", "name": "web-1", "address": "172.31.0.4", "running": True, "https_port": 8443}
    second = {**host, "instance": "i-2", "name": "web-2", "https_port": None}
    sandbox.hosts(hosts=[host, second])
    assert report.show(sandbox.settings)
    shown = capsys.readouterr().out
    assert "https://localhost:8443  i-1\n" in shown
    assert "not published, port 8444 was in use when it was made  i-2\n" in shown
    sandbox.processes(aws=KILLED)
    assert not report.show(sandbox.settings)
    assert sandbox.problem() in capsys.readouterr().out


@pytest.fixture
def held(sandbox: Sandbox) -> Iterator[Sandbox]:
    """One whose lock is really held."""
    text = sandbox.settings.lock.read_text()
    lock = Lock(sandbox.settings)
    assert lock.take()
    sandbox.settings.lock.write_text(text)
    yield sandbox
    lock.close()


def test_reports_of_a_killed_sandbox_are_discarded(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox.processes(aws=KILLED)
    sandbox.hosts(docker="Connection refused")
    monkeypatch.setattr(lifecycle, "python", lambda *_module: ["true"])
    lock = Lock(sandbox.settings)
    lifecycle._start(sandbox.settings, lock)
    lock.close()
    assert [name for name in state.REPORTS if (sandbox.settings.state / name).exists()] == []


@pytest.mark.parametrize("left", ["nothing", "a dead supervisor's report"])
def test_second_make_up_during_the_first(held: Sandbox, left: str) -> None:
    held.processes(2**22 + 1, aws=RUNS)
    if left == "nothing":
        state.forget(held.settings.state)
    with pytest.raises(RefusedError, match="another `make up` is under way"):
        lifecycle.up(held.settings)


def test_clean_removes_nothing_while_another_clone_is_up(
    held: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = tmp_path / "clone"
    clone.mkdir()
    held.held_by(clone)
    with pytest.raises(RefusedError, match="another clone's sandbox is up"):
        lifecycle.down(held.settings, images_too=True)
    assert capsys.readouterr().out == ""
