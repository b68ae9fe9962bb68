"""A2A 0.3 by hand: JSON-RPC in the specification's form, REST in that of its proto file, errors as it knows them."""

import json
from typing import Any

import pytest
from a2a.compat.v0_3 import a2a_v0_3_pb2, types
from flask.testing import FlaskClient
from google.protobuf.json_format import ParseDict
from werkzeug.test import TestResponse

OLD = "/v0.3/agents/planner"
UNCLEAR = "monthly payment on 100 at 4%"


def said(text: str, **fields: Any) -> dict[str, Any]:
    parts = [{"kind": "text", "text": text}]
    return {"message": {"kind": "message", "messageId": "m-1", "role": "user", "parts": parts, **fields}}


def call(client: FlaskClient, method: str, params: object, path: str = OLD) -> TestResponse:
    return client.post(path, json={"jsonrpc": "2.0", "id": 7, "method": method, "params": params})


def task(client: FlaskClient, method: str, params: object, path: str = OLD) -> types.Task:
    body = call(client, method, params, path).get_json()
    assert body["id"] == 7
    return types.Task.model_validate(body["result"])


def events(response: TestResponse) -> list[dict[str, Any]]:
    assert response.mimetype == "text/event-stream"
    return [json.loads(line[6:]) for line in response.text.splitlines() if line.startswith("data: ")]


def test_cards(client: FlaskClient) -> None:
    strict = types.AgentCard.model_validate(client.get(f"{OLD}/.well-known/agent-card.json").get_json())
    merged = types.AgentCard.model_validate(client.get("/.well-known/agent-card.json").get_json())

    assert strict.url == merged.url == f"http://localhost{OLD}"
    assert (strict.protocol_version, strict.preferred_transport) == ("0.3.0", "JSONRPC")


@pytest.mark.parametrize("path", [OLD, "/agents/planner"])
def test_request_without_a_version_is_answered_as_03(client: FlaskClient, path: str) -> None:
    done = task(client, "message/send", said("2 + 2"), path)

    assert (done.status.state, done.kind) == (types.TaskState.completed, "task")
    assert done.artifacts is not None
    assert done.artifacts[0].parts[0].root.text == "4"  # type: ignore[union-attr]
    assert done.history is not None
    assert done.history[0].role == types.Role.user
    assert task(client, "tasks/get", {"id": done.id, "historyLength": 0}, path).history is None


def test_stream_says_which_status_is_the_last(client: FlaskClient) -> None:
    found = [event["result"] for event in events(call(client, "message/stream", said("2 + 2")))]

    assert found[0]["kind"] == "task"
    assert [event["kind"] for event in found[-2:]] == ["artifact-update", "status-update"]
    assert [event["final"] for event in found if event["kind"] == "status-update"][-2:] == [False, True]
    for event in found:
        types.SendStreamingMessageSuccessResponse.model_validate({"jsonrpc": "2.0", "id": 7, "result": event})


def test_question_back_is_answered_and_canceled(client: FlaskClient) -> None:
    asked = task(client, "message/send", said(UNCLEAR))
    assert asked.status.state == types.TaskState.input_required
    done = task(client, "message/send", said("10 months", taskId=asked.id, contextId=asked.context_id))
    other = task(client, "message/send", said(UNCLEAR))

    assert done.status.state == types.TaskState.completed
    assert task(client, "tasks/cancel", {"id": other.id}).status.state == types.TaskState.canceled
    assert call(client, "tasks/cancel", {"id": other.id}).get_json()["error"]["code"] == -32002


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("tasks/get", {"id": "none"}, -32001),
        ("SendMessage", {}, -32601),
        ("tasks/list", {}, -32601),
        ("message/send", {}, -32602),
        ("message/send", said("2 + 2", parts=[{"text": "2 + 2"}]), -32602),
        ("message/send", said("2 + 2", role="ROLE_USER"), -32602),
        ("message/send", said("2 + 2", kind="task"), -32602),
        ("message/send", said("", parts=[{"kind": "file", "file": {"bytes": "dGNr"}}]), -32005),
        ("message/send", said("", parts=[{"kind": "file", "file": {}}]), -32602),
        ("tasks/pushNotificationConfig/set", {}, -32003),
        ("agent/getAuthenticatedExtendedCard", None, -32007),
    ],
)
def test_error_codes_of_03(client: FlaskClient, method: str, params: object, code: int) -> None:
    assert call(client, method, params).get_json()["error"]["code"] == code


@pytest.mark.parametrize("method", ["message/stream", "tasks/resubscribe"])
def test_error_of_a_stream_comes_as_an_event(client: FlaskClient, method: str) -> None:
    (event,) = events(call(client, method, {"id": "none", **said("2 + 2", taskId="none")}))

    assert (event["id"], event["error"]["code"]) == (7, -32001)


def test_unknown_version_is_an_internal_error(client: FlaskClient) -> None:
    body = {"jsonrpc": "2.0", "id": 7, "method": "tasks/get", "params": {"id": "none"}}

    assert client.post(OLD, json=body, headers={"A2A-Version": "1.0"}).get_json()["error"]["code"] == -32603


def test_rest_speaks_as_its_proto_file(client: FlaskClient) -> None:
    message = {"messageId": "m-1", "role": "ROLE_USER", "content": [{"text": "2 + 2"}]}
    sent = client.post(f"{OLD}/v1/message:send", json={"message": message, "configuration": {"blocking": True}})
    done = ParseDict(sent.get_json(), a2a_v0_3_pb2.SendMessageResponse()).task

    assert done.status.state == a2a_v0_3_pb2.TASK_STATE_COMPLETED
    assert done.artifacts[0].parts[0].text == "4"
    assert done.history[0].content[0].text == "2 + 2"
    found = client.get(f"{OLD}/v1/tasks/{done.id}?historyLength=1").get_json()
    assert ParseDict(found, a2a_v0_3_pb2.Task()).artifacts[0].parts[0].text == "4"
    streamed = events(client.post(f"{OLD}/v1/message:stream", json={"message": message}))
    for event in streamed:
        ParseDict(event, a2a_v0_3_pb2.StreamResponse())
    assert streamed[-1]["statusUpdate"]["final"] is True


def test_rest_errors_name_the_problem(client: FlaskClient) -> None:
    assert client.get(f"{OLD}/v1/tasks/none").status_code == 404
    assert client.get(f"{OLD}/v1/card").status_code == 400
    assert client.get(f"{OLD}/v1/tasks/none/pushNotificationConfigs").status_code == 400
    assert client.post(f"{OLD}/v1/tasks/none:subscribe").status_code == 404
    assert client.post(f"{OLD}/v1/message:send", json={"message": {}}).status_code == 400


@pytest.mark.parametrize(
    ("asked", "status", "code", "name"),
    [
        ("GET /v1/tasks/none", 404, -32001, "TaskNotFoundError"),
        ("POST /v1/message:send", 400, -32005, "ContentTypeNotSupportedError"),
        ("GET /v1/tasks/none/pushNotificationConfigs", 400, -32003, "PushNotificationNotSupportedError"),
        ("GET /v1/nowhere", 404, -32000, None),
    ],
)
def test_rest_errors_have_code_and_type_at_the_top_level(
    client: FlaskClient, asked: str, status: int, code: int, name: str | None
) -> None:
    method, _, path = asked.partition(" ")
    response = client.open(f"{OLD}{path}", method=method)
    body = response.get_json()

    assert (response.status_code, body["code"], body.get("type")) == (status, code, name)
    assert body["message"] == body["error"]["message"]
    assert body["data"] == body["error"]["details"]
