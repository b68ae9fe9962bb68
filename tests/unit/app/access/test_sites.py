"""Pages of other sites send nothing that changes anything; programs that call themselves a site are no pages."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.unit.app.access.people import A2A_SEND, BROWSER, QUESTION, TEXT

CHAT = {"model": "longshore-planner", "messages": [{"role": "user", "content": TEXT}]}
ORIGINS = ["null", "file://", "app://obsidian.md", "http://localhost:8080", "https://elsewhere.example"]


@pytest.fixture
def program(opened: Flask) -> FlaskClient:
    return opened.test_client()


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/v1/chat/completions", CHAT, {"Authorization": "Bearer anything"}),
        ("/v1/chat/completions", CHAT, {}),
        ("/v1/tasks", QUESTION, {}),
        ("/agents/planner", A2A_SEND, {"A2A-Version": "1.0"}),
    ],
)
def test_programs_may_call_from_any_origin(
    program: FlaskClient, origin: str, path: str, body: dict[str, Any], headers: dict[str, str]
) -> None:
    sent = {**headers, "Origin": origin, "Sec-Fetch-Site": "cross-site"}

    assert program.post(path, json=body, headers=sent).status_code == 200


def test_protocol_header_permits_a_cross_site_request(program: FlaskClient) -> None:
    task = program.post("/agents/planner", json=A2A_SEND, headers={"A2A-Version": "1.0"}).get_json()["result"]["task"]
    path = f"/agents/planner/tasks/{task['id']}:cancel"

    # It is finished, and so cannot be canceled; who asks is not what is wrong with it.
    assert program.post(path, headers={"A2A-Version": "1.0", "Origin": "null"}).status_code == 400
    assert program.post(path, headers={"Origin": "null"}).status_code == 403


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
@pytest.mark.parametrize("path", ["/", "/v1/tasks", "/v1/chat/completions", "/agents/planner"])
def test_simple_cross_site_request_is_refused(program: FlaskClient, kind: str, path: str) -> None:
    response = program.post(
        path, data=b"question=1", content_type=kind, headers={"Origin": "https://elsewhere.example"}
    )

    assert response.status_code == 403


def test_session_cookie_is_ignored_on_cross_site_requests(program: FlaskClient) -> None:
    program.get("/", headers=BROWSER)

    assert program.post("/v1/tasks", json=QUESTION, headers={"Origin": "null"}).status_code == 403
