"""Steps that the solver does in the thread of the request: none of them keeps the whole process busy."""

from collections.abc import Mapping

import pytest

from app.agents import solving
from app.agents.messages import Step

LONG = "9" * 3000
LOAN = {"kind": "payment", "principal": "240000 EUR", "rate": "39/10", "periods": "300", "per_year": "12"}
SAVINGS = {
    "kind": "balance", "amount": "240000 EUR", "other": "2 EUR", "rate": "39/10", "periods": "240", "after": "60",
    "per_year": "12",
}  # fmt: skip
# So many digits as a rate may have.
RATE = f"{'7' * 29}1/{'3' * 28}21"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("loans", {**LOAN, "rate": f"1/{LONG}"}),
        ("loans", {**LOAN, "per_year": LONG}),
        ("loans", {**LOAN, "principal": f"{LONG} EUR"}),
        ("savings", {**SAVINGS, "rate": f"1/{LONG}"}),
        ("savings", {**SAVINGS, "amount": f"1/{LONG} EUR"}),
        ("savings", {**SAVINGS, "other": f"{LONG} EUR"}),
        ("savings", {**SAVINGS, "periods": "-1000000"}),
        ("savings", {**SAVINGS, "after": "-1000000"}),
        ("savings", {**SAVINGS, "periods": "12000"}),
    ],
)
def test_expensive_step_is_refused(tool: str, arguments: Mapping[str, str]) -> None:
    done = solving.done(Step(tool, arguments))

    assert (done.state, done.answer["data"]) == ("rejected", {"code": solving.IMPOSSIBLE})


# How long they take is measured in tests/bench/costs.py.
LARGEST = [
    ("loans", {**LOAN, "rate": RATE, "periods": "1200"}),
    ("savings", {**SAVINGS, "rate": RATE, "periods": "1200", "after": "600"}),
    ("savings", {**SAVINGS, "rate": RATE, "periods": "12000", "kind": "affordable"}),
    ("savings", {**SAVINGS, "rate": RATE, "periods": "12000", "kind": "deposit"}),
]


@pytest.mark.parametrize(("tool", "arguments"), LARGEST)
def test_largest_allowed_steps_are_solved(tool: str, arguments: Mapping[str, str]) -> None:
    assert solving.done(Step(tool, arguments)).state == "completed"
