"""Calls of the planner as a model, and what its streams hold."""

import json
from collections.abc import Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

QUESTION = "What is 15% of 240 km in miles?"
USER = {"role": "user", "content": QUESTION}


def ask(client: FlaskClient, *messages: Mapping[str, Any], **parameters: Any) -> TestResponse:
    body = {"model": "longshore-planner", "messages": list(messages or [USER]), **parameters}
    return client.post("/v1/chat/completions", json=body)


def sent(response: TestResponse) -> list[dict[str, Any]]:
    """The objects of a stream that ended as it should."""
    assert response.status_code == 200
    assert response.mimetype == "text/event-stream"
    events = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line.startswith("data: ")]
    assert events.pop() == "[DONE]"
    return [json.loads(event) for event in events]
