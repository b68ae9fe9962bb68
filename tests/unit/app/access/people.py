"""Who asks: a person in a browser, a program with a key; and what they ask."""

from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.access.guard import Guard

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TEXT = "What is 15% of 240 km in miles?"
QUESTION = {"question": TEXT}
A2A_SEND = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "SendMessage",
    "params": {"message": {"messageId": "m-1", "role": "ROLE_USER", "parts": [{"text": "What is 6 times 7?"}]}},
}

ADDRESSES = count(1)


def browser(app: Flask) -> FlaskClient:
    """A person at an address that nobody else has signed in from."""
    client = app.test_client()
    number = next(ADDRESSES)
    client.environ_base["REMOTE_ADDR"] = f"198.51.{number // 250}.{number % 250 + 1}"
    return client


def revoke(app: Flask, key: str) -> None:
    guard: Guard = app.extensions["access"]
    guard.key_store.revoke(key.split("_")[1])


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def send(app: Flask, **options: Any) -> TestResponse:
    """A task begun and not waited for."""
    message = {"messageId": "m-1", "role": "ROLE_USER", "parts": [{"text": TEXT}]}
    body = {"message": message, "configuration": {"returnImmediately": True}}
    headers = {"A2A-Version": "1.0", **options.pop("headers", {})}
    return app.test_client().post("/agents/planner/message:send", json=body, headers=headers, **options)
