"""The limits of a call: its time, its tokens, its places, and the pauses between attempts."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.model import client as client_module
from app.model import wire
from app.model.account import Account, Used
from app.model.client import Errand
from app.model.errors import BrokenError, BudgetError, BusyError, CrowdError, SlowError
from tests.unit.app.model.calls import MESSAGES, errand, model
from tests.unit.app.model_server import ModelServer, Reply, comments, drips, fails, says, silent
from tests.waiting import LIMIT_SECONDS, until

# Seconds that no test waits for: what ends a call must be something else.
NEVER = 100_000


class FakeClock:
    """In place of the module `time`: only pauses let time go by, and they are not waited for."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.slept: list[float] = []

    def monotonic(self) -> float:
        return self.begun + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.mark.parametrize("reply", [silent, drips(), drips("")])
def test_call_times_out_however_slowly_the_server_responds(server: ModelServer, reply: Reply) -> None:
    server.replies = [reply]
    with pytest.raises(SlowError, match="did not answer in time"):
        model(server, seconds=1).ask(MESSAGES, errand(seconds=NEVER))

    # The server may come to it only now.
    until(lambda: server.seen)
    assert len(server.seen) == 1


@pytest.mark.parametrize("reply", [drips(seconds=0.02), comments(seconds=0.02)])
def test_connection_is_closed_after_a_timeout(server: ModelServer, reply: Reply) -> None:
    server.replies = [reply]
    with pytest.raises(SlowError):
        model(server, seconds=1).ask(MESSAGES, errand(seconds=NEVER))

    assert server.hung_up.wait(LIMIT_SECONDS)


def test_time_left_for_the_task_limits_a_call(server: ModelServer) -> None:
    server.replies = [silent]
    with pytest.raises(SlowError):
        model(server, seconds=NEVER).ask(MESSAGES, errand(seconds=1))
    with pytest.raises(SlowError, match="has no time left"):
        model(server).ask(MESSAGES, errand(seconds=0.1))
    until(lambda: server.seen)
    assert len(server.seen) == 1


def test_retry_after_beyond_the_time_left_is_not_awaited(server: ModelServer) -> None:
    server.replies = [fails(429, Retry_After=str(NEVER))]
    with pytest.raises(BusyError):
        model(server).ask(MESSAGES, errand(seconds=LIMIT_SECONDS))

    assert len(server.seen) == 1


def test_retry_after_is_honored(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    monkeypatch.setattr(client_module, "time", clock)
    server.replies = [fails(429, Retry_After="7"), says("Hello")]

    assert model(server).ask(MESSAGES, Errand(Account("tiny", 10_000), clock.monotonic() + 60)) == "Hello"
    assert sum(clock.slept) == pytest.approx(7)


def test_retry_after_may_be_a_date_and_invalid_values_are_ignored() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    earlier = format_datetime(datetime.now(UTC) - timedelta(seconds=30), usegmt=True)

    assert 25 < wire._after(later) <= 30
    assert [wire._after(value) for value in (earlier, "", "soon", "-1", "9" * 20, "²")] == [0.0] * 6


def test_canceled_task_does_not_wait_for_the_model(server: ModelServer) -> None:
    server.replies = [silent]
    canceled = threading.Event()

    def alive() -> None:
        if canceled.is_set():
            raise KeyError("canceled")

    threading.Timer(0.3, canceled.set).start()
    with pytest.raises(KeyError):
        model(server, seconds=NEVER).ask(MESSAGES, Errand(Account("tiny", 10_000), time.monotonic() + NEVER, alive))


def test_token_budget_covers_the_whole_task(server: ModelServer) -> None:
    server.replies = [says("Hello")] * 9
    asking, task = model(server), errand(budget=1_000)
    for _ in range(8):
        asking.ask(MESSAGES, task)
    with pytest.raises(BudgetError, match="may use no more than 1,000 tokens"):
        asking.ask(MESSAGES, task)

    assert len(server.seen) == 8
    assert task.account.prompt + task.account.completion <= 1_000
    assert [body["max_tokens"] for body in server.seen[:2]] == [987, 867]


def test_concurrent_calls_are_limited(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MOST_CALLS", 2)
    monkeypatch.setattr(client_module, "PLACE_SECONDS", 0.05)
    server.replies = [drips(), drips(), says("Hello")]
    asking, task = model(server), errand()
    one, two = asking.stream(MESSAGES, task), asking.stream(MESSAGES, task)
    assert next(one) == next(two) == "x"
    with pytest.raises(CrowdError, match="has too many other tasks"):
        asking.ask(MESSAGES, task)
    one.close()
    assert asking.ask(MESSAGES, task) == "Hello"
    two.close()


def test_cost_is_what_the_prices_say() -> None:
    account = Account("tiny", 10_000, 0.15, 0.6)
    assert account.charge(Used(1_000, 500), estimated=False) == 0.00045
    assert account.json()["cost"] == 0.00045


def test_refused_calls_cost_nothing(server: ModelServer) -> None:
    server.replies = [fails(500)] * 3
    task = errand()
    with pytest.raises(BrokenError):
        model(server).ask(MESSAGES, task)

    assert (task.account.calls, task.account.prompt, task.account.estimated) == (3, 0, False)
