"""Does the old release keep serving when a new one fails, and is the reason given?"""

from __future__ import annotations

import json
import signal
import subprocess
from typing import TYPE_CHECKING

import pytest

from .hosts import Visitor, wait_until

if TYPE_CHECKING:
    from .hosts import EngineHost

FAILING = {
    "never ready": ({"environment": {"READY_AFTER": "999"}, "ready_seconds": 3}, None, "was not ready within 3 s"),
    "exits": ({"environment": {"EXIT_CODE": "3", "EXIT_AFTER": "0.2"}}, 3, "exited before it was ready"),
    "no such command": ({"command": ["/no/such/program"]}, 127, "could not be started"),
    "wrong permissions": ({"environment": {"UMASK": "077"}, "ready_seconds": 3}, None, "was not ready within 3 s"),
    "too little memory": ({"environment": {"EAT_MEMORY": "1"}}, 137, "exited before it was ready"),
}


@pytest.mark.parametrize("case", FAILING)
def test_the_old_release_keeps_serving(host: EngineHost, case: str) -> None:
    change, exit_code, reason = FAILING[case]
    host.deploy(host.spec("1"))
    before = host.containers()
    with Visitor(host) as visitor:
        run = host.deploy(host.spec("2", **change))
    assert run.code == 3, run.stderr
    assert run.answer["outcome"] == "reverted"
    assert run.answer["release"] == 1
    assert reason in run.answer["error"]["problem"]
    assert run.answer["error"].get("exit_code") == exit_code
    if exit_code != 127:
        assert any(line.startswith("starting ") for line in run.answer["error"]["log"])
    assert visitor.failures == []
    assert host.containers() == before
    assert host.status()["healthy"] is True
    assert host.status()["release"] == 1
    assert host.leftovers() == []


def test_a_failure_in_the_second_wave_reverts_the_first(host: EngineHost) -> None:
    host.deploy(host.spec("1"))
    with Visitor(host) as visitor:
        run = host.deploy(host.spec("2", environment={"EXIT_CODE": "1", "ONLY_INDEX": "2"}))
    assert run.code == 3, run.stderr
    assert "2/2 exited before it was ready" in run.answer["error"]["problem"]
    assert visitor.failures == []
    assert {answer.split("-")[2] for answer in visitor.answers} == {"r1", "r2"}
    status = host.status()
    assert (status["release"], status["healthy"]) == (1, True)
    assert all("-r1-" in name for name in host.containers())
    assert host.leftovers() == []


def test_a_first_release_that_fails_leaves_nothing(host: EngineHost) -> None:
    run = host.deploy(host.spec("1", environment={"EXIT_CODE": "1"}))
    assert (run.code, run.answer["outcome"], run.answer["release"]) == (3, "reverted", None)
    assert host.containers() == []
    assert host.leftovers() == []
    good = host.deploy(host.spec("1"))
    assert (good.code, good.answer["release"]) == (0, 2)


def test_a_replica_killed_for_memory_is_explained(host: EngineHost) -> None:
    run = host.deploy(host.spec("1", environment={"EAT_MEMORY": "1"}, memory_mb=16))
    assert run.code == 3
    assert "memory" in run.answer["error"]["found"]
    assert run.answer["error"]["fix"] == "raise the service's `memory_mb`"


def test_a_wrong_umask_is_found_before_the_switch(host: EngineHost) -> None:
    run = host.deploy(host.spec("1", environment={"UMASK": "077"}, ready_seconds=1))
    assert run.code == 3
    assert "nginx's user may not connect to the socket" in run.answer["error"]["found"]


@pytest.mark.parametrize(("limit", "code"), [(60, 0), (1, 3)])
def test_the_time_limit_on_readiness_from_both_sides(host: EngineHost, limit: int, code: int) -> None:
    run = host.deploy(host.spec("1", {"planner": {"environment": {"READY_AFTER": "3"}, "ready_seconds": limit}}))
    assert run.code == code, run.stderr


