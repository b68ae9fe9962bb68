"""Metrics: what is counted, added up over processes, and shown to nobody outside."""

import re

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.observe import metrics
from app.settings import Settings
from tests.unit.app.metrics_page import figure

QUESTION = {"question": "What is 15% of 240 km in miles?"}


def test_task_is_counted_in_metrics(client: FlaskClient) -> None:
    assert client.post("/v1/tasks", json=QUESTION).status_code == 200
    text = client.get("/metrics").text

    assert (
        figure(text, "longshore_http_request_duration_seconds_count", route="/v1/tasks", method="POST", status="200")
        >= 1
    )
    assert figure(text, "longshore_task_states_total", agent="planner", state="submitted") >= 1
    assert figure(text, "longshore_task_states_total", agent="planner", state="completed") >= 1
    assert figure(text, "longshore_tasks", agent="planner", state="completed") >= 1
    assert figure(text, "longshore_tool_duration_seconds_count", tool="percentage", outcome="ok") >= 1
    assert figure(text, "longshore_peer_call_duration_seconds_count", peer="solver", outcome="ok") >= 1


def test_label_values_are_bounded(client: FlaskClient) -> None:
    for number in range(5):
        client.get(f"/nowhere/{number}")
        client.get(f"/v1/tasks/{number}")
        client.open("/", method=f"METHOD{number}")
    text = client.get("/metrics").text

    assert figure(text, "longshore_http_request_duration_seconds_count", route="", method="GET", status="404") >= 5
    assert figure(text, "longshore_http_request_duration_seconds_count", route="/v1/tasks/<task_id>") >= 5
    assert figure(text, "longshore_http_request_duration_seconds_count", method="other") >= 5
    assert "METHOD1" not in text


def test_model_calls_are_counted(client: FlaskClient) -> None:
    metrics.model_used("test-model", "ok", prompt=100, completion=20, cost=0.5)
    metrics.model_used("test-model", "timeout")
    text = client.get("/metrics").text

    assert figure(text, "longshore_model_tokens_total", model="test-model", kind="prompt") == 100
    assert figure(text, "longshore_model_tokens_total", model="test-model", kind="completion") == 20
    assert figure(text, "longshore_model_cost_total", model="test-model") == 0.5
    assert figure(text, "longshore_model_calls_total", model="test-model") == 2


def test_an_open_stream_is_counted_while_it_is_open() -> None:
    metrics.stream_opened("test-agent")
    assert figure(metrics.text().decode(), "longshore_streams_open", agent="test-agent") == 1
    metrics.stream_closed("test-agent")
    assert figure(metrics.text().decode(), "longshore_streams_open", agent="test-agent") == 0


def test_outcome_label_says_how_a_call_ended() -> None:
    with pytest.raises(TimeoutError), metrics.peer_call("test-peer"):
        raise TimeoutError
    text = metrics.text().decode()

    assert figure(text, "longshore_peer_call_duration_seconds_count", peer="test-peer", outcome="timeout") == 1


def test_metrics_are_served_while_the_database_is_down() -> None:
    app = create_app(Settings(database_url="sqlite:////nowhere/agents.db"))
    response = app.test_client().get("/metrics")

    assert response.status_code == 200
    assert "longshore_http_request_duration_seconds" in response.text
    assert figure(response.text, "longshore_tasks") == 0


@pytest.mark.parametrize(
    ("settings", "address", "headers", "status"),
    [
        ({}, "127.0.0.1", {}, 200),
        ({}, "::1", {}, 200),
        ({}, "172.17.0.1", {}, 403),
        # Another proxy on this machine, speaking for somebody.
        ({}, "127.0.0.1", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ({}, "127.0.0.1", {"Forwarded": "for=203.0.113.9"}, 403),
        # The internal listener, and the public one.
        ({"bind": "unix:/run/app/app.sock"}, "", {}, 200),
        ({"bind": "unix:/run/app/app.sock"}, "", {"X-Forwarded-For": "203.0.113.9"}, 403),
        ({"bind": "unix:/run/app/app.sock"}, "", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ({"metrics": "public"}, "203.0.113.9", {}, 200),
    ],
)
def test_metrics_are_refused_to_the_public(
    database_url: str, settings: dict[str, str], address: str, headers: dict[str, str], status: int
) -> None:
    app = create_app(Settings(database_url=database_url, **settings))  # type: ignore[arg-type]
    response = app.test_client().get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})

    assert response.status_code == status
    if status == 403:
        assert response.get_json()["error"]["code"] == "not_public"
        assert "longshore_" not in response.text


def test_key_with_the_metrics_scope_may_read_metrics_from_anywhere(database_url: str) -> None:
    app = create_app(Settings(database_url=database_url))
    outside = {"REMOTE_ADDR": "203.0.113.9"}
    statuses = {}
    for scope in ("metrics", "tasks"):
        made = app.test_cli_runner().invoke(args=["keys", "create", f"of {scope}", "--scope", scope])
        key = re.search(r"lsk_\w+", made.output)
        assert key, made.output
        for headers in ({"Authorization": f"Bearer {key[0]}"}, {"X-API-Key": key[0]}):
            response = app.test_client().get("/metrics", headers=headers, environ_base=outside)
            statuses[scope] = response.status_code
    nonsense = app.test_client().get("/metrics", headers={"Authorization": "Bearer lsk_nonsense"})

    assert statuses == {"metrics": 200, "tasks": 403}
    assert nonsense.status_code == 401
