"""Steps that mean nothing, or have no result: the solver rejects them, and says which it was."""

from collections.abc import Iterator, Mapping

import pytest
from flask.testing import FlaskClient

from app.agents import solving
from app.agents.limited import limited
from app.agents.messages import Step
from tests.unit.app.a2a.calls import SOLVER, result, step

TABLE = {"operation": "correlation", "column": "", "by": "a", "where": "", "limit": "", "table": "a,b\n1,2\n2,3"}
DEPOSIT = {
    "kind": "deposit", "amount": "100 EUR", "other": "", "rate": "4", "periods": "0", "after": "0", "per_year": "12",
}  # fmt: skip


@pytest.fixture(autouse=True, scope="module")
def _limited() -> Iterator[None]:
    yield
    limited.stop()


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("tables", TABLE, solving.SENSELESS),
        ("weekdays", {"kind": "next", "first": "2026-11-01", "second": "1"}, solving.SENSELESS),
        # In the process with limits.
        ("curves", {"kind": "slope", "formula": "x^2", "variable": "x", "at": "", "to": ""}, solving.SENSELESS),
        ("savings", DEPOSIT, solving.IMPOSSIBLE),
    ],
)
def test_senseless_step_is_rejected(client: FlaskClient, tool: str, arguments: Mapping[str, str], code: str) -> None:
    task = result(client, "SendMessage", step(tool, arguments), SOLVER)["task"]

    assert task["status"]["state"] == "TASK_STATE_REJECTED"
    assert {"data": {"code": code}} in task["status"]["message"]["parts"]
    assert solving.done(Step(tool, arguments)).answer["text"]
