"""Dates: how far apart, what comes before or after, working days, days of the week; checked by Julian day numbers."""

import calendar
import re
from datetime import date, timedelta
from fractions import Fraction

from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.dates import day_number, depends_on_today, long_form, read_date
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.expression import Reference
from app.language.quantity import Quantity
from app.language.question import bare
from app.language.tokens import WORDS
from app.tools.tool import Arguments, Tool

WEEKEND = {5, 6}
# Counting working days one by one, as the check does, must end soon.
LONGEST_YEARS = 400

_UNIT = r"(?P<unit>(?:working |business |week)?days?|weeks?|months?|years?)"
_DIFFERENCE = re.compile(
    rf"(?:(?:the )?(?:number of )?|how many |how long is it in ){_UNIT}(?: (?:are|is)? ?(?:there)?)?"
    r" ?(?:between|from|since|until|till|to) (?P<first>.+?)(?: (?:and|to|until|till) (?P<second>.+))?",
    re.IGNORECASE,
)
_COUNT = rf"(?P<count>[0-9]{{1,6}}|an?|{'|'.join(WORDS)})"
_ADD = re.compile(
    rf"{_COUNT} {_UNIT} (?P<way>after|from|before|later than|earlier than) (?P<first>.+)",
    re.IGNORECASE,
)
_PLUS = re.compile(rf"(?P<first>.+?) (?P<way>plus|minus|\+|-) {_COUNT} {_UNIT}", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"(?:(?:what|which) )?(?:the )?(?:day of the week|weekday|day) (?:is|was|will be|of|for|on) (?P<first>.+)",
    re.IGNORECASE,
)
_EVERY_WORKING_DAY = "Monday to Friday count, whatever the holidays; the first day itself does not"
_TODAY = "today is taken as the date in UTC"


def read(question: str) -> Plan | None:
    """A question about dates in one of the forms above."""
    text = bare(question)
    for form, plan in ((_DIFFERENCE, _difference), (_ADD, _addition), (_PLUS, _addition), (_WEEKDAY, _weekday)):
        match = form.fullmatch(text)
        if match:
            try:
                return plan(match)
            except NotUnderstoodError:
                continue
    return None


def _unit(text: str) -> str:
    unit = text.lower().removesuffix("s")
    return "working day" if unit in {"working day", "business day", "weekday"} else unit


def _assume(*texts: str | None, unit: str = "") -> list[str]:
    assumed = [_TODAY] if any(text and depends_on_today(text) for text in texts) else []
    return [*assumed, _EVERY_WORKING_DAY] if unit == "working day" else assumed


def _difference(match: re.Match[str]) -> Plan:
    first, second = match["first"], match["second"] or "today"
    unit = _unit(match["unit"])
    if match["second"] is None and re.search(r" (?:until|till|to) ", f" {match[0].lower()} "):
        first, second = second, first
    plan = Plan(assumptions=_assume(first, second, unit=unit))
    kind = "working days" if unit == "working day" else "days"
    arguments = {"kind": kind, "first": read_date(first).isoformat(), "second": read_date(second).isoformat()}
    plan.steps.append(PlannedStep("dates", arguments))
    if unit in {"week", "month", "year"}:
        plan.steps.append(PlannedStep("conversion", {"quantity": Reference(1), "unit": unit}))
    return plan


def _addition(match: re.Match[str]) -> Plan:
    unit = _unit(match["unit"])
    word = match["count"].lower()
    count = int(word) if word.isdigit() else int(WORDS.get(word, 1))
    sign = "-" if match["way"].lower() in {"before", "earlier than", "minus", "-"} else ""
    arguments = {"kind": "add", "first": read_date(match["first"]).isoformat(), "second": f"{sign}{count} {unit}"}
    return Plan([PlannedStep("dates", arguments)], _assume(match["first"], unit=unit))


def _weekday(match: re.Match[str]) -> Plan:
    day = read_date(match["first"]).isoformat()
    return Plan([PlannedStep("dates", {"kind": "weekday", "first": day, "second": ""})], _assume(match["first"]))


