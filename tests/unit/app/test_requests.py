"""Bad input: the right status, a JSON error that says what to do, and never a traceback."""

import json

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app import create_app
from app.settings import Settings

JSON = "application/json"


def test_question_is_answered(client: FlaskClient) -> None:
    response = client.post("/v1/tasks", json={"question": "What is 15% of 240 km in miles?"})

    assert response.status_code == 200
    assert response.get_json()["answer"] == "22.37 miles"


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"question=hi", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"{}", "", 415, "unsupported_media_type"),
        (b"", JSON, 400, "malformed_json"),
        (b"{", JSON, 400, "malformed_json"),
        (b'{"question": "\xff"}', JSON, 400, "malformed_json"),
        ('{"question": "1 + 1"}'.encode("utf-16"), JSON, 400, "malformed_json"),
        ('{"question": "1 + 1"}'.encode("utf-32-le"), JSON, 400, "malformed_json"),
        (b'{"question": ' + b"9" * 5000 + b"}", JSON, 400, "malformed_json"),
        (b"[" * 30_000 + b"]" * 30_000, JSON, 400, "too_deep"),
        (b"[]", JSON, 400, "not_an_object"),
        (b"null", JSON, 400, "not_an_object"),
        (b"{}", JSON, 400, "missing_field"),
        (b'{"question": "1+1", "model": "x"}', JSON, 400, "unknown_field"),
        (b'{"question": null}', JSON, 400, "wrong_type"),
        (b'{"question": 5}', JSON, 400, "wrong_type"),
        (b'{"question": "  "}', JSON, 400, "empty"),
        (b'{"question": "1\\u0000"}', JSON, 400, "not_text"),
        (b'{"question": "\\ud800"}', JSON, 400, "not_text"),
        (b'{"question": "' + b"1" * 60_001 + b'"}', JSON, 400, "too_long"),
        (b'{"question": "' + b"1" * 786_432 + b'"}', JSON, 413, "request_entity_too_large"),
    ],
)
def test_invalid_task_is_refused(client: FlaskClient, body: bytes, content_type: str, status: int, code: str) -> None:
    response = client.post("/v1/tasks", data=body, content_type=content_type)

    assert (response.status_code, response.get_json()["error"]["code"]) == (status, code)
    assert response.get_json()["error"]["message"]


def test_unknown_path_and_method_are_answered_in_json(client: FlaskClient) -> None:
    missing, wrong = client.get("/nowhere"), client.put("/v1/tasks")

    assert (missing.status_code, missing.get_json()["error"]["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.get_json()["error"]["code"]) == (405, "method_not_allowed")
    assert "POST" in wrong.headers["Allow"]


def test_internal_error_reveals_no_details(caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings())

    @app.get("/fault")
    def fault() -> str:
        raise RuntimeError("the secret of the inside")

    response = app.test_client().get("/fault")

    assert (response.status_code, response.get_json()["error"]["code"]) == (500, "internal_server_error")
    assert "secret" not in response.text


def test_valid_request_id_is_kept_and_others_are_replaced(client: FlaskClient) -> None:
    assert client.get("/", headers={"X-Request-ID": "abc-123_DEF.4"}).headers["X-Request-ID"] == "abc-123_DEF.4"
    made = client.get("/", headers={"X-Request-ID": 'a"b'}).headers["X-Request-ID"]
    assert made.isalnum()
    assert len(made) == 32


def test_role_serves_only_its_own_routes() -> None:
    solver = create_app(Settings(agent_role="solver")).test_client()
    planner = create_app(Settings(agent_role="planner", proxy_socket="/nowhere.sock")).test_client()

    assert solver.post("/v1/tasks", json={"question": "1+1"}).status_code == 404
    for card, found, missing in (("/agents/solver", solver, planner), ("/agents/planner", planner, solver)):
        path = f"{card}/.well-known/agent-card.json"
        assert (found.get(path).status_code, missing.get(path).status_code) == (200, 404)


JSON_VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda below: st.one_of(st.lists(below, max_size=3), st.dictionaries(st.text(max_size=10), below, max_size=3)),
    max_leaves=8,
)


@given(JSON_VALUES)
def test_any_json_body_is_answered_without_an_internal_error(both_agents: Flask, value: object) -> None:
    client = both_agents.test_client()
    response = client.post("/v1/tasks", data=json.dumps(value), content_type=JSON)
    assert 400 <= response.status_code < 500


@given(st.text(min_size=1, max_size=60))
def test_any_question_is_answered_without_an_internal_error(both_agents: Flask, question: str) -> None:
    client = both_agents.test_client()
    assert client.post("/v1/tasks", json={"question": question}).status_code in {200, 400}
