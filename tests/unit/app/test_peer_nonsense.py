"""What a solver may answer with besides outcomes: none of it is kept, and all of it is said to be nonsense."""

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.agents.messages import Step
from tests.unit.app.fake_solver import FakeSolver, Reply, outcome
from tests.unit.app.test_peer import ask, left

# Half a character, which JSON can write and no text can hold.
HALF = "\ud800"


def deep(_: Step) -> Reply:
    return 200, b'{"jsonrpc": "2.0", "id": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"


def endless(_: Step) -> Reply:
    return outcome(value="4", display="4" * 3_000_000, working="4")


@pytest.mark.parametrize(
    "reply",
    [
        deep,
        endless,
        lambda _: outcome(value="4", display=HALF, working="4"),
        lambda _: outcome(value="4", display="4", working="4\0"),
        left("TASK_STATE_REJECTED", {"text": HALF}, {"data": {"code": "impossible"}}),
        lambda _: outcome(value="4", display="4", working="4", more=[[[]]] * 3, rounded="no"),
    ],
)
def test_unreadable_result_is_invalid(
    planner: FlaskClient, fake_solver: FakeSolver, reply: Callable[[Step], Reply]
) -> None:
    fake_solver.replies = [reply]

    code, body = ask(planner)

    assert (code, _error(body)["code"]) == (502, "solver_nonsense")
    tasks = planner.get("/v1/tasks").get_json()["tasks"]
    for path in (f"/v1/tasks/{tasks[0]['id']}", f"/conversations/{tasks[0]['conversation_id']}"):
        assert planner.get(path).status_code == 200


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("5000 seconds in hours and minutes", "-1"),
        ("5000 seconds in hours and minutes", "1 fortnights"),
        ("solve 2x = 6", "x = 1/0"),
        ("solve 2x = 6", "x = y"),
        ("solve 2x = 6", "x = q + 1"),
        ("roots of x^2 - 5x + 6", "2 0 0; 3 0"),
        ("top 1 by price\nfruit,price\napple,3\npear,4", "fruit,price"),
        ("sort by price descending\nfruit,price\napple,3\npear,4", ""),
    ],
)
def test_result_that_no_check_can_read_is_invalid(
    planner: FlaskClient, fake_solver: FakeSolver, question: str, value: str
) -> None:
    fake_solver.replies = [lambda _: outcome(value=value, display="4", working="4")] * 9

    code, body = ask(planner, question)

    # A check may also read it, and find it wrong.
    assert (code, body.get("state")) == (200, "failed") or (code, _error(body)["code"]) == (502, "solver_nonsense")


def _error(body: dict[str, Any]) -> dict[str, Any]:
    error: dict[str, Any] = body["error"]
    return error
