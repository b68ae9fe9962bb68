"""Calendar dates as people write them."""

import re
from datetime import UTC, date, datetime, timedelta

from app.language.errors import ImpossibleError, NotUnderstoodError

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WORDS = {"yesterday": -1, "today": 0, "tomorrow": 1}
_ORDINAL = r"(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?"
_FORMS = (
    r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
    rf"{_ORDINAL} (?:of )?(?P<month>[a-z]+)\.?,? (?P<year>[0-9]{{4}})",
    rf"(?P<month>[a-z]+)\.? {_ORDINAL},? (?P<year>[0-9]{{4}})",
)
_NUMBERS_ONLY = re.compile(r"[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})")


def read_date(text: str) -> date:
    """The date in `text`; NotUnderstoodError if it is none, ImpossibleError if there is no such day."""
    text = text.strip().lower().removeprefix("the ")
    if text in _WORDS:
        return datetime.now(UTC).date() + timedelta(days=_WORDS[text])
    if _NUMBERS_ONLY.fullmatch(text):
        raise ImpossibleError(f"{text} can be read in more than one way; write 2026-03-31 or 31 March 2026")
    for form in _FORMS:
        match = re.fullmatch(form, text)
        if match:
            try:
                return date(int(match["year"]), _month(match["month"]), int(match["day"]))
            except ValueError:
                raise ImpossibleError(f"there is no day {text} in the calendar") from None
    raise NotUnderstoodError(text)


def depends_on_today(text: str) -> bool:
    """Whether `text` names a day relative to today."""
    return text.strip().lower() in _WORDS


def _month(text: str) -> int:
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
