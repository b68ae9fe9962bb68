"""Days by their place in a month or year: the third Thursday, all Fridays, Easter; checked by Julian day numbers."""

import calendar
import re
from datetime import date, timedelta

from app.agents.messages import Ask, Check, Outcome
from app.language.dates import day_number, easter, long_form
from app.language.errors import ImpossibleError
from app.tools.tool import Arguments, Tool
from app.tools.weekday_questions import DAYS, ORDINALS, read


def solve(arguments: Arguments) -> Outcome:  # noqa: C901 (one for each kind)
    """The day, the count, or yes or no."""
    kind, first, second = arguments["kind"], arguments["first"], arguments["second"]
    match kind:
        case "nth":
            number, name = second.split(" ", 1)
            days = [day for day in _days(first) if _counts(day.weekday(), name)]
            if not -1 <= int(number) <= len(days):
                raise ImpossibleError(f"there is no fifth {name.title()} in that month")
            day = days[int(number) - 1 if int(number) > 0 else -1]
            value, display = day.isoformat(), long_form(day)
        case "count":
            value = str(sum(_counts(day.weekday(), second) for day in _days(first)))
            display = f"{value} {second if second not in DAYS else second.title()}{'' if value == '1' else 's'}"
        case "next":
            day, way = date.fromisoformat(first), int(second.split()[0])
            day += timedelta(days=way * ((way * (DAYS.index(second.split()[1]) - day.weekday()) - 1) % 7 + 1))
            value, display = day.isoformat(), long_form(day)
        case "on":
            value = display = DAYS[(DAYS.index(first) + int(second)) % 7].title()
        case "easter":
            day = easter(_year(first)) + timedelta(days=int(second or 0))
            value, display = day.isoformat(), long_form(day)
        case "leap":
            value = display = str(next(year for year in range(_year(first) + 1, 10_000) if calendar.isleap(year)))
        case "quarter":
            day = date.fromisoformat(first)
            value = str((day.month + 2) // 3)
            display = f"quarter {value} of {day.year}"
        case "is":
            day = date.fromisoformat(first)
            value = "yes" if DAYS[day.weekday()] == second else "no"
            display = f"{value}, it is a {day:%A}"
        case "left":
            day = date.fromisoformat(first)
            value = str((date(day.year, 12, 31) - day).days)
            display = f"{value} days"
        case "years":
            value = str(sum(366 if calendar.isleap(year) else 365 for year in range(_year(first), _year(second) + 1)))
            display = f"{int(value):,} days"
        case _:
            raise ValueError("kind is nth, count, next, on, easter, leap, quarter, is, left or years")
    return Outcome(value, display, f"{describe(arguments)}: {display}")


def _year(text: str) -> int:
    if not re.fullmatch("[0-9]{4}", text) or text in {"0000", "9999"}:
        raise ImpossibleError("the calendar here goes from the year 1 to 9998")
    return int(text)


def _days(text: str) -> list[date]:
    """The days of a month, `2026-05`, or of a year."""
    year, _, month = text.partition("-")
    months = [int(month)] if month else range(1, 13)
    lengths = [(number, calendar.monthrange(_year(year), number)[1]) for number in months]
    return [date(int(year), number, day) for number, length in lengths for day in range(1, length + 1)]


def _counts(weekday: int, name: str) -> bool:
    if name in DAYS or name == "day":
        return name == "day" or DAYS[weekday] == name
    return (weekday >= 5) == (name == "weekend day")


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """The same by Julian day numbers, of which each multiple of seven is a Monday."""
    return Check(
        _agrees(arguments["kind"], arguments["first"], arguments["second"], outcome.value), "Julian day numbers"
    )


def _agrees(kind: str, first: str, second: str, value: str) -> bool:  # noqa: PLR0911 (one for each kind)
    match kind:
        case "nth" | "count":
            year, month = int(first[:4]), int(first[5:] or 1)
            start = day_number(date(year, month, 1))
            last = month if first[5:] else 12
            end = day_number(date(year + last // 12, last % 12 + 1, 1))
            if kind == "count":
                return value == str(sum(_counts(day % 7, second) for day in range(start, end)))
            number, name = second.split(" ", 1)
            found = day_number(date.fromisoformat(value))
            before, after = (
                [day for day in days if _counts(day % 7, name)] for days in (range(start, found), range(found + 1, end))
            )
            placed = not after if number == "-1" else len(before) == int(number) - 1
            return start <= found < end and placed and _counts(found % 7, name)
        case "next":
            way, name = second.split(" ", 1)
            apart = int(way) * (day_number(date.fromisoformat(value)) - day_number(date.fromisoformat(first)))
            return 1 <= apart <= 7 and day_number(date.fromisoformat(value)) % 7 == DAYS.index(name)
        case "on":
            # 1 January 2024 was a Monday.
            day = date(2024, 1, 1) + timedelta(days=DAYS.index(first) + int(second))
            return value == f"{day:%A}"
        case "easter":
            sunday = day_number(date.fromisoformat(_gauss(int(first))))
            return day_number(date.fromisoformat(value)) - sunday == int(second or 0)
        case "leap":
            lengths = [
                day_number(date(year + 1, 1, 1)) - day_number(date(year, 1, 1))
                for year in range(int(first) + 1, int(value) + 1)
            ]
            return lengths[-1] == 366 and 366 not in lengths[:-1]
        case "quarter":
            day = date.fromisoformat(first)
            return (
                date(day.year, 3 * int(value) - 2, 1)
                <= day
                < date(day.year + int(value) // 4, 3 * int(value) % 12 + 1, 1)
            )
        case "is":
            return (value == "yes") == (day_number(date.fromisoformat(first)) % 7 == DAYS.index(second))
        case "left":
            day = date.fromisoformat(first)
            return day_number(date(day.year + 1, 1, 1)) - 1 - day_number(day) == int(value)
        case _:
            return day_number(date(int(second) + 1, 1, 1)) - day_number(date(int(first), 1, 1)) == int(value)


def _gauss(year: int) -> str:
    """Easter Sunday by Gauss's rule, with the century's corrections, and its two exceptions."""
    century = year // 100
    moon = (15 - (13 + 8 * century) // 25 + century - century // 4) % 30
    sun = (4 + century - century // 4) % 7
    d = (19 * (year % 19) + moon) % 30
    e = (2 * (year % 4) + 4 * (year % 7) + 6 * d + sun) % 7
    days = 22 + d + e
    if (d == 29 and e == 6) or (d == 28 and e == 6 and (11 * moon + 11) % 30 < 19):
        days -= 7
    return (date(year, 3, 1) + timedelta(days=days - 1)).isoformat()


def describe(arguments: Arguments) -> str:
    """`the third Thursday of 2026-11`."""
    first, second = arguments["first"], arguments["second"]
    number, _, name = second.partition(" ")
    ordinal = next((word for word, value in ORDINALS.items() if str(value) == number), number)
    return {
        "nth": f"the {ordinal} {name.title()} of {first}",
        "count": f"the {second}s in {first}",
        "next": f"the {name.title()} {'after' if number == '1' else 'before'} {first}",
        "on": f"the day {second} days after a {first.title()}",
        "easter": f"Easter of {first}" + (f" and {second} days" if second.strip("0") else ""),
        "leap": f"the leap year after {first}",
        "quarter": f"the quarter of {first}",
        "is": f"whether {first} is a {second.title()}",
        "left": f"the days left in the year after {first}",
        "years": f"the days of {first}" if first == second else f"the days of the years {first} to {second}",
    }.get(arguments["kind"], "a day")


TOOL = Tool(
    name="weekdays",
    summary="days by their place: the third Thursday of a month, all Fridays, Easter",
    examples=("third Thursday of November 2026", "How many Fridays are there in May 2026?", "Easter 2026"),
    parameters=("kind", "first", "second"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=8,
)
