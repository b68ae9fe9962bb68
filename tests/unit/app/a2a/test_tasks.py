"""A2A 1.0 by hand: cards, and tasks in both bindings; answers parse strictly as the SDK's own types."""

import json
from typing import Any

import pytest
from a2a import types
from flask.testing import FlaskClient

from app import create_app
from app.settings import Settings
from tests.unit.app.a2a.calls import (
    PLANNER,
    SOLVER,
    UNCLEAR,
    VERSION,
    call,
    error,
    result,
    said,
    step,
    stream,
    strictly,
)


@pytest.mark.parametrize("path", [PLANNER, SOLVER])
def test_card_is_strict_and_cached(client: FlaskClient, path: str) -> None:
    response = client.get(f"{path}/.well-known/agent-card.json")
    card = strictly(response.get_json(), types.AgentCard())

    assert "max-age=" in response.headers["Cache-Control"]
    assert {interface.protocol_version for interface in card.supported_interfaces} == {"1.0", "0.3"}
    assert card.supported_interfaces[0].url == f"http://localhost{path}"
    again = client.get(f"{path}/.well-known/agent-card.json", headers={"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_card_names_the_address_that_the_proxy_was_asked_at(database_url: str) -> None:
    app = create_app(Settings(bind="unix:/run/a.sock", database_url=database_url))
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "agents.example:8443", "X-Forwarded-Prefix": "/a"}

    card = app.test_client().get("/.well-known/agent-card.json", headers=forwarded).get_json()

    assert card["supportedInterfaces"][0]["url"] == "https://agents.example:8443/a/agents/planner"
    assert card["url"] == "https://agents.example:8443/a/v0.3/agents/planner"


def test_card_says_how_to_send_a_key_where_one_is_needed(database_url: str) -> None:
    client = create_app(Settings(access="keys", database_url=database_url)).test_client()

    strict = strictly(client.get(f"{PLANNER}/.well-known/agent-card.json").get_json(), types.AgentCard())
    merged = client.get("/.well-known/agent-card.json").get_json()

    assert strict.security_schemes["bearer"].http_auth_security_scheme.scheme == "Bearer"
    assert merged["securitySchemes"]["bearer"]["type"] == "http"
    assert merged["securitySchemes"]["bearer"]["httpAuthSecurityScheme"]
    assert call(client, "GetTask", {"id": "x"}).status_code == 401


def test_question_becomes_a_task_with_its_answer_and_working(client: FlaskClient) -> None:
    task = strictly(result(client, "SendMessage", said("What is 15% of 240 km in miles?"))["task"], types.Task())

    assert task.status.state == types.TaskState.TASK_STATE_COMPLETED
    assert task.artifacts[0].parts[0].text == "22.37 miles"
    assert task.history[0].message_id == "m-1"
    assert (
        result(client, "GetTask", {"id": task.id})["artifacts"]
        == result(client, "GetTask", {"id": task.id})["artifacts"]
    )


def test_history_is_as_long_as_is_asked_for(client: FlaskClient) -> None:
    task = result(client, "SendMessage", {**said("2 + 2"), "configuration": {"historyLength": 0}})["task"]

    assert "history" not in task
    assert "history" not in result(client, "GetTask", {"id": task["id"], "historyLength": 0})
    assert len(result(client, "GetTask", {"id": task["id"], "historyLength": 5})["history"]) == 1


def test_task_that_asked_back_goes_on_in_its_context(client: FlaskClient) -> None:
    asked = result(client, "SendMessage", said(UNCLEAR))["task"]
    assert asked["status"]["state"] == "TASK_STATE_INPUT_REQUIRED"
    question = asked["status"]["message"]["parts"][0]["text"]
    other = said("10 months", taskId=asked["id"], contextId="another")
    assert error(client, "SendMessage", other)[0] == -32602

    task = strictly(result(client, "SendMessage", said("10 months", taskId=asked["id"]))["task"], types.Task())

    assert (task.id, task.context_id) == (asked["id"], asked["contextId"])
    assert task.artifacts[0].parts[0].text == "10.18"
    assert [message.parts[0].text for message in task.history] == [UNCLEAR, question, "10 months"]


def test_stream_begins_with_the_task_and_ends_with_its_last_state(client: FlaskClient) -> None:
    events = [event["result"] for event in stream(call(client, "SendStreamingMessage", said("What is 2 + 2?")))]

    for event in events:
        strictly(event, types.StreamResponse())
    assert events[0]["task"]["status"]["state"] == "TASK_STATE_SUBMITTED"
    assert events[-2]["artifactUpdate"]["artifact"]["parts"][0] == {"text": "4"}
    assert events[-1]["statusUpdate"]["status"]["state"] == "TASK_STATE_COMPLETED"
    spoken = [event["statusUpdate"]["status"].get("message") for event in events if "statusUpdate" in event]
    assert {message["metadata"]["agent"] for message in spoken if message} == {"planner", "solver"}


def test_tasks_are_listed_newest_first_page_by_page(client: FlaskClient) -> None:
    context = "listed-context"
    ids = [result(client, "SendMessage", said(f"{n} + 1", contextId=context))["task"]["id"] for n in range(5)]
    seen: list[str] = []
    token = ""
    while True:
        page = result(client, "ListTasks", {"contextId": context, "pageSize": 2, "pageToken": token})
        strictly({**page, "nextPageToken": page["nextPageToken"] or "-"}, types.ListTasksResponse())
        assert (page["totalSize"], page["pageSize"]) == (5, 2)
        assert all("artifacts" not in task for task in page["tasks"])
        seen += [task["id"] for task in page["tasks"]]
        token = page["nextPageToken"]
        if not token:
            break

    assert seen == ids[::-1]
    query = "status=TASK_STATE_COMPLETED&includeArtifacts=true&statusTimestampAfter=2020-01-01T00:00:00Z"
    rest = client.get(f"{PLANNER}/tasks?contextId={context}&{query}", headers=VERSION).get_json()
    assert all(task["artifacts"] for task in rest["tasks"])
    assert (
        client.get(f"{PLANNER}/tasks?contextId={context}&status=TASK_STATE_FAILED", headers=VERSION).get_json()["tasks"]
        == []
    )


def test_one_owner_s_task_is_unknown_to_another(client: FlaskClient) -> None:
    task = result(client, "SendMessage", said("2 + 2", contextId="mine"))["task"]
    other = {"environ_base": {"REMOTE_ADDR": "203.0.113.9"}, "headers": VERSION}

    assert client.get(f"{PLANNER}/tasks/{task['id']}", **other).status_code == 404
    assert client.get(f"{PLANNER}/tasks", **other).get_json()["tasks"] == []
    assert client.post(f"{PLANNER}/tasks/{task['id']}:cancel", **other).status_code == 404
    # A context that is somebody's cannot be another's.
    assert client.post(f"{PLANNER}/message:send", json=said("1 + 1", contextId="mine"), **other).status_code == 400
    # And the planner's tasks are not the solver's.
    assert client.get(f"{SOLVER}/tasks/{task['id']}", headers=VERSION).status_code == 404


def test_solver_does_a_step_and_says_what_it_takes(client: FlaskClient) -> None:
    done = result(client, "SendMessage", step("arithmetic", {"expression": "2 + 2"}), SOLVER)["task"]
    written = {"text": json.dumps({"tool": "arithmetic", "arguments": {"expression": "2 + 2"}})}
    same = result(client, "SendMessage", {"message": {**said("")["message"], "parts": [written]}}, SOLVER)["task"]
    asked = strictly(result(client, "SendMessage", said("What is 2 + 2?"), SOLVER), types.SendMessageResponse())

    assert done["artifacts"][0]["parts"][0]["data"]["value"] == "4"
    assert same["artifacts"] == done["artifacts"]
    assert "arithmetic: expression" in asked.message.parts[0].text
    assert result(client, "GetTask", {"id": done["id"]}, SOLVER)["artifacts"] == done["artifacts"]
    under_way = {**step("arithmetic", {"expression": "2 + 2"}), "configuration": {"returnImmediately": True}}
    assert result(client, "SendMessage", under_way, SOLVER)["task"]["status"]["state"] == "TASK_STATE_SUBMITTED"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (step("arithmetic", {"expression": "1 / 0"}), "impossible"),
        (step("arithmetic", {"expression": "import os"}), "senseless_step"),
        (step("arithmetic", {}), "senseless_step"),
        (step("sorcery", {}), "senseless_step"),
        (step("conversion", {"quantity": "1 km", "unit": "leagues"}), "senseless_step"),
    ],
)
def test_step_without_an_outcome_is_rejected(client: FlaskClient, given: dict[str, Any], code: str) -> None:
    status = result(client, "SendMessage", given, SOLVER)["task"]["status"]

    assert status["state"] == "TASK_STATE_REJECTED"
    assert status["message"]["parts"][1]["data"] == {"code": code}


def test_task_is_canceled_once(client: FlaskClient) -> None:
    asked = result(client, "SendMessage", said(UNCLEAR))["task"]

    canceled = client.post(f"{PLANNER}/tasks/{asked['id']}:cancel", headers=VERSION)
    again = client.post(f"{PLANNER}/tasks/{asked['id']}:cancel", json={}, headers=VERSION)

    assert canceled.get_json()["status"]["state"] == "TASK_STATE_CANCELED"
    assert (again.status_code, again.get_json()["error"]["details"][0]["reason"]) == (400, "TASK_NOT_CANCELABLE")


def test_media_type_of_the_protocol_is_spoken_when_asked_for(client: FlaskClient) -> None:
    media = "application/a2a+json"
    answer = client.post(
        f"{PLANNER}/message:send",
        data=json.dumps(said("2 + 2")),
        content_type=media,
        headers={**VERSION, "Accept": media},
    )

    assert (answer.status_code, answer.mimetype) == (200, media)
    assert client.get(f"{PLANNER}/tasks", headers=VERSION).mimetype == "application/json"
