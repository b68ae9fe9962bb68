"""Ages, week numbers, days of the year, leap years; checked by Julian day numbers."""

import calendar
import re
from datetime import date, timedelta

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.dates import day_number, depends_on_today, long_form, read_date, today
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.expression import Node, Reference
from app.language.forms import compiled, first_read
from app.language.question import bare
from app.language.references import marked
from app.tools.tool import Arguments, Tool

LONGEST = 200
_MONTHS = [name.lower() for name in calendar.month_name]
_DAY = r"(?P<first>.{3,40}?)"
_FORMS: tuple[tuple[str, str], ...] = (
    ("age", (
        r"how old (?:is|was|are|am|will|would)(?: \w+)?(?: be)?(?: (?:if|who is|who"
        rf" was|when))?(?: \w+)?(?: (?:is|was|were|am))? (?:born )?(?:on |in )?{_DAY}"
        r"(?:,? (?:on|at|by|be on) (?P<second>.{3,40}))?"
    )),
    ("age", (
        rf"(?:the )?age (?:of (?:someone|somebody|a person) )?(?:born )?(?:on )?{_DAY}(?:,?"
        rf" (?:on|at|by) (?P<second>.{{3,40}}))?"
    )),
    ("week", (
        r"(?:(?:what|which|the) )?(?:iso )?(?:calendar )?week(?: number)?(?: of the year)?"
        rf" (?:is|was|of|for|on|contains) {_DAY}"
    )),
    ("week", rf"(?:what|which) (?:calendar )?week (?:number )?(?:is|was|does) {_DAY} (?:in|fall in|fall)"),
    ("day", (
        r"(?:(?:what|which|the) )?(?:day (?:number )?of the year|ordinal date|day number)"
        rf" (?:is|was|of|for|on) {_DAY}"
    )),
    ("span", (
        r"(?:when is |the dates of |which days are )?(?:calendar )?week (?P<number>[0-9]{1,2"
        r"}) (?:of|in) (?P<year>[0-9]{4})"
    )),
    ("leap", r"(?:is |was |will )?(?P<year>[0-9]{4}) (?:be )?(?:a )?leap year"),
    ("month", r"how many days (?:are (?:there )?in|has|does) (?P<month>[a-z]{3,9}) (?P<year>[0-9]{4})(?: have)?"),
    ("month", r"(?:the )?(?:number of )?days in (?P<month>[a-z]{3,9}) (?P<year>[0-9]{4})"),
)  # fmt: skip
_BORN_FIRST = (
    r"if (?:someone|somebody|a person|he|she|i|\w+) (?:is|was|were|am) born (?:on |in )?(?P<first>.{6,30}?),? how old"
    r" (?:is|was|are|am|will|would) (?:they|he|she|i|the person)(?: be)?(?:,? (?:on|at|by|in) (?P<second>.{3,40}))?"
)
_COMPILED = compiled((("age", _BORN_FIRST), *_FORMS))
_ISO = "weeks are those of ISO 8601: they begin on Monday, and week 1 has the year's first Thursday"


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`How old is someone born on 1990-05-17?`, `week number of 2026-03-10`."""
    text = bare(question)
    if len(text) > LONGEST:
        return None
    return first_read(text, _COMPILED, _plan)


def _plan(kind: str, match: re.Match[str]) -> Plan:
    found: dict[str, str | None] = match.groupdict()
    first: str | Node
    second: str | Node = ""
    assumed: list[str] = []
    if kind in {"age", "week", "day"}:
        text = found["first"] or ""
        first = _dated(text)
        if kind == "age":
            second = _dated(found["second"] or "today")
        if depends_on_today(text) or (kind == "age" and depends_on_today(found["second"] or "today")):
            assumed.append(f"today is taken as the date in UTC, {today().isoformat()}")
    else:
        first = found["year"] or ""
        second = found.get("number") or ""
        if kind == "month":
            name = (found["month"] or "").lower()
            numbers = [number for number, month in enumerate(_MONTHS) if month and month.startswith(name)]
            if len(numbers) != 1:
                raise NotUnderstoodError(name)
            second = str(numbers[0])
    if kind in {"week", "span"}:
        assumed.append(_ISO)
    return Plan([PlannedStep("calendars", {"kind": kind, "first": first, "second": second})], assumed)


def _dated(text: str) -> str | Node:
    step = marked(text)
    return read_date(text).isoformat() if step is None else Reference(-step)


def _age(born: date, day: date) -> tuple[int, int, int]:
    """Whole years, months and days from one date to another."""
    if day < born:
        raise ImpossibleError("the second date is before the first")
    months = (day.year - born.year) * 12 + day.month - born.month - (day.day < born.day)
    start = _shifted(born, months)
    return months // 12, months % 12, (day - start).days


def _shifted(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _year(text: str) -> int:
    if not re.fullmatch("[0-9]{4}", text) or text == "0000":
        raise ValueError("a year has four digits")
    return int(text)


def solve(arguments: Arguments) -> Outcome:
    """The age, the week, the day of the year, the days of a week, or of a month."""
    kind, first, second = arguments["kind"], arguments["first"], arguments["second"]
    match kind:
        case "months" | "years":
            value, display = _whole(kind, *_age(date.fromisoformat(first), date.fromisoformat(second)))
        case "age":
            years, months, days = _age(date.fromisoformat(first), date.fromisoformat(second))
            value, display = f"{years} {months} {days}", _spelled(years, months, days)
        case "week":
            year, week, _ = date.fromisoformat(first).isocalendar()
            value, display = f"{year}-W{week:02d}", f"week {week} of {year}"
        case "day":
            day = date.fromisoformat(first)
            value = str(day.timetuple().tm_yday)
            display = f"day {value} of {day.year}"
        case "span":
            try:
                monday = date.fromisocalendar(_year(first), int(second), 1)
            except ValueError:
                raise ImpossibleError(f"there is no week {second} in {first}") from None
            value = monday.isoformat()
            display = f"{long_form(monday)} to {long_form(monday + timedelta(days=6))}"
        case "leap":
            value = "yes" if calendar.isleap(_year(first)) else "no"
            display = f"{value}, {first} is {'a' if value == 'yes' else 'no'} leap year"
        case "month":
            value = str(calendar.monthrange(_year(first), int(second))[1])
            display = f"{value} days"
        case _:
            raise ValueError("kind is age, week, day, span, leap or month")
    return Outcome(value, display, f"{describe(arguments)}: {display}")


def _whole(unit: str, years: int, months: int, days: int) -> tuple[str, str]:
    """A span in months or years: a quantity where it is whole, else in parts."""
    parts = (years, months, days) if unit == "years" else (0, 12 * years + months, days)
    count, rest = (years, months or days) if unit == "years" else (parts[1], days)
    display = _spelled(*parts) if any(parts) else f"0 {unit}"
    return (" ".join(map(str, parts)) if rest else f"{count} {unit[:-1]}"), display


def _spelled(years: int, months: int, days: int) -> str:
    parts = [
        f"{n:,} {unit}{'' if n == 1 else 's'}" for n, unit in ((years, "year"), (months, "month"), (days, "day")) if n
    ]
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts) or "0 days"


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001 (one for each kind)
    """The same by day numbers, without Python's calendar."""
    kind, first, second, method = arguments["kind"], arguments["first"], arguments["second"], "Julian day numbers"
    match kind:
        case "age" | "months" | "years":
            born, on = date.fromisoformat(first), date.fromisoformat(second)
            years, months, days = _parts(outcome.value)
            start = day_number(_shifted(born, years * 12 + months))
            # Who was born on the 29th, 30th or 31st is a month older on the 1st after a shorter month.
            next_one = day_number(_shifted(born, years * 12 + months + 1).replace(day=1)) + born.day - 1
            return Check(start + days == day_number(on) < next_one and (months < 12 or kind == "months"), method)
        case "week":
            day = day_number(date.fromisoformat(first))
            # The Thursday of the week decides: day 0 was a Monday.
            thursday = day - day % 7 + 3
            year = date.fromisoformat(first).year
            year += (thursday >= day_number(date(min(year + 1, 9999), 1, 1))) - (
                thursday < day_number(date(year, 1, 1))
            )
            week = (thursday - day_number(date(year, 1, 1))) // 7 + 1
            return Check(outcome.value == f"{year}-W{week:02d}", method)
        case "day":
            at = date.fromisoformat(first)
            return Check(outcome.value == str(day_number(at) - day_number(date(at.year, 1, 1)) + 1), method)
        case "span":
            fourth = day_number(date(_year(first), 1, 4))
            monday = fourth - fourth % 7 + 7 * (int(second) - 1)
            return Check(day_number(date.fromisoformat(outcome.value)) == monday, method)
        case "leap":
            year = _year(first)
            length = day_number(date(year, 12, 31)) - day_number(date(year, 1, 1)) + 1
            return Check(outcome.value == ("yes" if length == 366 else "no"), method)
        case _:
            year, month = _year(first), int(second)
            end = date(year, 12, 31) if month == 12 else date(year, month + 1, 1)
            days = day_number(end) - day_number(date(year, month, 1)) + (month == 12)
            return Check(outcome.value == str(days), method)


def _parts(value: str) -> tuple[int, int, int]:
    number, _, rest = value.partition(" ")
    if rest in {"month", "year"}:
        return (int(number), 0, 0) if rest == "year" else (0, int(number), 0)
    years, months, days = (int(part) for part in value.split())
    return years, months, days


def describe(arguments: Arguments) -> str:
    """`the age on 2026-03-10 of someone born on 1990-05-17`."""
    first, second = arguments["first"], arguments["second"]
    return {
        "months": f"the months from {first} to {second}",
        "years": f"the years from {first} to {second}",
        "age": f"the age on {second} of someone born on {first}",
        "week": f"the week of {first}",
        "day": f"the day of the year of {first}",
        "span": f"the days of week {second} of {first}",
        "leap": f"whether {first} is a leap year",
        "month": f"the days of month {second} of {first}",
    }.get(arguments["kind"], "a date")


TOOL = Tool(
    name="calendars",
    summary="ages, week numbers and leap years",
    examples=(
        "How old is someone born on 1990-05-17 on 2026-03-10?",
        "week number of 2026-03-10",
        "week 11 of 2026",
        "Is 2100 a leap year?",
    ),
    parameters=("kind", "first", "second"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=9,
)
