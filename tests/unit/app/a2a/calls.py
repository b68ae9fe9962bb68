"""Calls of both agents as clients of 1.0 make them, and answers read as strictly as the SDK does."""

import json
from typing import Any

from a2a.utils.proto_utils import validate_proto_required_fields
from flask.testing import FlaskClient
from google.protobuf.json_format import ParseDict
from google.protobuf.message import Message
from werkzeug.test import TestResponse

PLANNER = "/agents/planner"
SOLVER = "/agents/solver"
VERSION = {"A2A-Version": "1.0"}
# It has no term, which is asked for.
UNCLEAR = "monthly payment on 100 at 4%"
INFO = "type.googleapis.com/google.rpc.ErrorInfo"


def said(text: str, **fields: Any) -> dict[str, Any]:
    return {"message": {"messageId": "m-1", "role": "ROLE_USER", "parts": [{"text": text}], **fields}}


def step(tool: str, arguments: object) -> dict[str, Any]:
    return {
        "message": {
            "messageId": "s-1",
            "role": "ROLE_USER",
            "parts": [{"data": {"tool": tool, "arguments": arguments}}],
        }
    }


def call(client: FlaskClient, method: str, params: object, path: str = PLANNER, **headers: str) -> TestResponse:
    body = {"jsonrpc": "2.0", "id": "r-1", "method": method, "params": params}
    return client.post(path, json=body, headers={**VERSION, **headers})


def result(client: FlaskClient, method: str, params: object, path: str = PLANNER) -> Any:
    body = call(client, method, params, path).get_json()
    assert "error" not in body, body
    assert (body["jsonrpc"], body["id"]) == ("2.0", "r-1")
    return body["result"]


def error(client: FlaskClient, method: str, params: object, path: str = PLANNER) -> tuple[int, str]:
    response = call(client, method, params, path)
    found = response.get_json()["error"]
    assert response.status_code == 200
    assert found["message"]
    assert (found["data"][0]["@type"], found["data"][0]["domain"]) == (INFO, "a2a-protocol.org")
    return found["code"], found["data"][0]["reason"]


def strictly(data: dict[str, Any], kind: Message) -> Any:
    """The data as the protocol's own type: nothing unknown in it, nothing required missing."""
    ParseDict(data, kind)
    validate_proto_required_fields(kind)
    return kind


def stream(response: TestResponse) -> list[dict[str, Any]]:
    assert response.mimetype == "text/event-stream"
    assert response.headers["X-Accel-Buffering"] == "no"
    return [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]
