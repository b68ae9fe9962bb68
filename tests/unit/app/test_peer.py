"""A planner whose solver is another service: how it is asked, and what its failures look like to a person."""

import json
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.agents.messages import Step
from app.agents.peer import Deadline, PeerSlowError
from app.settings import Settings
from tests.unit.app.fake_solver import FakeSolver, Reply, honest, outcome
from tests.waiting import until


def status(code: int, body: object = None) -> object:
    return lambda _: (code, json.dumps(body).encode())


def error(code: int, reason: str) -> object:
    """An error in JSON-RPC's form."""
    found = {"code": code, "message": "no", "data": [{"reason": reason}]}
    return status(200, {"jsonrpc": "2.0", "id": None, "error": found})


def left(state: str, *parts: object) -> object:
    """A task left in a state, with a message."""
    return lambda _: {"status": {"state": state, "message": {"parts": list(parts)}}}


def lost(step: Step) -> Reply:
    return None


def wrong(step: Step) -> Reply:
    return outcome(value="5", display="5", working="2 + 2 = 5", rounded=False)


def ask(client: FlaskClient, question: str = "2 + 2") -> tuple[int, dict[str, object]]:
    response = client.post("/v1/tasks", json={"question": question}, headers={"X-Request-ID": "request-1"})
    return response.status_code, response.get_json()


def test_steps_are_sent_through_the_proxy_socket_with_the_request_id(
    planner: FlaskClient, fake_solver: FakeSolver
) -> None:
    code, task = ask(planner, "What is 15% of 240 km in miles?")

    assert (code, task["answer"]) == (200, "22.37 miles")
    assert [step.tool for step in fake_solver.seen] == ["percentage", "conversion", "conversion"]
    assert set(fake_solver.request_ids) == {"request-1"}


@pytest.mark.parametrize(
    "first",
    [
        lost,
        status(502),
        status(503),
        status(504),
        error(-32603, "TEMPORARILY_UNAVAILABLE"),
        left("TASK_STATE_FAILED", {"text": "The solver is busy."}, {"data": {"code": "busy"}}),
    ],
)
def test_step_lost_during_a_release_is_retried(planner: FlaskClient, fake_solver: FakeSolver, first: object) -> None:
    fake_solver.replies = [first, first]  # type: ignore[list-item]

    assert ask(planner)[0] == 200
    assert len(fake_solver.seen) == 3


def test_unreachable_solver_is_reported_with_retry_after(planner: FlaskClient, fake_solver: FakeSolver) -> None:
    fake_solver.replies = [lost, lost, lost]

    response = planner.post("/v1/tasks", json={"question": "2 + 2"})

    assert response.status_code == 503
    assert response.headers["Retry-After"] == "1"
    assert response.get_json()["error"]["code"] == "solver_unavailable"
    assert response.get_json()["error"]["message"] == "The solver cannot be reached."


def test_missing_socket_is_reported_as_an_unreachable_solver(tmp_path: Path, database_url: str) -> None:
    settings = Settings(agent_role="planner", proxy_socket=str(tmp_path / "none.sock"), database_url=database_url)
    client = create_app(settings).test_client()

    assert ask(client)[0] == 503
    until(lambda: client.get("/readyz").status_code == 200)


@pytest.mark.parametrize(
    "reply",
    [
        lambda _: (200, b"<html>"),
        status(200, []),
        status(200, {"jsonrpc": "2.0", "id": 1, "result": {}}),
        status(200, {"jsonrpc": "2.0", "id": "another", "result": {"task": honest(Step("arithmetic", {}))}}),
        error(-32601, "METHOD_NOT_FOUND"),
        lambda _: outcome(value=4, display="4", working="4"),
        lambda _: outcome(value="four", display="4", working="4"),
        lambda _: {"status": {"state": "TASK_STATE_COMPLETED"}, "artifacts": []},
        left("TASK_STATE_REJECTED", {"text": "There is no tool sorcery."}, {"data": {"code": "senseless_step"}}),
        left("TASK_STATE_CANCELED"),
        lambda _: {"status": "done"},
        status(404, {"error": {"code": "not_found", "message": "no"}}),
        status(500, None),
    ],
)
def test_invalid_solver_response_is_reported(planner: FlaskClient, fake_solver: FakeSolver, reply: object) -> None:
    fake_solver.replies = [reply]  # type: ignore[list-item]

    code, body = ask(planner)

    assert code == 502
    assert body["error"]["code"] == "solver_nonsense"  # type: ignore[index]


def test_wrong_result_is_rejected_and_the_next_one_accepted(planner: FlaskClient, fake_solver: FakeSolver) -> None:
    fake_solver.replies = [wrong, wrong]

    code, task = ask(planner)

    assert (code, task["state"], task["answer"]) == (200, "completed", "4")
    checks = [message["data"]["agrees"] for message in task["transcript"] if message["kind"] == "check"]  # type: ignore[attr-defined]
    assert checks == [False, False, True]


def test_task_fails_after_three_wrong_results(planner: FlaskClient, fake_solver: FakeSolver) -> None:
    fake_solver.replies = [wrong] * 5

    code, task = ask(planner)

    assert (code, task["state"]) == (200, "failed")
    assert task["answer"] == ("I have no answer that I trust: two ways to work out 2 + 2 came to different results.")
    assert len(fake_solver.seen) == 3


def test_a_task_past_its_time_stops() -> None:
    with pytest.raises(PeerSlowError):
        Deadline(-1).left()
