"""What is done beside the requests: probes, chores, and the operator's commands."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient, FlaskCliRunner

from app import create_app
from app.settings import Settings
from app.store.chores import Chores
from app.store.database import UnavailableError
from app.store.probe import FRESH_SECONDS, NO_ANSWER, PATIENCE_SECONDS, STALE_SECONDS, Probe
from tests.waiting import until

# Nothing waits for so long: a probe that waited for this would never answer.
NEVER = 100_000.0


class Clock:
    """In place of the module `time`: it stands still until it is moved on."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr("app.store.probe.time", made)
    return made


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What a question hangs at while it is clear."""
    made = threading.Event()
    yield made
    made.set()


def test_probe_asks_again_only_when_its_answer_is_no_longer_fresh(clock: Clock) -> None:
    asked: list[float] = []

    def ask() -> str:
        asked.append(clock.now)
        return ""

    probe = Probe("it", ask)
    until(lambda: not probe.wrong())
    for now in (0.5, FRESH_SECONDS):
        clock.now = now
        assert [probe.wrong() for _ in range(20)] == [""] * 20
    assert asked == [0]

    clock.now += 0.1
    assert [probe.wrong() for _ in range(20)] == [""] * 20
    until(lambda: len(asked) == 2)


def test_probe_of_something_that_hangs_answers_and_recovers(clock: Clock, gate: threading.Event) -> None:
    gate.set()
    probe = Probe("it", lambda: "" if gate.wait(NEVER) else "gave up")
    until(lambda: not probe.wrong())
    gate.clear()
    clock.now += STALE_SECONDS + 0.1

    assert probe.wrong() == NO_ANSWER
    gate.set()
    until(lambda: not probe.wrong())


def test_known_answer_is_given_while_a_new_one_is_asked_for(
    clock: Clock, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.store.probe.PATIENCE_SECONDS", NEVER)
    gate.set()
    asked: list[float] = []

    def ask() -> str:
        asked.append(clock.now)
        return "" if gate.wait(NEVER) else "gave up"

    probe = Probe("it", ask)
    assert probe.wrong() == ""
    gate.clear()
    clock.now += STALE_SECONDS

    assert [probe.wrong() for _ in range(20)] == [""] * 20
    until(lambda: asked == [0, STALE_SECONDS])


def test_all_callers_together_wait_once_for_a_question(
    clock: Clock, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = Probe("it", lambda: "" if gate.wait(NEVER) else "gave up")
    waited: list[float] = []

    def wait_for(_: Callable[[], bool], seconds: float) -> None:
        waited.append(seconds)
        clock.now += max(seconds, 0)

    monkeypatch.setattr(probe._heard, "wait_for", wait_for)
    assert [probe.wrong() for _ in range(20)] == [NO_ANSWER] * 20

    assert waited == [PATIENCE_SECONDS] + [0.0] * 19


def test_failing_probe_reports_no_answer() -> None:
    def ask() -> str:
        raise RuntimeError("a fault")

    assert Probe("it", ask).wrong() == NO_ANSWER


def test_failing_chore_does_not_stop_the_others() -> None:
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


def test_ready_only_with_an_up_to_date_database(client: FlaskClient, tmp_path: Path) -> None:
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


def test_planner_without_its_solver_is_ready_and_reports_it(planner: FlaskClient) -> None:
    until(lambda: planner.get("/readyz").get_json()["database"] == "ready")
    # The fake one has no such path.
    until(lambda: planner.get("/readyz").get_json()["peer"] == "is not there")
    assert planner.get("/readyz").status_code == 200


@pytest.fixture
def cli(tmp_path: Path) -> FlaskCliRunner:
    return create_app(Settings(database_url=f"sqlite:///{tmp_path}/agents.db")).test_cli_runner()


def test_state_commands_migrate_show_status_and_prune(cli: FlaskCliRunner) -> None:
    assert "revision: none" in cli.invoke(args=["state", "status"]).output
    assert cli.invoke(args=["state", "upgrade"]).exit_code == 0
    assert "revision: none" not in cli.invoke(args=["state", "status"]).output
    assert cli.invoke(args=["state", "prune"]).output == "deleted 0 conversations\n"
    assert cli.invoke(args=["state", "downgrade", "base"]).exit_code == 0
    assert "revision: none" in cli.invoke(args=["state", "status"]).output


def test_state_command_errors_have_three_lines(cli: FlaskCliRunner) -> None:
    wrong = cli.invoke(args=["state", "downgrade", "0000_nothing"])
    assert wrong.exit_code == 1
    assert wrong.output.startswith("state: there is no such revision\n  found: 0000_nothing\n  fix: use 0001_tasks or ")

    nowhere = create_app(Settings(database_url="sqlite:////nowhere/agents.db", retention_days=0)).test_cli_runner()
    assert nowhere.invoke(args=["state", "status"]).output.startswith("state: the database cannot be used\n  found: ")
    never = nowhere.invoke(args=["state", "prune"])
    assert (never.exit_code, never.output) == (
        1, "state: nothing is ever too old\n  found: RETENTION_DAYS=0\n  fix: say --days\n",
    )  # fmt: skip
