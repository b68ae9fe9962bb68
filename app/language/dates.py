"""Calendar dates as people write them."""

import re
from datetime import UTC, date, datetime, timedelta

from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError

LONGEST = 60

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WORDS = {"yesterday": -1, "today": 0, "now": 0, "tomorrow": 1}
_FEASTS = {
    "new year": (1, 1), "new year's day": (1, 1), "new years day": (1, 1), "valentine's day": (2, 14),
    "halloween": (10, 31), "christmas eve": (12, 24), "christmas": (12, 25), "christmas day": (12, 25),
    "boxing day": (12, 26), "new year's eve": (12, 31), "new years eve": (12, 31), "easter": (0, 0),
    "easter sunday": (0, 0), "good friday": (0, -2), "easter monday": (0, 1),
}  # fmt: skip
# `Friday 3 January 2025`
_WEEKDAY = re.compile(r"^(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day)(?:,? the |,? )(?=[0-9a-z])")
_ORDINAL = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_FORMS = (
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
    rf"{_ORDINAL} (?:of )?(?P<month>[a-z]+)\.?,? (?P<year>[0-9]{{4}})",
    rf"(?P<month>[a-z]+)\.? {_ORDINAL},? (?P<year>[0-9]{{4}})",
)
_NUMBERS_ONLY = re.compile(r"(?P<one>[0-9]{1,2})(?P<sign>[./-])(?P<other>[0-9]{1,2})(?P=sign)(?P<year>[0-9]{4})")
_TWO_DIGITS = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-][0-9]{2}")
_NO_YEAR = (rf"{_ORDINAL} (?:of )?(?P<month>[a-z]+)\.?", rf"(?P<month>[a-z]+)\.? {_ORDINAL}")


def read_date(text: str) -> date:  # noqa: C901 (one branch for each way to write a date)
    """The date in `text`.

    Raises NotUnderstoodError if it is none, ImpossibleError if there is no such day, and AmbiguousError if it may be
    several: 10/11/2024, or one without a year.
    """
    text = " ".join(text.split()).lower()
    if weekday := _WEEKDAY.match(text):
        return _on(weekday[0].split(",")[0].split(" ")[0], read_date(text[weekday.end() :]))
    text = text.removeprefix("the ").replace("\u2019", "'")
    if len(text) > LONGEST:
        raise NotUnderstoodError(text)
    if text in _WORDS:
        return today() + timedelta(days=_WORDS[text])
    if match := _NUMBERS_ONLY.fullmatch(text):
        return _of_numbers(text, *(int(match[name]) for name in ("one", "other", "year")), dots=match["sign"] == ".")
    if _TWO_DIGITS.fullmatch(text):
        raise AmbiguousError(f"Which day is {text}? Please write it like 2026-03-31.", text, replace=_as_date)
    if feast := _feast(text):
        return feast
    for form in _FORMS:
        match = re.fullmatch(form, text)
        if match:
            try:
                return date(int(match["year"]), read_month(match["month"]), int(match["day"]))
            except ValueError:
                raise ImpossibleError(f"there is no day {text} in the calendar") from None
    for form in _NO_YEAR:
        match = re.fullmatch(form, text)
        if match and read_month(match["month"]):
            raise _which_year(text)
    raise NotUnderstoodError(text)


def _on(weekday: str, day: date) -> date:
    """`day`, which is said to be this day of the week; ImpossibleError if it is another."""
    if f"{day:%A}".lower() != weekday:
        raise ImpossibleError(f"{day.day} {day:%B} {day.year} is a {day:%A}, not a {weekday.title()}")
    return day


def today() -> date:
    """Today, in UTC."""
    return datetime.now(UTC).date()


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Jean Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def _of_numbers(text: str, one: int, other: int, year: int, *, dots: bool) -> date:
    # With dots the day comes first wherever they are written; with other signs it depends on the country.
    if dots or one > 12 or other > 12 or one == other:
        day, month = (other, one) if other > 12 and not dots else (one, other)
        return _exact(text, year, month, day)
    days = [_exact(text, year, other, one), _exact(text, year, one, other)]
    choices = {f"{day.day} {day:%B} {day.year}": day.isoformat() for day in days}
    raise AmbiguousError(f"Is {text} the {' or the '.join(choices)}?", text, choices, _as_date)


def _exact(text: str, year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise ImpossibleError(f"there is no day {text} in the calendar") from None


def _feast(text: str) -> date | None:
    name, _, year = text.rpartition(" ")
    if text in _FEASTS:
        raise _which_year(text)
    if name not in _FEASTS or not re.fullmatch("[0-9]{4}", year) or year == "0000":
        return None
    month, day = _FEASTS[name]
    return date(int(year), month, day) if month else easter(int(year)) + timedelta(days=day)


def _which_year(text: str) -> AmbiguousError:
    years = [str(today().year), str(today().year + 1)]

    def add(reply: str) -> str:
        match = re.fullmatch(r"(?:in |of )?([0-9]{4})", reply.strip(" ."))
        return f"{text} {match[1]}" if match else _as_date(reply)

    return AmbiguousError(f"{text.title()} of which year?", text, {year: f"{text} {year}" for year in years}, add)


def _as_date(reply: str) -> str:
    """A reply that is a date, or raises as read_date."""
    text = re.sub(r"^(?:on|it is|it's|at) (?:on )?", "", reply.strip(" .!"), flags=re.IGNORECASE)
    return read_date(text).isoformat()


def when_is(event: str) -> AmbiguousError:
    """The question when something is that only the person knows: `the meeting`."""
    return AmbiguousError(f"When is {event}? Please give the date.", event, replace=_as_date)


def depends_on_today(text: str) -> bool:
    """Whether `text` names a day relative to today."""
    return text.strip().lower() in _WORDS


def read_month(text: str) -> int:
    """The number of a month by its name, or its first three letters or more, or its number."""
    if text.isdigit():
        return int(text)
    for number, name in enumerate(_MONTHS, start=1):
        if text == name or (len(text) >= 3 and name.startswith(text)) or text == "sept" == name[:4]:
            return number
    raise NotUnderstoodError(text)


def day_number(day: date) -> int:
    """The Julian day number, by the formula of Fliegel and Van Flandern (Communications of the ACM 11, 1968)."""
    # The formula divides towards zero, as Fortran does; the quotient below is -1 in January and February, else 0.
    early = -1 if day.month <= 2 else 0
    return (
        day.day
        - 32075
        + 1461 * (day.year + 4800 + early) // 4
        + 367 * (day.month - 2 - 12 * early) // 12
        - 3 * ((day.year + 4900 + early) // 100) // 4
    )


def long_form(day: date) -> str:
    """`Tuesday 31 March 2026`."""
    return f"{day:%A} {day.day} {day:%B} {day.year:04d}"
