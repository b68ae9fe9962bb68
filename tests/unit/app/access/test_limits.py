"""Limits hold for all processes that share a database, and cost little."""

import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

from flask import Flask

from app import create_app
from app.access.guard import Guard
from app.access.rates import PAUSE_SECONDS, Rates, Verdict
from app.settings import Settings
from app.store.database import Database
from tests.unit.app.access.people import send


def take_many(url: str, subject: str, limit: int, times: int) -> int:
    """How many of so many requests were allowed; run in processes of their own."""
    rates = Rates(Database(url))
    return sum(rates.take(subject, limit).allowed for _ in range(times))


def test_requests_are_counted_once_for_all_processes(own_url: str) -> None:
    begun = time.monotonic()
    with get_context("spawn").Pool(2) as pool:
        counts = pool.starmap(take_many, [(own_url, "key:a", 60, 50)] * 3 + [(own_url, "key:b", 60, 10)])

    # One more each second becomes free while they run.
    assert 60 <= sum(counts[:3]) <= 60 + int(time.monotonic() - begun) + 1
    assert counts[3] == 10, "another's requests do not count"


def test_a_verdict_says_how_many_are_left_and_when_to_come_back(own_url: str) -> None:
    rates = Rates(Database(own_url))
    seen = [rates.take("key:a", 3) for _ in range(4)]

    assert [(verdict.allowed, verdict.remaining) for verdict in seen] == [(True, 2), (True, 1), (True, 0), (False, 0)]
    assert seen[0] == Verdict(allowed=True, limit=3, remaining=2, reset=20, retry_after=1)
    assert seen[3].retry_after in {19, 20}
    assert seen[3].reset in {59, 60}


def test_what_was_refused_is_free_after_the_time_that_was_said(own_url: str) -> None:
    rates = Rates(Database(own_url))
    while (verdict := rates.take("key:a", 60)).allowed:
        pass
    end = time.monotonic() + 5
    assert verdict.retry_after == 1
    while not rates.take("key:a", 60).allowed:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert time.monotonic() > end - 5 + 0.5


def test_a_refusal_needs_no_database(own_url: str, tmp_path: Path) -> None:
    rates = Rates(Database(own_url))
    for _ in range(4):
        verdict = rates.take("key:a", 3)
    (tmp_path / "agents.db").unlink()

    assert not verdict.allowed
    assert not rates.take("key:a", 3).allowed


def test_each_process_counts_alone_while_the_database_cannot_be_written_to(tmp_path: Path) -> None:
    rates = Rates(Database(f"sqlite:///{tmp_path}/without-tables.db"))
    begun = time.monotonic()

    assert [rates.take("key:a", 3).allowed for _ in range(5)] == [True, True, True, False, False]
    assert time.monotonic() - begun < PAUSE_SECONDS


def test_counting_a_request_costs_less_than_two_milliseconds(own_url: str) -> None:
    rates = Rates(Database(own_url))
    rates.take("key:a", 600_000)
    times = []
    for _ in range(200):
        begun = time.perf_counter()
        rates.take("key:a", 600_000)
        times.append(time.perf_counter() - begun)

    assert sorted(times)[100] < 0.002


def test_a_client_is_told_its_limit_and_when_it_is_over(own_url: str) -> None:
    app = create_app(Settings(database_url=own_url, anonymous_requests=3))
    replica = create_app(Settings(database_url=own_url, anonymous_requests=3))
    seen = [each.test_client().get("/v1/models") for each in (app, replica, app, replica)]

    assert [response.status_code for response in seen] == [200, 200, 200, 429]
    assert [response.headers["RateLimit-Remaining"] for response in seen] == ["2", "1", "0", "0"]
    assert seen[0].headers["RateLimit-Limit"] == "3"
    assert int(seen[3].headers["Retry-After"]) in {19, 20}
    assert "More than 3 requests in a minute came from you." in seen[3].text
    for path in ("/", "/healthz", "/version", "/static/icon.svg", "/.well-known/agent-card.json"):
        free = app.test_client().get(path)
        assert free.status_code == 200
        assert "RateLimit-Limit" not in free.headers


def test_new_sessions_do_not_help_and_keys_have_their_own(own_url: str) -> None:
    app = create_app(Settings(database_url=own_url, anonymous_requests=3, key_requests=5))
    guard: Guard = app.extensions["access"]
    statuses = [app.test_client().get("/", headers={"Accept": "text/html"}).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]

    key = {"X-API-Key": str(guard.key_store.create("test", ["chat"], None))}
    statuses = [app.test_client().get("/v1/models", headers=key).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_whoever_tries_keys_is_counted(own_url: str) -> None:
    app = create_app(Settings(database_url=own_url, access="keys", anonymous_requests=3))
    wrong = [{"X-API-Key": "lsk_x"}, {}, {"Authorization": "Basic x"}, {"X-API-Key": "lsk_y"}]

    statuses = [app.test_client().get("/v1/models", headers=headers).status_code for headers in wrong]
    assert statuses == [401, 401, 401, 429]


def test_tasks_at_a_time_are_counted_for_all_replicas(held: Callable[..., Flask]) -> None:
    one, other = held(anonymous_tasks=2), held(anonymous_tasks=2)
    begun = [send(one), send(other)]
    refused = send(one)

    assert [response.status_code for response in begun] == [200, 200]
    assert refused.status_code == 429
    assert "2 tasks of yours are under way" in refused.text
    assert refused.headers["Retry-After"] == "5"
    assert send(one, environ_overrides={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200, "another's do not count"
    task = begun[0].get_json()["task"]["id"]
    path = f"/agents/planner/tasks/{task}"
    listed = one.test_client().get("/agents/planner/tasks", headers={"A2A-Version": "1.0"}).get_json()
    assert listed["totalSize"] == 2, "what was refused was not made"
    assert one.test_client().post(f"{path}:cancel", headers={"A2A-Version": "1.0"}).status_code == 200
    assert send(other).status_code == 200
