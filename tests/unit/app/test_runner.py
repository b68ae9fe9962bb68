"""The runner's limits: time, attempts, room, and what becomes of work that goes wrong."""

import gc
import threading
from collections.abc import Callable, Iterator

import pytest

from app import create_app
from app.agents import runner as runners
from app.agents.desk import Desk
from app.agents.feed import Feed
from app.agents.job import Job
from app.agents.places import CrowdedError
from app.agents.runner import Work
from app.settings import Settings
from app.store.database import Database
from app.store.tasks import Hold, TaskRecord, TaskStore, TooManyTurnsError
from tests.waiting import LIMIT_SECONDS, until

OWNER = "ann"
MakeDesk = Callable[..., Desk]


@pytest.fixture
def make_desk(database_url: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeDesk]:
    """Desks of an agent of this test's own, each as another process has it."""
    monkeypatch.setattr(runners, "BEAT_SECONDS", 0.1)
    monkeypatch.setattr(runners, "ABANDONED_SECONDS", 0.0)
    made: list[Desk] = []

    def make(work: Work, seconds: float = LIMIT_SECONDS) -> Desk:
        store = TaskStore(Database(database_url))
        desk = Desk(request.node.name, store, Feed(store), work)
        desk.runner = runners.Runner(desk.agent, store, desk.feed, work, seconds)
        made.append(desk)
        return desk

    yield make
    for desk in made:
        desk.runner.stop(0)


def ask(desk: Desk) -> TaskRecord:
    task = desk.hand_in(OWNER, {"text": "1 + 1"}, title="")
    return desk.wait(OWNER, task.id, LIMIT_SECONDS)


def settles(state: str) -> Work:
    return lambda job: job.settle(state, {"text": "2"})


def code(record: TaskRecord) -> tuple[str, str]:
    assert record.answer is not None
    assert record.answer["error"]["message"]
    return record.state, record.answer["error"]["code"]


def test_discarded_application_stops_its_lease_thread(database_url: str) -> None:
    def used() -> set[threading.Thread]:
        before = set(threading.enumerate())
        client = create_app(Settings(database_url=database_url)).test_client()
        assert client.post("/v1/tasks", json={"question": "1 + 1"}).status_code == 200
        # Other applications of this process may begin to work meanwhile, but not to look.
        return {thread for thread in set(threading.enumerate()) - before if thread.name.endswith("-leases")}

    begun = used()
    assert begun
    gc.collect()
    until(lambda: not any(thread.is_alive() for thread in begun))


def test_work_settles_its_task(make_desk: MakeDesk) -> None:
    record = ask(make_desk(settles("completed")))

    assert (record.state, record.answer, record.attempts) == ("completed", {"text": "2"}, 1)


def test_failed_work_is_an_internal_error_without_details(make_desk: MakeDesk) -> None:
    def fails(job: Job) -> None:
        raise RuntimeError("the secret of the inside")

    def forgets(job: Job) -> None:
        pass

    for work in (fails, forgets):
        record = ask(make_desk(work))
        assert code(record) == ("failed", "internal")
        assert "secret" not in str(record.answer)


