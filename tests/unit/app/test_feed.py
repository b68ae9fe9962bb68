"""What followers of one task share."""

import threading
from collections.abc import Callable

import pytest

from app.agents.feed import Watch
from app.store.database import UnavailableError
from app.store.tasks import EventRecord
from tests.waiting import until


class Store:
    """Events of one task, and how often they were read."""

    def __init__(self, numbers: int) -> None:
        self.numbers = numbers
        self.reads = 0
        self.fails: Callable[[], object] | None = None

    def events(self, task_id: str, after: int = 0) -> list[EventRecord]:
        self.reads += 1
        if self.fails:
            until(self.fails)
            raise UnavailableError("down")
        return [EventRecord(task_id, number, "message", {}, 0) for number in range(after + 1, self.numbers + 1)]


def read(watch: Watch, store: Store, after: int) -> list[int]:
    return [event.number for event in watch.events(store, "task", after)]  # type: ignore[arg-type]


@pytest.fixture
def watch() -> Watch:
    return Watch(threading.Lock())


def test_events_are_read_once_for_all_followers(watch: Watch) -> None:
    store = Store(3)

    assert [read(watch, store, after) for after in (0, 0, 1, 3)] == [[1, 2, 3], [1, 2, 3], [2, 3], []]
    assert store.reads == 1


def test_late_follower_misses_no_event(watch: Watch) -> None:
    store = Store(3)
    read(watch, store, 2)
    store.numbers = 5
    with watch.news:
        watch.hear(5, None)

    assert read(watch, store, 3) == [4, 5]
    assert read(watch, store, 0) == [1, 2, 3, 4, 5]
    assert read(watch, store, 4) == [5]
    assert store.reads == 3


class Moments:
    """In place of the module `time`: each time it is asked it is one later."""

    def __init__(self) -> None:
        self.asked = 0

    def monotonic(self) -> float:
        self.asked += 1
        return self.asked


def test_only_one_follower_waits_for_a_hanging_database(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = Moments()
    monkeypatch.setattr("app.agents.feed.time", moments)
    store = Store(3)
    # It fails when all have come; each asks once for the time when it does.
    store.fails = lambda: moments.asked >= 8
    failed: list[int] = []

    def follow(number: int) -> None:
        with pytest.raises(UnavailableError):
            read(watch, store, 0)
        failed.append(number)

    threads = [threading.Thread(target=follow, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(failed), store.reads) == (list(range(8)), 1)
    store.fails = None
    assert read(watch, store, 0) == [1, 2, 3]
