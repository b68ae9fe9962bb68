"""Does the executor carry out a plan, notice failures at once, and record steps before and after?"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from engine.longshore.errors import StepError
from engine.longshore.host.drain import Load
from engine.longshore.host.interrupt import StopRequest
from engine.longshore.planning.model import World
from engine.longshore.planning.planner import plan
from engine.longshore.planning.steps import Drain, after
from engine.longshore.running.barrier import Barrier
from engine.longshore.running.executor import Executor, Host

from .fakes import FakeHost, FakeRecord, FakeSlots, FakeSockets, Lines
from .test_planner import NEW, OLD
from .worlds import TOKEN, serving


@dataclass
class Walk:
    """An executor on a fake host."""

    host: FakeHost
    record: FakeRecord
    lines: Lines
    stop: StopRequest

    def go(self, release=NEW, steps=None) -> None:
        effects = Host(self.host, FakeSlots(self.host), FakeSockets(self.host), self.host, self.host, stop_seconds=35)
        barrier = Barrier("", self.lines.say)
        chosen = plan(self.host.world(), release, TOKEN) if steps is None else steps
        Executor(effects, self.record, self.lines, self.stop, barrier).walk(chosen, release, "image")


@pytest.fixture
def walk() -> Walk:
    return Walk(FakeHost.of(serving(OLD)), FakeRecord(), Lines(), StopRequest())


def test_the_host_becomes_what_the_plan_predicts(walk: Walk) -> None:
    predicted = after(walk.host.world(), plan(walk.host.world(), NEW, TOKEN))
    walk.go()
    assert walk.host.world() == replace(predicted, replicas=walk.host.world().replicas)
    assert (
        set(walk.host.running)
        == set(predicted.replicas)
        == walk.host.directories
        == walk.host.kept_running & set(predicted.replicas)
    )


def test_each_group_of_steps_is_recorded_before_and_after(walk: Walk) -> None:
    walk.go()
    wave = ["start", "wait", "switch", "drain", "stop"]
    assert walk.record.events == [f"{moment} {kind}" for kind in wave * 2 for moment in ("intend", "done")]


def test_each_event_is_one_line_of_progress(walk: Walk) -> None:
    walk.go()
    assert len(walk.lines.said) == 20
    assert any(line.startswith("planner 2/2 ready after 0.") for line in walk.lines.said)


def test_a_replica_that_exits_fails_the_wait_with_exit_code_and_log(walk: Walk) -> None:
    walk.host.ends["solver"] = 137
    with pytest.raises(StepError) as failure:
        walk.go()
    assert failure.value.problem == "release: solver 1/2 exited before it was ready"
    assert failure.value.exit_code == 137
    assert "memory than its limit of 256 MiB" in failure.value.found
    assert failure.value.log == ["log of solver-1-r2-0a1b"]
    assert failure.value.fix == "raise the service's `memory_mb`"


def test_a_failed_replica_ends_the_wait_for_the_others(walk: Walk) -> None:
    """A wait up to the planner's own time limit would end with the planner's error."""
    walk.host.never_ready.add("planner")
    walk.host.ends["solver"] = 1
    with pytest.raises(StepError) as failure:
        walk.go()
    assert failure.value.problem == "release: solver 1/2 exited before it was ready"


def test_a_replica_that_is_never_ready_fails_at_its_time_limit(walk: Walk) -> None:
    walk.host.never_ready.add("planner")
    quick = replace(NEW, services={name: replace(s, ready_seconds=1) for name, s in NEW.services.items()})
    with pytest.raises(StepError) as failure:
        walk.go(quick)
    assert str(failure.value) == (
        "release: planner 1/2 was not ready within 1 s\n"
        "  found: planner-1-r2-0a1b on /readyz: status 503\n"
        "  fix: read its last log lines; if it only needs longer to start, raise `ready_seconds`"
    )


def test_the_log_in_the_error_leaves_out_our_own_probes(walk: Walk, monkeypatch: pytest.MonkeyPatch) -> None:
    others = [
        "Traceback (most recent call last):",
        '  File "/srv/app/main.py", line 3, in ready',
        "OSError: GET /: cannot read /srv/model",
        '{"path": "/", "user_agent": "curl/8.0", "status": 500}',
    ]
    probes = [
        '- - [01/Jan/2026] "GET / HTTP/1.1" 503 12 "-" "longshore"',
        '{"message": "GET / 503", "logger": "access"}',
        '{"method": "GET", "path": "/", "user_agent": "longshore", "status": 503}',
    ]
    monkeypatch.setattr(walk.host, "logs", lambda _replica, _lines: [*others, *probes * 9])
    walk.host.never_ready.add("planner")
    quick = {name: replace(s, ready_seconds=1, ready_path="/") for name, s in NEW.services.items()}
    with pytest.raises(StepError) as failure:
        walk.go(replace(NEW, services=quick))
    assert failure.value.log == others


def test_a_revert_ignores_requests_to_stop(walk: Walk) -> None:
    walk.stop.ask("SIGTERM")
    walk.stop.ignore()
    walk.stop.ask("SIGINT")
    assert (walk.stop.asked(), walk.stop.by) == (False, "SIGTERM")
    walk.go()


def test_a_request_to_stop_takes_effect_between_steps(walk: Walk) -> None:
    walk.stop.ask("SIGTERM")
    with pytest.raises(StepError) as failure:
        walk.go()
    assert failure.value.found == "SIGTERM"
    assert walk.record.events == []


@pytest.mark.parametrize("fails_at", range(5))
def test_a_journal_write_failure_before_the_switch_stops_the_walk(walk: Walk, fails_at: int) -> None:
    walk.record.fails_at = fails_at
    with pytest.raises(StepError, match="could not perform or record"):
        walk.go()
    assert set(walk.host.slots.values()) == set(serving(OLD).replicas)  # before the switch


def drain(walk: Walk, within: int, *loads: Load) -> str:
    walk.host.loads = list(loads)
    walk.go(steps=[Drain("planner", "planner-1-r1-9999", within)])
    return walk.lines.said[-1]


def test_drain_waits_for_connections_and_the_listen_queue(walk: Walk) -> None:
    assert "drained after" in drain(walk, 5, Load(2, 0), Load(0, 1), Load(0, 0))
    assert walk.host.loads == []


def test_drain_checks_again_after_the_first_quiet_check(walk: Walk) -> None:
    drain(walk, 5, Load(0, 0), Load(1, 0), Load(0, 0))
    assert walk.host.loads == []


def test_drain_reports_the_connections_it_cuts_at_its_limit(walk: Walk) -> None:
    line = drain(walk, 0, *[Load(2, 1)] * 100)
    assert line == "planner-1-r1-9999 still had 3 connections after 0 s, which were cut"


def test_a_runtime_failure_stops_the_walk(walk: Walk) -> None:
    walk.host.refuse_stop = True
    with pytest.raises(StepError, match="could not stop"):
        walk.go()


def test_an_empty_plan_does_nothing(walk: Walk) -> None:
    walk.go(OLD)
    assert (walk.record.events, walk.lines.said) == ([], [])


def test_a_first_release_fills_all_slots() -> None:
    walk = Walk(FakeHost.of(World()), FakeRecord(), Lines(), StopRequest())
    walk.go()
    assert len(walk.host.slots) == 24