def solve(arguments: Arguments) -> Outcome:
    """The days between two dates, a date after a span, or a day of the week."""
    kind, first = arguments["kind"], date.fromisoformat(arguments["first"])
    match kind:
        case "add":
            day = _moved(first, *_span(arguments["second"]))
            return Outcome(day.isoformat(), long_form(day), f"{describe(arguments)} is {long_form(day)}")
        case "weekday":
            return Outcome(f"{first:%A}", f"{first:%A}", f"{first.isoformat()} is a {first:%A}")
        case "days" | "working days":
            second = date.fromisoformat(arguments["second"])
            days = (second - first).days if kind == "days" else working_days(first, second)
            result = Quantity(Fraction(days), (("day", 1),))
            display = result.display()[0] if kind == "days" else f"{days:,} working {'day' if days == 1 else 'days'}"
            return Outcome(str(result), display, f"{describe(arguments)}: {display}")
        case _:
            raise ValueError("kind is days, working days, add or weekday")


def working_days(first: date, second: date) -> int:
    """Working days from the day after `first` up to and including `second`; negative when it is earlier."""
    if second < first:
        return -working_days(second - timedelta(days=1), first - timedelta(days=1))
    weeks, rest = divmod((second - first).days, 7)
    return weeks * 5 + sum((first.weekday() + number) % 7 not in WEEKEND for number in range(1, rest + 1))


def _span(text: str) -> tuple[int, str]:
    match = re.fullmatch(r"(-?[0-9]{1,6}) (day|week|month|year|working day)", text)
    if not match:
        raise ValueError("a span is a number of days, weeks, months, years or working days")
    return int(match[1]), match[2]


def _moved(first: date, count: int, unit: str) -> date:
    try:
        match unit:
            case "day" | "week":
                return first + timedelta(days=count * (7 if unit == "week" else 1))
            case "working day":
                return _moved_working(first, count)
            case _:
                months = first.year * 12 + first.month - 1 + count * (12 if unit == "year" else 1)
                year, month = divmod(months, 12)
                return date(year, month + 1, min(first.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError, calendar.IllegalMonthError):
        raise ImpossibleError("the calendar here goes from the year 1 to 9999") from None


def _moved_working(first: date, count: int) -> date:
    if abs(count) > LONGEST_YEARS * 260:
        raise ImpossibleError(f"working days are counted over at most {LONGEST_YEARS} years")
    step = timedelta(days=1 if count > 0 else -1)
    day = first
    while count:
        day += step
        if day.weekday() not in WEEKEND:
            count -= step.days
    return day


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """The same by Julian day numbers, which know nothing of Python's calendar."""
    kind, first = arguments["kind"], date.fromisoformat(arguments["first"])
    start = day_number(first)
    if kind == "weekday":
        # Julian day 0 was a Monday.
        return Check(calendar.day_name[start % 7] == outcome.value, "Julian day numbers")
    if kind == "add":
        return _check_moved(start, first, date.fromisoformat(outcome.value), *_span(arguments["second"]))
    end = day_number(date.fromisoformat(arguments["second"]))
    found = Quantity.parse(outcome.value).number
    if kind == "days":
        return Check(found == end - start, "Julian day numbers")
    if abs(end - start) > LONGEST_YEARS * 366:
        raise ImpossibleError(f"working days are counted over at most {LONGEST_YEARS} years")
    return Check(found == _count_working(start, end), "counting the days one by one")


def _count_working(start: int, end: int) -> int:
    days = range(start + 1, end + 1) if end >= start else range(end, start)
    return (1 if end >= start else -1) * sum(day % 7 not in WEEKEND for day in days)


def _check_moved(start: int, first: date, result: date, count: int, unit: str) -> Check:
    end = day_number(result)
    match unit:
        case "day" | "week":
            return Check(end - start == count * (7 if unit == "week" else 1), "Julian day numbers")
        case "working day":
            same = _count_working(start, end) == count and (not count or result.weekday() not in WEEKEND)
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
    parameters=("kind", "first", "second"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
)