def test_work_that_emits_events_forever_is_stopped(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def talks(job: Job) -> None:
        while True:
            job.tell("message", {"text": "again"})

    assert code(ask(make_desk(talks, seconds=0.5))) == ("failed", "too_slow")
    monkeypatch.setattr("app.agents.job.MOST_EVENTS", 10)
    assert code(ask(make_desk(talks))) == ("failed", "too_many_turns")


def test_hanging_work_is_abandoned_and_its_late_result_ignored(make_desk: MakeDesk) -> None:
    wakes, ended = threading.Event(), threading.Event()

    def hangs(job: Job) -> None:
        wakes.wait(LIMIT_SECONDS)
        try:
            job.settle("completed", {"text": "late"})
        finally:
            ended.set()

    desk = make_desk(hangs, seconds=0.2)
    record = ask(desk)
    assert code(record) == ("failed", "too_slow")
    wakes.set()
    assert ended.wait(LIMIT_SECONDS)
    assert desk.get(OWNER, record.id) == record


def test_task_that_crashes_its_runners_is_given_up(make_desk: MakeDesk) -> None:
    desk = make_desk(settles("completed"))
    task = desk.store.create(desk.agent, OWNER, {"text": "1 + 1"}, hold=Hold("dead", -1))
    for name in ("dead", "dead", "dead"):
        last = desk.store.leases.claim(task.id, Hold(name, -1))
        assert last is not None
    desk.runner.start()

    record = desk.wait(OWNER, task.id, LIMIT_SECONDS)

    assert (code(record), record.attempts) == (("failed", "given_up"), 5)


def test_abandoned_tasks_are_each_taken_over_once(make_desk: MakeDesk) -> None:
    done: list[str] = []

    def work(job: Job) -> None:
        done.append(job.record.id)
        job.settle("completed", {"text": "2"})

    desks = [make_desk(work) for _ in range(3)]
    # Made by a process that was stopping already, or ended just then.
    tasks = [desks[0].store.create(desks[0].agent, OWNER, {"text": "1 + 1"}).id for _ in range(20)]
    for desk in desks:
        desk.runner.start()

    for task in tasks:
        assert desks[0].wait(OWNER, task, LIMIT_SECONDS).state == "completed"
    assert sorted(done) == sorted(tasks)


def test_stopping_runner_releases_unfinished_tasks_to_others(make_desk: MakeDesk) -> None:
    begun, gate = threading.Event(), threading.Event()

    def slow(job: Job) -> None:
        begun.set()
        gate.wait(LIMIT_SECONDS)
        job.settle("completed", {"text": "from the one that stops"})

    first = make_desk(slow)
    task = first.hand_in(OWNER, {"text": "1 + 1"}, title="")
    assert begun.wait(LIMIT_SECONDS)
    first.runner.stop(0.1)
    second = make_desk(settles("completed"))
    second.runner.start()

    record = second.wait(OWNER, task.id, LIMIT_SECONDS)
    gate.set()

    assert (record.state, record.answer) == ("completed", {"text": "2"})
    texts = [event.data.get("text") for event in second.store.events(task.id)]
    assert texts == [None, None, "Another replica goes on with this.", None]
    # And a stopped one takes nothing more, but keeps it for others.
    late = first.hand_in(OWNER, {"text": "1 + 1"}, title="")
    assert second.wait(OWNER, late.id, LIMIT_SECONDS).state == "completed"


def test_number_of_concurrent_tasks_is_limited(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runners, "MOST_JOBS", 2)
    gate = threading.Event()

    def slow(job: Job) -> None:
        gate.wait(LIMIT_SECONDS)
        job.settle("completed", {"text": "2"})

    desk = make_desk(slow)
    tasks = [desk.hand_in(OWNER, {"text": "1 + 1"}, title="") for _ in range(2)]
    with pytest.raises(CrowdedError):
        desk.hand_in(OWNER, {"text": "1 + 1"}, title="")
    gate.set()
    for task in tasks:
        assert desk.wait(OWNER, task.id, LIMIT_SECONDS).state == "completed"
    until(lambda: ask(desk).state == "completed")


def test_number_of_clarifying_questions_is_limited(make_desk: MakeDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.tasks.MOST_TURNS", 3)
    desk = make_desk(settles("input-required"))
    record = ask(desk)
    for _ in range(2):
        assert record.state == "input-required"
        desk.reply(OWNER, record.id, {"text": "this one"})
        record = desk.wait(OWNER, record.id, LIMIT_SECONDS)
    with pytest.raises(TooManyTurnsError):
        desk.reply(OWNER, record.id, {"text": "this one"})


def test_deleting_a_task_ends_its_work_and_streams(make_desk: MakeDesk) -> None:
    begun, gate, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(job: Job) -> None:
        begun.set()
        gate.wait(LIMIT_SECONDS)
        try:
            job.tell("message", {"text": "too late"})
        finally:
            ended.set()

    desk = make_desk(slow)
    task = desk.hand_in(OWNER, {"text": "1 + 1"}, title="")
    assert begun.wait(LIMIT_SECONDS)
    stream = desk.follow(OWNER, task.id)
    assert next(stream)
    desk.store.forget_conversation(desk.agent, OWNER, task.conversation_id)
    gate.set()
    assert ended.wait(LIMIT_SECONDS)
    desk.feed.announce(task.id, 99)
    assert [batch for batch in stream if batch] == []
    assert desk.feed.places.taken == 0


def test_unread_stream_releases_its_place(make_desk: MakeDesk) -> None:
    desk = make_desk(settles("completed"))
    task = ask(desk)
    desk.follow(OWNER, task.id)
    kept = desk.follow(OWNER, task.id)
    assert desk.feed.places.taken == 1
    kept.close()
    kept.close()
    assert desk.feed.places.taken == 0


def test_two_processes_of_one_replica_do_not_hold_each_others_tasks(make_desk: MakeDesk) -> None:
    first, second = make_desk(settles("completed")), make_desk(settles("completed"))
    holds = [desk.runner.hold() for desk in (first, second)]

    assert all(holds)
    assert len({hold.runner for hold in holds if hold}) == 2
