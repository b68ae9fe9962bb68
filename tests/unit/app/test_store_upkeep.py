"""What is done beside the requests: probes, chores, and the operator's commands."""

import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from flask.testing import FlaskClient, FlaskCliRunner

from app import create_app
from app.settings import Settings
from app.store.chores import Chores
from app.store.database import UnavailableError
from app.store.probe import NO_ANSWER, PATIENCE_SECONDS, Probe
from tests.unit.app.test_server import until

QUICK = 0.5


def timed(probe: Probe) -> str:
    asked = time.monotonic()
    wrong = probe.wrong()
    assert time.monotonic() - asked < PATIENCE_SECONDS + QUICK
    return wrong


def test_a_probe_tells_what_it_heard_lately_and_asks_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def ask() -> str:
        asked.append(time.monotonic())
        return ""

    monkeypatch.setattr("app.store.probe.FRESH_SECONDS", 0.2)
    probe = Probe("it", ask)
    until(lambda: not probe.wrong())
    end = time.monotonic() + 1
    while time.monotonic() < end:
        assert timed(probe) == ""

    pauses = [after - before for before, after in pairwise(asked)]
    assert len(asked) > 2
    assert min(pauses) >= 0.2


def test_a_probe_of_what_hangs_answers_at_once_and_is_well_when_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.probe.FRESH_SECONDS", 0.0)
    monkeypatch.setattr("app.store.probe.STALE_SECONDS", 0.2)
    hang = threading.Event()
    hang.set()
    probe = Probe("it", lambda: "" if hang.wait(20) else "gave up")
    until(lambda: not timed(probe))
    hang.clear()

    until(lambda: timed(probe) == NO_ANSWER)
    hang.set()
    until(lambda: not timed(probe))


def test_what_is_known_is_told_while_news_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.probe.FRESH_SECONDS", 0.0)
    monkeypatch.setattr("app.store.probe.STALE_SECONDS", 60.0)
    monkeypatch.setattr("app.store.probe.PATIENCE_SECONDS", 20.0)
    hang = threading.Event()
    hang.set()
    probe = Probe("it", lambda: "" if hang.wait(60) else "gave up")
    assert probe.wrong() == ""
    hang.clear()

    asked = time.monotonic()
    assert [probe.wrong() for _ in range(20)] == [""] * 20
    assert time.monotonic() - asked < QUICK
    hang.set()


def test_one_question_is_waited_for_once_however_many_want_to_know(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.probe.PATIENCE_SECONDS", 0.3)
    hang = threading.Event()
    probe = Probe("it", lambda: "" if hang.wait(60) else "gave up")
    asked = time.monotonic()
    assert [probe.wrong() for _ in range(20)] == [NO_ANSWER] * 20

    assert 0.3 <= time.monotonic() - asked < 2.0
    hang.set()


def test_a_probe_that_fails_is_not_well() -> None:
    def ask() -> str:
        raise RuntimeError("a fault")

    assert Probe("it", ask).wrong() == NO_ANSWER


def test_a_chore_that_fails_keeps_no_other_from_being_done() -> None:
    done: list[str] = []

    def fails(error: Exception) -> None:
        raise error

    chores = Chores(every_seconds=0.05)
    chores.add("one", lambda: fails(UnavailableError("down")))
    chores.add("two", lambda: fails(RuntimeError("a fault")))
    chores.add("three", lambda: done.append("three"))
    chores.do()
    assert done == ["three"]

    chores.start()
    until(lambda: len(done) >= 3)
    chores.stop()


def test_ready_is_who_has_a_database_that_is_up_to_date(client: FlaskClient, tmp_path: Path) -> None:
    until(lambda: client.get("/readyz").status_code == 200)
    assert client.get("/readyz").get_json() == {
        "status": "ready", "roles": ["planner", "solver"], "tools": client.get("/readyz").get_json()["tools"],
        "database": "ready", "peer": None,
    }  # fmt: skip

    empty = create_app(Settings(database_url=f"sqlite:///{tmp_path}/agents.db")).test_client()
    nowhere = create_app(Settings(database_url="sqlite:////nowhere/agents.db")).test_client()
    for asked, wrong in ((empty, "has to be migrated"), (nowhere, "cannot be reached")):
        until(lambda asked=asked, wrong=wrong: asked.get("/readyz").get_json()["database"] == wrong)
        assert asked.get("/readyz").status_code == 503
        assert asked.get("/healthz").status_code == 200


def test_a_planner_is_ready_without_its_solver_and_says_so(planner: FlaskClient) -> None:
    until(lambda: planner.get("/readyz").get_json()["database"] == "ready")
    # The fake one has no such path.
    until(lambda: planner.get("/readyz").get_json()["peer"] == "is not there")
    assert planner.get("/readyz").status_code == 200


@pytest.fixture
def cli(tmp_path: Path) -> FlaskCliRunner:
    return create_app(Settings(database_url=f"sqlite:///{tmp_path}/agents.db")).test_cli_runner()


def test_an_operator_migrates_looks_and_prunes(cli: FlaskCliRunner) -> None:
    assert "revision: none" in cli.invoke(args=["state", "status"]).output
    assert cli.invoke(args=["state", "upgrade"]).exit_code == 0
    assert "revision: none" not in cli.invoke(args=["state", "status"]).output
    assert cli.invoke(args=["state", "prune"]).output == "deleted 0 conversations\n"
    assert cli.invoke(args=["state", "downgrade", "base"]).exit_code == 0
    assert "revision: none" in cli.invoke(args=["state", "status"]).output


def test_an_operators_mistakes_are_told_in_three_lines(cli: FlaskCliRunner) -> None:
    wrong = cli.invoke(args=["state", "downgrade", "0000_nothing"])
    assert wrong.exit_code == 1
    assert wrong.output.startswith("state: there is no such revision\n  found: 0000_nothing\n  fix: use 0001_tasks or ")

    nowhere = create_app(Settings(database_url="sqlite:////nowhere/agents.db", retention_days=0)).test_cli_runner()
    assert nowhere.invoke(args=["state", "status"]).output.startswith("state: the database cannot be used\n  found: ")
    never = nowhere.invoke(args=["state", "prune"])
    assert (never.exit_code, never.output) == (
        1, "state: nothing is ever too old\n  found: RETENTION_DAYS=0\n  fix: say --days\n",
    )  # fmt: skip
