"""What followers of one task share."""

import threading
import time

import pytest

from app.agents.feed import Watch
from app.store.database import UnavailableError
from app.store.tasks import EventRecord


class Store:
    """Events of one task, and how often they were read."""

    def __init__(self, numbers: int) -> None:
        self.numbers = numbers
        self.reads = 0
        self.fails = False

    def events(self, task_id: str, after: int = 0) -> list[EventRecord]:
        self.reads += 1
        if self.fails:
            time.sleep(0.3)
            raise UnavailableError("down")
        return [EventRecord(task_id, number, "message", {}, 0) for number in range(after + 1, self.numbers + 1)]


def read(watch: Watch, store: Store, after: int) -> list[int]:
    return [event.number for event in watch.events(store, "task", after)]  # type: ignore[arg-type]


@pytest.fixture
def watch() -> Watch:
    return Watch(threading.Lock())


def test_one_follower_reads_for_all(watch: Watch) -> None:
    store = Store(3)

    assert [read(watch, store, after) for after in (0, 0, 1, 3)] == [[1, 2, 3], [1, 2, 3], [2, 3], []]
    assert store.reads == 1


def test_news_is_read_and_whoever_is_behind_misses_nothing(watch: Watch) -> None:
    store = Store(3)
    read(watch, store, 2)
    store.numbers = 5
    with watch.news:
        watch.hear(5, None)

    assert read(watch, store, 3) == [4, 5]
    assert read(watch, store, 0) == [1, 2, 3, 4, 5]
    assert read(watch, store, 4) == [5]
    assert store.reads == 3


def test_a_database_that_does_not_answer_is_waited_for_by_one_of_them(watch: Watch) -> None:
    store = Store(3)
    store.fails = True
    failed: list[float] = []

    def follow() -> None:
        with pytest.raises(UnavailableError):
            read(watch, store, 0)
        failed.append(time.monotonic())

    began = time.monotonic()
    threads = [threading.Thread(target=follow) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(failed) == 8
    assert max(failed) - began < 8 * 0.3
    store.fails = False
    assert read(watch, store, 0) == [1, 2, 3]
