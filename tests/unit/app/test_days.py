"""Questions about days that depend on today, or leave out the year."""

from datetime import UTC, datetime, timedelta

from app.agents import planner, solver
from app.language.dates import long_form


def test_today_and_tomorrow_are_those_in_utc() -> None:
    today = datetime.now(UTC).date()

    for question, day in (
        ("What day is it today?", today),
        ("What is today's date?", today),
        ("what's tomorrow's date?", today + timedelta(days=1)),
    ):
        assert planner.answer(question, solver.solve).answer in {long_form(day), long_form(day + timedelta(days=1))}


def test_a_month_without_its_year_is_asked_back() -> None:
    for question, answer in (("working days in March", "22 working days"), ("how many days in March", "31 days")):
        back = planner.answer(question, solver.solve)
        assert (back.state, back.answer) == ("input-required", "March of which year?")
        assert planner.answer("2026", solver.solve, earlier=[question]).answer == answer


def test_a_difference_of_times_is_that_of_today() -> None:
    task = planner.answer("How many hours ahead of UTC is Kathmandu?", solver.solve)

    assert (task.state, task.answer) == ("completed", "Kathmandu is 5 hours 45 minutes ahead of UTC")
    assert task.assumptions[0].startswith("the day is taken to be today, ")
