"""What is wrong is said as A2A says it, in both bindings, whatever is sent."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from app import create_app
from app.errors import RequestError
from app.settings import Settings
from app.store import migrate
from app.store.tasks import TaskStore
from app.web.requests import MOST_PARTS
from tests.unit.app.a2a.calls import INFO, PLANNER, SOLVER, VERSION, call, error, result, said

WRONG = [
    ("GetTask", {"id": "none"}, -32001, 404, "TASK_NOT_FOUND"),
    ("GetTask", {}, -32602, 0, "INVALID_PARAMS"),
    ("GetTask", {"id": 5}, -32602, 0, "INVALID_PARAMS"),
    ("CancelTask", {"id": "none"}, -32001, 404, "TASK_NOT_FOUND"),
    ("SubscribeToTask", {"id": "none"}, -32001, 404, "TASK_NOT_FOUND"),
    ("GetTaskPushNotificationConfig", {"taskId": "a", "id": "b"}, -32003, 0, "PUSH_NOTIFICATION_NOT_SUPPORTED"),
    ("GetExtendedAgentCard", {}, -32004, 0, "UNSUPPORTED_OPERATION"),
    ("Sing", {}, -32601, 0, "METHOD_NOT_FOUND"),
    ("message/send", said("2 + 2"), -32601, 0, "METHOD_NOT_FOUND"),
    ("SendMessage", {}, -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", {"message": []}, -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", messageId=""), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", messageId="m" * 129), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", role="ROLE_KING"), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", role=[]), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", parts=[]), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", parts=[{}]), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", parts=["a"]), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", parts=[{"text": "a", "url": "b"}]), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", parts=[{"text": 5}]), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", parts=[{"raw": "?"}]), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("  "), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("1" * 60_001), -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", said("2 + 2", parts=[{"raw": "dGNr"}]), -32005, 400, "CONTENT_TYPE_NOT_SUPPORTED"),
    ("SendMessage", said("2 + 2", parts=[{"data": {}}]), -32005, 400, "CONTENT_TYPE_NOT_SUPPORTED"),
    ("SendMessage", said("2 + 2", taskId="none"), -32001, 404, "TASK_NOT_FOUND"),
    ("SendMessage", {**said("2 + 2"), "configuration": {"historyLength": -1}}, -32602, 400, "INVALID_PARAMS"),
    ("SendMessage", {**said("2 + 2"), "configuration": {"returnImmediately": "no"}}, -32602, 400, "INVALID_PARAMS"),
    ("ListTasks", {"pageSize": 0}, -32602, 0, "INVALID_PARAMS"),
    ("ListTasks", {"pageSize": 101}, -32602, 0, "INVALID_PARAMS"),
    ("ListTasks", {"pageToken": "?"}, -32602, 0, "INVALID_PARAMS"),
    ("ListTasks", {"status": "DONE"}, -32602, 0, "INVALID_PARAMS"),
    ("ListTasks", {"statusTimestampAfter": "yesterday"}, -32602, 0, "INVALID_PARAMS"),
]  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_errors_are_reported_in_both_bindings(
    client: FlaskClient, wrong: tuple[str, dict[str, Any], int, int, str]
) -> None:
    method, params, code, status, reason = wrong
    assert error(client, method, params) == (code, reason)
    if not status:
        return
    paths = {"GetTask": "", "CancelTask": ":cancel", "SubscribeToTask": ":subscribe"}
    if method == "SendMessage":
        response = client.post(f"{PLANNER}/message:send", json=params, headers=VERSION)
        streamed = client.post(f"{PLANNER}/message:stream", json=params, headers=VERSION)
        assert (streamed.status_code, streamed.get_json()) == (status, response.get_json())
    else:
        verb = "GET" if method == "GetTask" else "POST"
        response = client.open(f"{PLANNER}/tasks/none{paths[method]}", method=verb, headers=VERSION)
    found = response.get_json()["error"]
    assert (response.status_code, found["code"], found["details"][0]["reason"]) == (status, status, reason)


@pytest.mark.parametrize(
    ("body", "content_type", "code", "status"),
    [
        (b"{", "application/json", -32700, 200),
        (b"", "application/json", -32700, 200),
        (b'{"jsonrpc": "2.0", "id": NaN}', "application/json", -32700, 200),
        (b'{"a": "\xff"}', "application/json", -32700, 200),
        (b'{"a": "\\u0000"}', "application/json", -32700, 200),
        (b'{"a": [-1e999]}', "application/json", -32700, 200),
        (b'{"a": "\\ud800"}', "application/json", -32700, 200),
        (b"[" * 20_000 + b"]" * 20_000, "application/json", -32700, 200),
        (b"{}", "text/plain", -32005, 415),
        (b"{}", "", -32005, 415),
        (b"[]", "application/json", -32600, 200),
        (b"null", "application/json", -32600, 200),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "GetTask"}', "application/json", -32600, 200),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "GetTask"}', "application/json", -32600, 200),
        (b'{"jsonrpc": "2.0", "id": true, "method": "GetTask"}', "application/json", -32600, 200),
        (b'{"jsonrpc": "2.0", "id": 1, "method": 5}', "application/json", -32600, 200),
        (b'{"jsonrpc": "2.0", "id": 1, "method": "GetTask", "params": [1]}', "application/json", -32602, 200),
    ],
)
def test_malformed_request_is_refused(
    client: FlaskClient, body: bytes, content_type: str, code: int, status: int
) -> None:
    response = client.post(PLANNER, data=body, content_type=content_type, headers=VERSION)

    assert (response.status_code, response.get_json()["error"]["code"]) == (status, code)
    assert client.post(
        f"{PLANNER}/message:send", data=body, content_type=content_type, headers=VERSION
    ).status_code in {
        400,
        415,
    }


def test_version_header_selects_the_protocol_version(client: FlaskClient) -> None:
    def versioned(version: str) -> dict[str, Any]:
        return dict(call(client, "GetTask", {"id": "none"}, **{"A2A-Version": version}).get_json()["error"])

    assert versioned("1.0")["code"] == versioned("1.0.1")["code"] == -32001
    assert versioned("0.3")["code"] == -32601
    assert versioned("2.0")["code"] in {-32009, -32603}
    assert client.get(f"{PLANNER}/tasks/none").get_json()["error"]["details"][0]["reason"] == "VERSION_NOT_SUPPORTED"
    assert client.get(f"{PLANNER}/tasks/none?A2A-Version=1.0").status_code == 404


@pytest.mark.parametrize("version", ["5", "2.0", "x"])
@pytest.mark.parametrize("path", [PLANNER, f"/v0.3{PLANNER}"])
def test_unsupported_version_error_carries_the_request_id(client: FlaskClient, path: str, version: str) -> None:
    body = {"jsonrpc": "2.0", "id": 77, "method": "GetTask", "params": {"id": "none"}}
    answer = client.post(path, json=body, headers={"A2A-Version": version})

    assert (answer.status_code, answer.get_json()["id"]) == (200, 77)
    assert "is not served here" in answer.get_json()["error"]["message"]
    # What is no request has none.
    for content, kind, status in (
        (b"{", "application/json", 200),
        (b"{}", "text/plain", 415),
        (b'{"id": {}}', "application/json", 200),
    ):
        wrong = client.post(path, data=content, content_type=kind, headers={"A2A-Version": version})
        assert (wrong.status_code, wrong.get_json()["id"]) == (status, None)


def test_finished_task_accepts_no_message(client: FlaskClient) -> None:
    task = result(client, "SendMessage", said("2 + 2"))["task"]

    assert error(client, "SendMessage", said("3", taskId=task["id"])) == (-32004, "UNSUPPORTED_OPERATION")
    assert error(client, "SubscribeToTask", {"id": task["id"]}) == (-32004, "UNSUPPORTED_OPERATION")
    assert error(client, "CancelTask", {"id": task["id"]}) == (-32002, "TASK_NOT_CANCELABLE")


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(st.text(max_size=10), below, max_size=3)),
    max_leaves=8,
)
FIELDS = ("messageId", "role", "parts", "contextId", "taskId", "metadata", "extensions", "referenceTaskIds")


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(FIELDS), JSON_VALUES, max_size=8), st.sampled_from([PLANNER, SOLVER]))
def test_any_message_is_answered_without_a_fault(both_agents: Flask, fields: dict[str, Any], path: str) -> None:
    client = both_agents.test_client()
    for given_fields in (fields, {**said("2 + 2")["message"], **fields}):
        for version in ("1.0", "0.3"):
            method = "SendMessage" if version == "1.0" else "message/send"
            body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": {"message": given_fields}})
            answer = client.post(
                path, data=body, content_type="application/json", headers={"A2A-Version": version}
            ).get_json()
            assert answer.get("error", {}).get("code") != -32603


@pytest.fixture
def broken(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    """An application whose database has no tables."""
    url = f"sqlite:///{tmp_path_factory.mktemp('broken')}/empty.db"
    return create_app(Settings(database_url=url, anonymous_requests=0)).test_client()


def test_unreachable_database_is_reported_in_both_bindings(broken: FlaskClient) -> None:
    rest = broken.get(f"{PLANNER}/tasks/none", headers=VERSION)

    assert error(broken, "GetTask", {"id": "none"}) == (-32603, "TEMPORARILY_UNAVAILABLE")
    assert (rest.status_code, rest.get_json()["error"]["status"]) == (503, "UNAVAILABLE")
    assert rest.headers["Retry-After"] == "1"


def refused(response: TestResponse, status: int, name: str, reason: str) -> None:
    """A refusal by HTTP in the form of the binding: an error of JSON-RPC, or a google.rpc.Status as REST has it."""
    body = response.get_json()
    assert response.status_code == status
    found = body["error"]
    details = found["data"] if "jsonrpc" in body else found["details"]
    if "jsonrpc" in body:
        assert (body["jsonrpc"], body["id"], found["code"]) == ("2.0", None, -32000)
    else:
        assert (found["code"], found["status"]) == (status, name)
    assert found["message"]
    assert (details[0]["@type"], details[0]["reason"]) == (INFO, reason)


@pytest.mark.parametrize("accept", ["*/*", "text/html,*/*;q=0.8"])
@pytest.mark.parametrize("base", ["/agents", "/v0.3/agents"])
@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("GET /planner/nowhere", (404, "NOT_FOUND", "NOT_FOUND")),
        ("POST /planner/message:sing", (404, "NOT_FOUND", "NOT_FOUND")),
        ("GET /nobody/.well-known/agent-card.json", (404, "NOT_FOUND", "UNKNOWN_AGENT")),
        ("POST /nobody", (404, "NOT_FOUND", "UNKNOWN_AGENT")),
        ("POST /planner/tasks/%00:cancel", (400, "INVALID_ARGUMENT", "BAD_ADDRESS")),
        ("GET /planner", (405, "UNIMPLEMENTED", "METHOD_NOT_ALLOWED")),
        ("DELETE /planner", (405, "UNIMPLEMENTED", "METHOD_NOT_ALLOWED")),
    ],
)
def test_not_found_has_the_form_of_the_protocol(
    client: FlaskClient, accept: str, base: str, asked: str, said: tuple[int, str, str]
) -> None:
    method, _, path = asked.partition(" ")
    response = client.open(f"{base}{path}", method=method, headers={**VERSION, "Accept": accept})

    refused(response, *said)
    assert ("jsonrpc" in response.get_json()) == (asked == "POST /nobody")
    assert ("Allow" in response.headers) == (response.status_code == 405)


@pytest.mark.parametrize("accept", ["*/*", "text/html,*/*;q=0.8"])
@pytest.mark.parametrize(
    ("path", "version"),
    [
        (PLANNER, "1.0"),
        (f"{SOLVER}/message:send", "1.0"),
        (f"{PLANNER}/message:stream", "1.0"),
        ("/v0.3/agents/solver", "0.3"),
        ("/v0.3/agents/planner/v1/message:send", "0.3"),
    ],
)
def test_missing_key_and_rate_limit_have_the_form_of_the_protocol(
    tmp_path: Path, path: str, version: str, accept: str
) -> None:
    url = f"sqlite:///{tmp_path}/agents.db"
    migrate.ensure(url)
    client = create_app(Settings(access="keys", database_url=url, anonymous_requests=2)).test_client()
    headers = {"A2A-Version": version, "Accept": accept}
    unknown = client.post(path, json={}, headers={**headers, "X-API-Key": "lsk_no"})
    missing, late = (client.post(path, json={}, headers=headers) for _ in range(2))

    refused(missing, 401, "UNAUTHENTICATED", "KEY_REQUIRED")
    assert missing.headers["WWW-Authenticate"] == 'Bearer realm="longshore"'
    refused(unknown, 401, "UNAUTHENTICATED", "BAD_KEY")
    assert 'error="invalid_token"' in unknown.headers["WWW-Authenticate"]
    refused(late, 429, "RESOURCE_EXHAUSTED", "TOO_MANY_REQUESTS")
    assert int(late.headers["Retry-After"]) in range(1, 31)


def test_task_limit_is_reported_in_the_response(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_more: object) -> None:
        raise RequestError(429, "too_many_tasks", "No more.", "Wait", headers={"Retry-After": "5"})

    monkeypatch.setattr(TaskStore, "create", full)
    response = call(client, "SendMessage", said("2 + 2"))
    body = response.get_json()

    assert (response.status_code, response.headers["Retry-After"]) == (429, "5")
    assert (body["id"], body["error"]["code"], body["error"]["message"]) == ("r-1", -32000, "No more. Wait.")
    assert body["error"]["data"][0]["reason"] == "TOO_MANY_TASKS"


@pytest.mark.parametrize("base", [PLANNER, SOLVER])
def test_number_of_message_parts_is_limited(client: FlaskClient, base: str) -> None:
    def send(parts: int) -> TestResponse:
        message = said("", parts=[{"text": " "}] * (parts - 1) + [{"text": "2 + 2"}])
        return client.post(f"{base}/message:send", json=message, headers=VERSION)

    assert client.application.config["MAX_FORM_PARTS"] == MOST_PARTS == 20
    assert send(MOST_PARTS).status_code == 200
    too_many = send(MOST_PARTS + 1)
    assert too_many.status_code == 400
    assert too_many.get_json()["error"]["message"] == "message.parts has 21 parts; send at most 20"
