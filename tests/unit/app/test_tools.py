"""Tools over generated steps: the check agrees with the solver's result, and with no other."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agents.messages import Outcome, Step
from app.agents.solver import solve
from app.language.dates import day_number
from app.language.errors import ImpossibleError
from app.language.quantity import Quantity
from app.tools import registry

DATES = st.dates(date(1600, 1, 1), date(2400, 12, 31))
NUMBERS = st.lists(st.fractions(-1000, 1000, max_denominator=50), min_size=2, max_size=15)
PERCENTS = st.fractions(1, 200, max_denominator=100)
SUMS = st.fractions(1, 10**6, max_denominator=100)


def agrees(tool: str, arguments: dict[str, str], outcome: Outcome) -> bool:
    return registry()[tool].check(arguments, outcome, solve).agrees


def with_value(value: str) -> Outcome:
    return Outcome(value, "", "")


def check_only_the_right_result_agrees(tool: str, arguments: dict[str, str]) -> None:
    outcome = solve(Step(tool, arguments))
    assert agrees(tool, arguments, outcome)
    result = Quantity.parse(outcome.value)
    for wrong in (result.number + 1, result.number - Fraction(1, 1000), -result.number - 1):
        assert not agrees(tool, arguments, with_value(str(Quantity(wrong, result.units, result.exact))))


@given(st.sampled_from(["days", "working days"]), DATES, st.integers(-2000, 2000))
def test_days_between(kind: str, first: date, span: int) -> None:
    second = (first + timedelta(days=span)).isoformat()
    check_only_the_right_result_agrees(
        "dates", {"kind": kind, "first": first.isoformat(), "second": second, "holidays": ""}
    )


@given(DATES, st.integers(-500, 500), st.sampled_from(["day", "week", "month", "year", "working day"]))
def test_date_after_a_span(first: date, count: int, unit: str) -> None:
    arguments = {"kind": "add", "first": first.isoformat(), "second": f"{count} {unit}", "holidays": ""}
    outcome = solve(Step("dates", arguments))
    assert agrees("dates", arguments, outcome)
    for days in (-1, 1, 40):
        wrong = date.fromisoformat(outcome.value) + timedelta(days=days)
        assert not agrees("dates", arguments, with_value(wrong.isoformat()))


@given(DATES)
def test_day_of_the_week(day: date) -> None:
    arguments = {"kind": "weekday", "first": day.isoformat(), "second": "", "holidays": ""}
    outcome = solve(Step("dates", arguments))
    assert agrees("dates", arguments, outcome)
    assert not agrees("dates", arguments, with_value(f"{day + timedelta(days=1):%A}"))


def test_julian_day_number_of_a_known_day() -> None:
    assert day_number(date(2000, 1, 1)) == 2451545  # J2000.0 begins at noon of this day


@given(
    st.sampled_from(["mean", "median", "range", "sum", "variance", "population variance", "standard deviation"]),
    NUMBERS,
)
def test_statistics(name: str, numbers: list[Fraction]) -> None:
    arguments = {"statistic": name, "numbers": " ".join(map(str, numbers))}
    check_only_the_right_result_agrees("statistics", arguments)


@given(NUMBERS)
def test_mode(numbers: list[Fraction]) -> None:
    arguments = {"statistic": "mode", "numbers": " ".join(map(str, numbers))}
    outcome = solve(Step("statistics", arguments))
    assert agrees("statistics", arguments, outcome)
    assert not agrees("statistics", arguments, with_value(f"{outcome.value} 1001"))


@given(st.sampled_from(["payment", "interest", "growth"]), SUMS, PERCENTS, st.integers(1, 480))
def test_loans(kind: str, principal: Fraction, rate: Fraction, periods: int) -> None:
    arguments = {
        "kind": kind,
        "principal": str(Quantity(principal, (("EUR", 1),))),
        "rate": str(rate),
        "periods": str(periods),
        "per_year": "12",
    }
    outcome = solve(Step("loans", arguments))
    assert agrees("loans", arguments, outcome)
    result = Quantity.parse(outcome.value)
    for wrong in (result.number * Fraction(1001, 1000) + 1, result.number - Fraction(1, 100)):
        assert not agrees("loans", arguments, with_value(str(Quantity(wrong, result.units, exact=False))))


@given(st.sampled_from(["of", "increase", "decrease", "share", "change", "whole"]), PERCENTS, SUMS)
def test_percentages(kind: str, first: Fraction, second: Fraction) -> None:
    check_only_the_right_result_agrees("percentage", {"kind": kind, "first": str(first), "second": str(second)})


@given(SUMS, st.sampled_from([("km", "mi"), ("°C", "°F"), ("gal", "l"), ("km/h", "m/s"), ("GiB", "MB")]))
def test_conversions(number: Fraction, units: tuple[str, str]) -> None:
    check_only_the_right_result_agrees("conversion", {"quantity": f"{number} {units[0]}", "unit": units[1]})


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("dates", {"kind": "days", "first": "2026-13-01", "second": "2026-01-01", "holidays": ""}),
        ("dates", {"kind": "add", "first": "2026-01-01", "second": "5 parsecs", "holidays": ""}),
        ("dates", {"kind": "wait", "first": "2026-01-01", "second": "", "holidays": ""}),
        ("statistics", {"statistic": "vibe", "numbers": "1 2"}),
        ("statistics", {"statistic": "mean", "numbers": "1 x"}),
        ("loans", {"kind": "gift", "principal": "1", "rate": "1", "periods": "1", "per_year": "1"}),
        ("loans", {"kind": "payment", "principal": "1", "rate": "1", "periods": "1/2", "per_year": "1"}),
    ],
)
def test_senseless_arguments_are_refused(tool: str, arguments: dict[str, str]) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        solve(Step(tool, arguments))


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("statistics", {"statistic": "variance", "numbers": "1"}),
        ("statistics", {"statistic": "mean", "numbers": ""}),
        ("statistics", {"statistic": "mean", "numbers": "1 " * 401}),
        ("loans", {"kind": "payment", "principal": "-5", "rate": "1", "periods": "1", "per_year": "1"}),
        ("dates", {"kind": "add", "first": "2026-01-01", "second": "999999 working day", "holidays": ""}),
    ],
)
def test_impossible_arguments_are_refused(tool: str, arguments: dict[str, str]) -> None:
    with pytest.raises(ImpossibleError):
        solve(Step(tool, arguments))


@pytest.mark.parametrize(
    ("tool", "arguments", "wrong"),
    [
        ("equations", {"equations": "x^2 = 4", "unknowns": "x"}, "x = 2 | x = 3"),
        ("equations", {"equations": "x^2 = 4", "unknowns": "x"}, "x = 2"),
        ("equations", {"equations": "x^2 = 4", "unknowns": "x"}, "none"),
        ("equations", {"equations": "x + y = 5; x - y = 1", "unknowns": "x y"}, "x = 3; y = 1"),
        ("equations", {"equations": "x + y = 5; x - y = 1", "unknowns": "x y"}, "x = 3"),
        ("roots", {"polynomial": "x^2 + 1", "unknown": "x"}, "0.0 1.0; 0.0 1.0"),
        ("roots", {"polynomial": "x^2 + 1", "unknown": "x"}, "0.0 1.0"),
        ("roots", {"polynomial": "x^2 - 4", "unknown": "x"}, "-2.0 0.0; 2.001 0.0"),
        ("inequalities", {"left": "x^2", "sign": "<", "right": "4", "unknown": "x"}, "(-2, 2]"),
        ("inequalities", {"left": "x^2", "sign": "<", "right": "4", "unknown": "x"}, "(-oo, 2)"),
        ("inequalities", {"left": "x^2", "sign": ">", "right": "4", "unknown": "x"}, "(2, oo)"),
        ("inequalities", {"left": "2x", "sign": "<=", "right": "4", "unknown": "x"}, "(-oo, 3]"),
        ("inequalities", {"left": "x^2", "sign": "<", "right": "4", "unknown": "x"}, ""),
        ("calculus", {"kind": "derivative", "formula": "x^2", "variable": "x", "from": "", "to": ""}, "2*x + 1"),
        ("calculus", {"kind": "integral", "formula": "x^2", "variable": "x", "from": "", "to": ""}, "x^3"),
        ("calculus", {"kind": "definite integral", "formula": "x", "variable": "x", "from": "0", "to": "1"}, "2/3"),
    ],
)
def test_a_wrong_solution_does_not_agree(tool: str, arguments: dict[str, str], wrong: str) -> None:
    assert not agrees(tool, arguments, with_value(wrong))


def test_a_pole_is_no_missing_root() -> None:
    arguments = {"equations": "1/x = 4", "unknowns": "x"}

    assert agrees("equations", arguments, with_value("x = 1/4"))
