"""Limits hold for all processes that share a database, and cost little."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.access.guard import Guard
from app.access.rates import Rates, Verdict
from app.settings import Settings
from app.store.database import Database
from app.store.tasks import now
from tests.unit.app.access.people import send


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The moment that requests are counted at, in microseconds: one element, for tests to move on."""
    moment = [now()]
    monkeypatch.setattr("app.access.rates.now", lambda: moment[0])
    return moment


def test_verdict_says_how_many_are_left_and_when_to_come_back(own_url: str, clock: list[int]) -> None:
    rates = Rates(Database(own_url))
    verdicts = [rates.take("key:a", 3) for _ in range(4)]

    assert verdicts == [
        Verdict(allowed=True, limit=3, remaining=2, reset=20, retry_after=1),
        Verdict(allowed=True, limit=3, remaining=1, reset=40, retry_after=1),
        Verdict(allowed=True, limit=3, remaining=0, reset=60, retry_after=20),
        Verdict(allowed=False, limit=3, remaining=0, reset=60, retry_after=20),
    ]


def test_refused_request_is_allowed_after_the_time_announced(own_url: str, clock: list[int]) -> None:
    rates = Rates(Database(own_url))
    while (verdict := rates.take("key:a", 60)).allowed:
        pass
    assert verdict.retry_after == 1

    clock[0] += 999_999
    assert not rates.take("key:a", 60).allowed
    clock[0] += 1
    assert rates.take("key:a", 60).allowed


def test_a_refusal_needs_no_database(own_url: str, tmp_path: Path) -> None:
    rates = Rates(Database(own_url))
    for _ in range(4):
        verdict = rates.take("key:a", 3)
    (tmp_path / "agents.db").unlink()

    assert not verdict.allowed
    assert not rates.take("key:a", 3).allowed


def test_process_counts_alone_and_leaves_a_database_alone_that_cannot_be_written_to(
    tmp_path: Path, clock: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.access.rates.PAUSE_SECONDS", float("inf"))
    rates = Rates(Database(f"sqlite:///{tmp_path}/without-tables.db"))
    together, attempts = rates._count_together, []

    def count(*request: Any) -> tuple[int, bool]:
        attempts.append(request)
        return together(*request)

    monkeypatch.setattr(rates, "_count_together", count)

    assert [rates.take("key:a", 3).allowed for _ in range(5)] == [True, True, True, False, False]
    assert len(attempts) == 1


def test_rate_limit_headers_announce_limit_and_reset(own_url: str) -> None:
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


def test_new_sessions_share_the_address_limit_and_keys_have_their_own(own_url: str) -> None:
    app = create_app(Settings(database_url=own_url, anonymous_requests=3, key_requests=5))
    guard: Guard = app.extensions["access"]
    statuses = [app.test_client().get("/", headers={"Accept": "text/html"}).status_code for _ in range(4)]
    assert statuses == [200, 200, 200, 429]

    key = {"X-API-Key": str(guard.key_store.create("test", ["chat"], None))}
    statuses = [app.test_client().get("/v1/models", headers=key).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_attempts_with_invalid_keys_are_rate_limited(own_url: str) -> None:
    app = create_app(Settings(database_url=own_url, access="keys", anonymous_requests=3))
    wrong = [{"X-API-Key": "lsk_x"}, {}, {"Authorization": "Basic x"}, {"X-API-Key": "lsk_y"}]

    statuses = [app.test_client().get("/v1/models", headers=headers).status_code for headers in wrong]
    assert statuses == [401, 401, 401, 429]


def test_running_tasks_are_limited_across_replicas(held: Callable[..., Flask]) -> None:
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
