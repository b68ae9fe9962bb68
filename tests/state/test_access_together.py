"""What access counts and shares, it counts and shares once for all processes, in either database."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context
from multiprocessing.pool import Pool

import pytest
from flask import Flask, g

from app.access.admission import admit_task
from app.access.identify import Identity, Limits
from app.access.rates import Rates
from app.access.signing import Signer
from app.access.streams import Streams
from app.errors import RequestError
from app.store.database import Database
from app.store.tasks import TaskStore

PROCESSES = 3
THREADS = 6
LIMIT = 5


@pytest.fixture(scope="module")
def processes() -> Iterator[Pool]:
    """Processes that have imported all they need."""
    with get_context("spawn").Pool(PROCESSES) as pool:
        pool.map(abs, range(PROCESSES), chunksize=1)
        yield pool


def at_once(attempt: Callable[[], object]) -> int:
    """How many of THREADS attempts were not refused."""

    def succeeds(_: int) -> bool:
        try:
            attempt()
        except RequestError:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        return sum(pool.map(succeeds, range(THREADS)))


def make_tasks(url: str) -> int:
    store = TaskStore(Database(url), admit_task)
    app = Flask("test")

    def attempt() -> None:
        with app.test_request_context():
            g.identity = Identity("session:a", "address:a", Limits(tasks=LIMIT))
            store.create("planner", "session:a", {"text": "?"}, title="?")

    return at_once(attempt)


def open_streams(url: str) -> int:
    streams = Streams(Database(url))
    return at_once(lambda: streams.open("address:a", LIMIT))


def take_requests(url: str) -> int:
    rates = Rates(Database(url))
    return sum(rates.take("address:a", LIMIT).allowed for _ in range(THREADS))


def sign(url: str) -> str:
    return Signer(Database(url)).session("s-1")


@pytest.mark.parametrize("work", [make_tasks, open_streams, take_requests])
def test_concurrent_requests_never_exceed_the_limit(processes: Pool, url: str, work: Callable[[str], int]) -> None:
    counts = processes.map(work, [url] * PROCESSES, chunksize=1)

    assert sum(counts) == LIMIT


def test_a_finished_task_makes_room(url: str) -> None:
    store = TaskStore(Database(url), admit_task)
    app = Flask("test")
    with app.test_request_context():
        g.identity = Identity("session:a", "address:a", Limits(tasks=1))
        first = store.create("planner", "session:a", {"text": "?"}, title="?")
        with pytest.raises(RequestError, match="1 tasks of yours are under way"):
            store.create("planner", "session:a", {"text": "?"}, title="?")
        store.cancel("planner", "session:a", first.id)
        store.create("planner", "session:a", {"text": "?"}, title="?")


def test_replicas_agree_on_one_secret(processes: Pool, url: str) -> None:
    tokens = processes.map(sign, [url] * PROCESSES, chunksize=1)

    signer = Signer(Database(url))
    assert [signer.read_session(token) for token in tokens] == [("s-1", False)] * PROCESSES