@pytest.mark.parametrize(("number", "name"), [(signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT")])
def test_a_request_to_stop_reverts(host: EngineHost, number: signal.Signals, name: str) -> None:
    host.deploy(host.spec("1"))
    slow = host.spec("2", environment={"READY_AFTER": "30"}, ready_seconds=60)
    with Visitor(host) as visitor:
        process = host.start("deploy", "--spec", "-", "--json", spec=slow)
        assert process.stderr is not None
        next(line for line in process.stderr if "started in" in line)
        process.send_signal(number)
        stdout, stderr = process.communicate(timeout=30)
    assert process.returncode == 3, stderr
    assert name in stdout
    assert visitor.failures == []
    assert host.status()["release"] == 1
    assert host.leftovers() == []


def test_a_second_request_to_stop_does_not_interrupt_the_revert(host: EngineHost) -> None:
    host.deploy(host.spec("1"))
    unstoppable = {"READY_AFTER": "30", "IGNORE_SIGTERM": "1"}  # stopping them takes the engine's three seconds
    with Visitor(host) as visitor:
        process = host.start(
            "deploy", "--spec", "-", "--json", spec=host.spec("2", environment=unstoppable, ready_seconds=60)
        )
        assert process.stderr is not None
        next(line for line in process.stderr if "started in" in line)
        process.send_signal(signal.SIGTERM)
        next(line for line in process.stderr if line.startswith("reverting"))
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, json.loads(stdout)["outcome"]) == (3, "reverted"), stderr
    assert visitor.failures == []
    assert host.status()["release"] == 1
    assert host.leftovers() == []


def test_an_outage_of_what_all_replicas_need_keeps_the_old_ones(host: EngineHost) -> None:
    """The old replicas are not ready either. They stay, and serve again once it is back."""
    needed = host.root.parent / "data"
    needed.mkdir()
    (needed / "up").touch()
    mount = {"source": str(needed), "target": "/data", "read_only": True}
    every = {"environment": {"READY_WHILE": "/data/up"}, "mounts": [mount], "ready_seconds": 15}
    assert host.deploy(host.spec("1", **every)).code == 0
    before = host.containers()
    (needed / "up").unlink()
    with Visitor(host) as visitor:
        run = host.deploy(host.spec("2", **every))
    assert (run.code, run.answer["outcome"]) == (3, "reverted"), run.stderr
    assert "was not ready within 15 s" in run.answer["error"]["problem"]
    assert visitor.failures == []
    assert host.containers() == before
    assert host.leftovers() == []
    (needed / "up").touch()
    assert host.status()["healthy"] is True
    assert host.deploy(host.spec("2", **every)).code == 0


def test_a_lost_terminal_does_not_stop_a_release(host: EngineHost) -> None:
    """SIGHUP, and both output streams closed, in the middle of a release."""
    process = host.start("deploy", "--spec", "-", "--json", spec=host.spec("1", environment={"READY_AFTER": "0.5"}))
    assert process.stderr is not None
    assert process.stdout is not None
    next(line for line in process.stderr if "started in" in line)
    process.stderr.close()
    process.stdout.close()
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=30) == 0
    assert host.status()["healthy"] is True


def test_a_second_run_is_refused_or_waits(host: EngineHost) -> None:
    slow = host.spec("1", environment={"READY_AFTER": "2"})
    first = host.start("deploy", "--spec", "-", spec=slow)
    wait_until(lambda: host.status()["running"], "the first run has begun")
    wait_until(lambda: _outcomes(host) == ["at work"], "history lists the first run as at work")
    second = host.deploy(slow)
    assert (second.code, second.answer["outcome"]) == (5, "locked")
    assert second.answer["error"]["problem"] == "lock: another run is changing this host"
    assert "tester runs `longshore deploy` since" in second.answer["error"]["found"]
    third = host.run("deploy", "--wait", "30", "--spec", "-", spec=slow)
    first.communicate(timeout=60)
    assert (third.code, third.answer["outcome"]) == (0, "unchanged")
    assert _outcomes(host) == ["released"]


def _outcomes(host: EngineHost) -> list[str]:
    return [run["outcome"] for run in host.run("history").answer["runs"]]


@pytest.mark.parametrize("room", [100, 5_000, 7_000])
def test_a_journal_write_failure_reverts(host: EngineHost, room: int) -> None:
    """The file may grow up to a limit, which is reached before the first step or later between steps."""
    host.deploy(host.spec("1"))
    before = host.containers()
    limit = (host.root / "journal.jsonl").stat().st_size + room
    with Visitor(host) as visitor:
        run = host.run("deploy", "--spec", "-", spec=host.spec("2"), before=("prlimit", f"--fsize={limit}"))
    assert (run.code, run.answer["outcome"]) == (3, "reverted"), run.stderr
    assert visitor.failures == []
    assert len(host.containers()) == len(before)
    assert all("-r1-" in name for name in host.containers())
    assert host.status()["healthy"] is True
    assert host.leftovers() == []
    assert host.deploy(host.spec("2")).code == 0


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ("size=3m", "release: no disk space for the journal"),
        ("size=16m,nr_inodes=60", "release: no inodes for sockets and links"),
    ],
)
def test_a_full_file_system_is_refused_before_any_change(host: EngineHost, options: str, problem: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(host.root)], check=True)
    try:
        run = host.deploy(host.spec("1"))
    finally:
        subprocess.run(["umount", str(host.root)], check=True)
    assert (run.code, run.answer["error"]["problem"]) == (1, problem)
    assert host.containers() == []
