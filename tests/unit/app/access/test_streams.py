"""Open streams: as many as may be, ended when their key is gone, and none counted that is gone."""

import json
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from app.access.guard import Guard
from app.access.streams import Streams, Watched
from app.access.tables import AccessStream
from app.errors import RequestError
from app.store.database import Database
from app.store.tasks import now
from tests.unit.app.access.people import TEXT, send


def test_open_streams_are_limited_across_replicas(held: Callable[..., Flask]) -> None:
    one, other = held(anonymous_streams=2), held(anonymous_streams=2)
    task = send(one).get_json()["task"]["id"]
    elsewhere: Guard = other.extensions["access"]
    place = elsewhere.streams.open("address:127.0.0.1", 2)

    def follow() -> TestResponse:
        return one.test_client().get(f"/v1/tasks/{task}/events", buffered=False)

    stream = follow()
    assert stream.status_code == 200
    with pytest.raises(RequestError, match="2 streams of yours are open"):
        elsewhere.streams.open("address:127.0.0.1", 2)
    stream.close()
    second = elsewhere.streams.open("address:127.0.0.1", 2)
    refused = follow()
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (429, "too_many_streams")
    assert refused.headers["Retry-After"] == "5"
    for taken in (place, second):
        elsewhere.streams.close(taken)
    again = follow()
    assert again.status_code == 200
    again.close()


@pytest.mark.parametrize(
    ("path", "code", "said"),
    [
        ("/v1/tasks/{}/events", "key_revoked", "This API key was revoked."),
        ("/agents/planner/tasks/{}:subscribe", 401, "This API key was revoked. Ask the operator for a key."),
        ("/v1/chat/completions", "key_revoked", "This API key was revoked."),
    ],
)
def test_stream_ends_when_its_key_is_revoked(
    held: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, path: str, code: object, said: str
) -> None:
    monkeypatch.setattr("app.access.streams.CHECK_SECONDS", 0.1)
    monkeypatch.setattr("app.agents.streams.HEARTBEAT_SECONDS", 0.1)
    app = held()
    guard: Guard = app.extensions["access"]
    key = guard.key_store.create("test", ["tasks", "chat", "a2a"], None)
    headers = {"X-API-Key": str(key), "A2A-Version": "1.0"}
    if "{}" in path:
        task = send(app, headers=headers).get_json()["task"]["id"]
        stream = app.test_client().get(path.format(task), headers=headers, buffered=False)
    else:
        asked = {"model": "longshore-planner", "messages": [{"role": "user", "content": TEXT}], "stream": True}
        stream = app.test_client().post(path, json=asked, headers=headers, buffered=False)
    assert stream.status_code == 200
    chunks = iter(stream.response)
    next(chunks)

    guard.key_store.revoke(key.id)
    text = b"".join(chunk if isinstance(chunk, bytes) else chunk.encode() for chunk in chunks).decode()
    last = [line for line in text.splitlines() if line.startswith("data: ")][-1]
    error = json.loads(last.removeprefix("data: "))["error"]
    assert error["message"] == said
    assert error["code"] == code
    stream.close()


class Chunks(Iterator[str]):
    """A stream that is no generator."""

    def __init__(self) -> None:
        self.closed = 0

    def __next__(self) -> str:
        return ": here\n\n"

    def close(self) -> None:
        self.closed += 1


def test_refused_stream_ends_with_an_error_event_and_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.access.streams.CHECK_SECONDS", 0)
    chunks, closed = Chunks(), []
    refusals = iter([None, RequestError(401, "key_revoked", "Gone.")])
    watched = Watched(chunks, lambda: next(refusals), lambda: closed.append(1))

    assert list(watched) == [
        ": here\n\n",
        'event: refused\ndata: {"error": {"code": "key_revoked", "message": "Gone."}}\n\n',
    ]
    watched.close()
    assert (chunks.closed, closed) == (1, [1])


def test_unread_stream_releases_its_place(own_url: str) -> None:
    streams = Streams(Database(own_url))
    watched = Watched(Chunks(), lambda: None, partial(streams.close, streams.open("key:a", 1)))
    with pytest.raises(RequestError, match="1 streams of yours are open"):
        streams.open("key:a", 1)

    watched.close()
    assert streams.open("key:a", 1)


def test_places_of_a_killed_replica_expire(own_url: str) -> None:
    database = Database(own_url)
    place = Streams(database).open("key:a", 1)
    with database.transaction() as session:
        session.execute(update(AccessStream).values(until=1))

    other = Streams(database)
    kept = other.open("key:a", 1)
    with database.transaction() as session:
        session.execute(update(AccessStream).values(until=now() + 1_000_000))
    other.renew()
    with database.reading() as session:
        rows = session.scalars(select(AccessStream)).all()
    assert [row.id for row in rows] == [kept] != [place]
    assert rows[0].until > now() + 30_000_000
