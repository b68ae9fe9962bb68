"""Does the host keep serving after a kill at any point of any step, and does the next run reach its goal?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .hosts import Visitor

if TYPE_CHECKING:
    from .hosts import EngineHost

PLAN_LENGTH = 10  # one service of two replicas: two waves of start, wait, switch, drain, stop
POINTS = [f"{moment}:{step}" for step in range(1, PLAN_LENGTH + 1) for moment in ("before", "after")]
ONE = {"planner": {"replicas": 2}}


def test_the_points_cover_the_whole_plan(host: EngineHost) -> None:
    host.deploy(host.spec("1", ONE))
    run = host.run("plan", "--spec", "-", spec=host.spec("2", ONE))
    assert len(run.answer["steps"]) == PLAN_LENGTH


@pytest.mark.parametrize("point", POINTS)
def test_after_a_kill_the_same_deploy_completes_the_release(host: EngineHost, point: str) -> None:
    host.deploy(host.spec("1", ONE))
    with Visitor(host) as visitor:
        assert host.kill_at(point, "deploy", "--spec", "-", spec=host.spec("2", ONE))
        assert host.status()["interrupted"] == 2
        assert host.status()["running"] is None
        run = host.deploy(host.spec("2", ONE))
    assert visitor.failures == []
    assert (run.code, run.answer["release"]) == (0, 2), run.stderr
    status = host.status()
    assert (status["healthy"], status["interrupted"]) == (True, None)
    assert len(host.containers()) == 2
    assert all("-r2-" in name for name in host.containers())
    assert host.leftovers() == []
    outcomes = [entry["outcome"] for entry in host.run("history").answer["runs"]]
    assert outcomes == ["released", "cut short", "released"]


@pytest.mark.parametrize("point", ["after:1", "after:3", "after:5", "before:8", "after:10"])
def test_after_a_kill_rollback_reverts_the_release(host: EngineHost, point: str) -> None:
    host.deploy(host.spec("1", ONE))
    with Visitor(host) as visitor:
        assert host.kill_at(point, "deploy", "--spec", "-", spec=host.spec("2", ONE))
        run = host.run("rollback")
    assert visitor.failures == []
    assert (run.code, run.answer["release"]) == (0, 1), run.stderr
    assert host.status()["healthy"] is True
    assert all("-r1-" in name for name in host.containers())
    assert host.leftovers() == []


@pytest.mark.parametrize("point", ["after:1", "after:3", "before:6"])
def test_after_a_kill_in_the_first_release_another_release_succeeds(host: EngineHost, point: str) -> None:
    assert host.kill_at(point, "deploy", "--spec", "-", spec=host.spec("1", ONE))
    run = host.deploy(host.spec("2", ONE))
    assert (run.code, run.answer["release"]) == (0, 2), run.stderr
    assert all("-r2-" in name for name in host.containers())
    assert host.leftovers() == []
