"""A task that no tool reads, and what a model makes of it."""

import json
from typing import Any

from flask.testing import FlaskClient

TASK = "My bike tour was 240 km, and I did 15 per cent of it on gravel. How far is that for an American?"
PLAN = {"kind": "questions", "questions": ["15% of 240 km in miles"]}
WORDS = "That is about 22.37 miles on gravel."


def ask(client: FlaskClient, question: str = TASK) -> dict[str, Any]:
    response = client.post("/v1/tasks", json={"question": question})
    assert response.status_code == 200, response.text
    assert response.json is not None
    found: dict[str, Any] = response.json
    return found


def said(task: dict[str, Any], kind: str) -> list[str]:
    return [message["text"] for message in task["transcript"] if message["kind"] == kind]


def deltas(client: FlaskClient, task: dict[str, Any]) -> str:
    events = client.get(f"/v1/tasks/{task['id']}/events").text.split("\n\n")
    data = [event.partition("data: ")[2] for event in events if "event: delta" in event]
    return "".join(json.loads(text)["text"] for text in data)
