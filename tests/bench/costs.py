"""What counting, limits and traces cost, and how soon a person has an answer: each against its limit.

The limits are far above what is usual; they hold on an otherwise idle machine. Run by pytest:

    make bench-costs
"""

# ruff: noqa: F811 - fixtures are imported, and named by parameters

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from app.access.rates import Rates
from app.agents import solving
from app.agents.messages import Step
from app.model.client import Errand
from app.model.errors import BusyError, SlowError
from app.observe import metrics, tracing
from app.store import migrate
from app.store.database import Database
from tests.page.conftest import chromium, complaints, open_page, real  # noqa: F401
from tests.server.gunicorn import client, gunicorn, stop
from tests.unit.app.model.calls import MESSAGES, errand, model
from tests.unit.app.model_server import ModelServer, drips, fails, says, silent
from tests.unit.app.test_step_sizes import LARGEST
from tests.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.page.conftest import Open, Served
    from tests.unit.app.model_server import Reply

QUESTION = {"question": "What is 15% of 240 km in miles?"}


def seconds(action: Callable[[], object]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def test_span_costs_ten_microseconds_while_tracing_is_off() -> None:
    def spans() -> None:
        for _ in range(10_000):
            with tracing.span("nothing"):
                pass

    assert seconds(spans) / 10_000 < 10e-6


def test_metrics_of_a_request_cost_a_tenth_of_a_millisecond() -> None:
    def count() -> None:
        metrics.request_done("/v1/tasks", "POST", 200, 0.01)

    count()
    assert min(seconds(count) for _ in range(200)) < 100e-6


def test_limit_on_requests_costs_two_milliseconds(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/agents.db"
    migrate.ensure(url)
    rates = Rates(Database(url))
    rates.take("key:a", 600_000)

    assert sorted(seconds(lambda: rates.take("key:a", 600_000)) for _ in range(200))[100] < 0.002


@pytest.mark.parametrize(("tool", "arguments"), LARGEST)
def test_largest_allowed_step_keeps_its_thread_busy_for_a_second(tool: str, arguments: Mapping[str, str]) -> None:
    before = time.thread_time()
    solving.done(Step(tool, arguments))
    assert time.thread_time() - before < 1


def test_replica_stops_in_ten_seconds_while_the_collector_is_down(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_BSP_SCHEDULE_DELAY="50") as process:
        with client(path) as http:
            assert http.post("/v1/tasks", json=QUESTION).status_code == 200
        assert seconds(lambda: stop(process)) < 10


def test_readiness_is_answered_in_two_seconds_while_the_database_hangs(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(path), client(path) as http:
        until(lambda: http.get("/readyz").status_code == 200)
        # A lock that no writer gets past, as a program that hangs in a transaction holds it.
        with closing(sqlite3.connect(tmp_path / "agents.db", isolation_level=None)) as database:
            database.execute("BEGIN EXCLUSIVE")
            for _ in range(10):
                assert seconds(lambda: http.get("/readyz")) < 2


def test_first_answer_is_on_the_page_in_a_second(real: Served, open_page: Open) -> None:
    def answer() -> None:
        page.locator("#question").press("Enter")
        page.locator(".answer .result").wait_for()

    taken = []
    for number in range(3):
        page = open_page(real.url)
        page.locator("#question").fill(f"What is {number + 2}^100?")
        taken.append(seconds(answer))
    assert min(taken) < 1.0, taken


@pytest.mark.parametrize("reply", [silent, drips(), drips("")])
def test_call_of_a_model_ends_when_its_time_is_up(reply: Reply) -> None:
    def call(most: float, task: Errand) -> float:
        def attempt() -> None:
            with pytest.raises(SlowError):
                model(server, seconds=most).ask(MESSAGES, task)

        server.replies = [reply]
        return seconds(attempt)

    with ModelServer() as server:
        server.replies = [says("Hello")]
        model(server).ask(MESSAGES, errand())
        assert 0.9 < call(1, errand()) < 3
        assert 0.9 < call(60, errand(seconds=1)) < 3


def test_pause_before_the_next_call_is_waited_for_only_if_there_is_time() -> None:
    with ModelServer() as server:
        server.replies = [fails(429, Retry_After="1"), says("Hello")]
        assert 1 <= seconds(lambda: model(server).ask(MESSAGES, errand())) < 3

        server.replies = [fails(429, Retry_After="60")]
        with pytest.raises(BusyError):
            assert seconds(lambda: model(server).ask(MESSAGES, errand(seconds=10))) < 3
