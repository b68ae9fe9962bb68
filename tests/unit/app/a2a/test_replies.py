"""A task begun by A2A and answered elsewhere: its history has all that was said, in order."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app import create_app
from app.access.guard import Guard
from app.settings import Settings
from tests.unit.app.a2a.calls import PLANNER, UNCLEAR, VERSION, call, said

PARENT = "00-{0}-{1}-01"


@pytest.fixture
def app(database_url: str) -> Flask:
    return create_app(Settings(database_url=database_url, anonymous_requests=0))


@pytest.fixture
def key(app: Flask) -> Iterator[dict[str, str]]:
    guard: Guard = app.extensions["access"]
    text = guard.key_store.create("test", ("tasks", "chat", "a2a"), None)
    return {"Authorization": f"Bearer {text}"}


@pytest.mark.parametrize("where", ["/v1/tasks/{id}/reply", "/conversations/{contextId}/tasks/{id}/reply"])
def test_reply_through_another_interface_is_in_the_history(app: Flask, key: dict[str, str], where: str) -> None:
    client = app.test_client()
    asked = call(client, "SendMessage", said(UNCLEAR), **key, traceparent=PARENT.format("a" * 32, "b" * 16))
    task = asked.get_json()["result"]["task"]
    question = task["status"]["message"]["parts"][0]["text"]
    path, traced = where.format(**task), {**key, "traceparent": PARENT.format("c" * 32, "d" * 16)}

    if path.startswith("/v1"):
        client.post(path, json={"text": "10 months"}, headers=traced)
    else:
        client.post(path, data={"text": "10 months"}, headers=traced)
        app.extensions["desks"]["planner"].wait(_owner(app, key), task["id"], 20)

    found = client.get(f"{PLANNER}/tasks/{task['id']}", headers={**VERSION, **key}).get_json()
    assert found["artifacts"][0]["parts"][0]["text"] == "10.18"
    assert [message["parts"][0]["text"] for message in found["history"]] == [UNCLEAR, question, "10 months"]
    assert found["history"][0]["messageId"] == "m-1"
    kept = app.extensions["desks"]["planner"].get(_owner(app, key), task["id"]).request
    assert kept["traceparent"].startswith("00-" + "c" * 32)


def _owner(app: Flask, key: dict[str, str]) -> str:
    guard: Guard = app.extensions["access"]
    return f"key:{guard.key_store.admit(key['Authorization'].removeprefix('Bearer ')).id}"


def test_reply_continues_a_chat_conversation(app: Flask, key: dict[str, str]) -> None:
    client = app.test_client()
    messages = [
        {"role": "user", "content": "Hello"},
        {"role": "assistant", "content": "Good morning."},
        {"role": "user", "content": UNCLEAR},
    ]
    body = {"model": "longshore-planner", "messages": messages}
    about = client.post("/v1/chat/completions", json=body, headers=key).get_json()["longshore"]

    client.post(f"/v1/tasks/{about['task_id']}/reply", json={"text": "10 months"}, headers=key)

    kept = app.extensions["desks"]["planner"].get(_owner(app, key), about["task_id"]).request
    roles = [role for role, _ in kept["openai"]["before"]]
    assert (kept["openai"]["before"][2], roles) == (["user", UNCLEAR], ["user", "assistant"] * 2)
