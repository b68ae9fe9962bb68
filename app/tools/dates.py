"""Dates: how far apart, what comes before or after, working days, days of the week; checked by Julian day numbers."""

import calendar
import re
from collections.abc import Collection
from datetime import date, timedelta
from fractions import Fraction

from app.agents.messages import Ask, Check, Outcome
from app.language.dates import day_number, long_form
from app.language.errors import ImpossibleError
from app.language.quantity import Quantity
from app.tools.date_questions import read
from app.tools.tool import Arguments, Tool

WEEKEND = {5, 6}
# Counting working days one by one, as the check does, must end soon.
LONGEST_YEARS = 400


def _holidays(arguments: Arguments) -> set[date]:
    return {date.fromisoformat(day) for day in arguments["holidays"].split()}


def solve(arguments: Arguments) -> Outcome:
    """The days between two dates, a date after a span, or a day of the week."""
    kind, first = arguments["kind"], date.fromisoformat(arguments["first"])
    match kind:
        case "add":
            day = _moved(first, *_span(arguments["second"]), _holidays(arguments))
            return Outcome(day.isoformat(), long_form(day), f"{describe(arguments)} is {long_form(day)}")
        case "weekday":
            return Outcome(f"{first:%A}", f"{first:%A}", f"{first.isoformat()} is a {first:%A}")
        case "days" | "working days":
            second = date.fromisoformat(arguments["second"])
            days = (second - first).days if kind == "days" else working_days(first, second, _holidays(arguments))
            result = Quantity(Fraction(days), (("day", 1),))
            display = result.display()[0] if kind == "days" else f"{days:,} working {'day' if days == 1 else 'days'}"
            return Outcome(str(result), display, f"{describe(arguments)}: {display}")
        case _:
            raise ValueError("kind is days, working days, add or weekday")


def working_days(first: date, second: date, holidays: Collection[date] = ()) -> int:
    """Working days from the day after `first` up to and including `second`; negative when it is earlier."""
    if second < first:
        return -working_days(second - timedelta(days=1), first - timedelta(days=1), holidays)
    weeks, rest = divmod((second - first).days, 7)
    free = sum(first < day <= second and day.weekday() not in WEEKEND for day in holidays)
    return weeks * 5 + sum((first.weekday() + number) % 7 not in WEEKEND for number in range(1, rest + 1)) - free


def _span(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"(-?[0-9]{1,6}) (day|week|month|year|working day)", text)
    if not match:
        raise ValueError("a span is a number of days, weeks, months, years or working days")
    return int(match[1]), match[2]


def _moved(first: date, count: int, unit: str, holidays: Collection[date]) -> date:
    try:
        match unit:
            case "day" | "week":
                return first + timedelta(days=count * (7 if unit == "week" else 1))
            case "working day":
                return _moved_working(first, count, holidays)
            case _:
                months = first.year * 12 + first.month - 1 + count * (12 if unit == "year" else 1)
                year, month = divmod(months, 12)
                return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError, calendar.IllegalMonthError):
        raise ImpossibleError("the calendar here goes from the year 1 to 9999") from None


def _moved_working(first: date, count: int, holidays: Collection[date]) -> date:
    if abs(count) > LONGEST_YEARS * 260:
        raise ImpossibleError(f"working days are counted over at most {LONGEST_YEARS} years")
    step = timedelta(days=1 if count > 0 else -1)
    day = first
    while count:
        day += step
        if day.weekday() not in WEEKEND and day not in holidays:
            count -= step.days
    return day


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """The same by Julian day numbers, which know nothing of Python's calendar."""
    kind, first = arguments["kind"], date.fromisoformat(arguments["first"])
    start = day_number(first)
    free = {day_number(day) for day in _holidays(arguments)}
    if kind == "weekday":
        # Julian day 0 was a Monday.
        return Check(calendar.day_name[start % 7] == outcome.value, "Julian day numbers")
    if kind == "add":
        return _check_moved(start, first, date.fromisoformat(outcome.value), _span(arguments["second"]), free)
    end = day_number(date.fromisoformat(arguments["second"]))
    found = Quantity.parse(outcome.value).number
    if kind == "days":
        return Check(found == end - start, "Julian day numbers")
    if abs(end - start) > LONGEST_YEARS * 366:
        raise ImpossibleError(f"working days are counted over at most {LONGEST_YEARS} years")
    return Check(found == _count_working(start, end, free), "counting the days one by one")


def _count_working(start: int, end: int, free: Collection[int]) -> int:
    days = range(start + 1, end + 1) if end >= start else range(end, start)
    return (1 if end >= start else -1) * sum(day % 7 not in WEEKEND and day not in free for day in days)


def _check_moved(start: int, first: date, result: date, span: tuple[int, str], free: Collection[int]) -> Check:
    end, (count, unit) = day_number(result), span
    match unit:
        case "day" | "week":
            return Check(end - start == count * (7 if unit == "week" else 1), "Julian day numbers")
        case "working day":
            working = end % 7 not in WEEKEND and end not in free
            same = _count_working(start, end, free) == count and (not count or working)
            return Check(same, "counting the days one by one")
        case _:
            months = count * (12 if unit == "year" else 1)
            same = (result.year - first.year) * 12 + result.month - first.month == months
            # The same day of the month, or the month's last.
            last = day_number(result + timedelta(days=1)) - end == 1 and (result + timedelta(days=1)).day == 1
            return Check(same and (result.day == first.day or (last and first.day > result.day)), "counting months")


def describe(arguments: Arguments) -> str:
    """`the days from 2026-01-01 to 2026-03-31`."""
    first, second = arguments["first"], arguments["second"]
    match arguments["kind"]:
        case "add":
            count, unit = _span(second)
            name = f"{abs(count):,} {unit}{'' if abs(count) == 1 else 's'}"
            return f"{name} {'before' if count < 0 else 'after'} {first}"
        case "weekday":
            return f"the day of the week of {first}"
        case kind:
            return f"the {kind} from {first} to {second}"


TOOL = Tool(
    name="dates",
    summary="dates, spans between them, and working days",
    examples=(
        "How many days are there between 2026-01-15 and 2026-03-31?",
        "90 days after 15 January 2026",
        "10 working days after 2026-04-01",
        "What day of the week was 20 July 1969?",
        "2026-01-31 plus 1 month",
    ),
    parameters=("kind", "first", "second", "holidays"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
)
