"""How questions about days by their place are read: the third Thursday of a month, the next Friday, feasts."""

import calendar
import re
from datetime import timedelta

from app.agents.context import Context
from app.agents.plan import Plan, PlannedStep
from app.language.dates import depends_on_today, read_date, read_month, today
from app.language.errors import AmbiguousError, NotUnderstoodError
from app.language.forms import compiled, first_read
from app.language.question import asked
from app.tools.date_questions import TODAY

LONGEST = 200
DAYS = [name.lower() for name in calendar.day_name]
ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5,
            "5th": 5, "last": -1}  # fmt: skip
_DAY = rf"(?P<day>{'|'.join(DAYS)})"
_KIND = rf"(?P<day>{'|'.join(DAYS)}|working day|business day|weekend day|weekday|day)"
_MONTH = r"(?P<month>[a-z]{3,9})(?:(?:,? (?:of )?|\s)(?P<year>[0-9]{4}))?"
_WHEN = (
    r"(?:when (?:is|was|will be)|on (?:what|which) (?:date|day) (?:is|was|does|did)|(?:what|which) (?:date|day) is"
    r"|(?:the )?date of)"
)
# Days from Easter Sunday; and days by their place in a month: (month, place, day).
_EASTERS = {
    "ash wednesday": -46, "palm sunday": -7, "maundy thursday": -3, "good friday": -2, "easter": 0, "easter sunday": 0,
    "easter monday": 1, "ascension day": 39, "pentecost": 49, "whit sunday": 49, "whit monday": 50,
    "corpus christi": 60,
}  # fmt: skip
_FEASTS = {
    "thanksgiving": (11, 4, "thursday"), "thanksgiving day": (11, 4, "thursday"), "labor day": (9, 1, "monday"),
    "memorial day": (5, -1, "monday"), "presidents day": (2, 3, "monday"), "presidents' day": (2, 3, "monday"),
    "martin luther king day": (1, 3, "monday"), "columbus day": (10, 2, "monday"), "mother's day": (5, 2, "sunday"),
    "mothers day": (5, 2, "sunday"), "father's day": (6, 3, "sunday"), "fathers day": (6, 3, "sunday"),
}  # fmt: skip
_COUNTED = r"(?:(?:are (?:there )?)?in|does|has)"
_NEXT = {"next": 1, "first": 1, "following": 1, "previous": -1, "last": -1}
_COMPILED = compiled(
    (
        ("nth", rf"(?:{_WHEN} )?(?:the )?(?P<nth>{'|'.join(ORDINALS)}) {_KIND} (?:of|in) {_MONTH}"),
        ("count", rf"(?:how many|(?:the )?number of) {_KIND}s {_COUNTED} {_MONTH}(?: have)?"),
        ("count", rf"(?:how many|(?:the )?number of) {_KIND}s {_COUNTED} (?P<year>[0-9]{{4}})(?: have)?"),
        ("count", rf"(?P<day>working day|business day|weekday|day)s in {_MONTH}"),
        ("next", rf"(?:{_WHEN} )?(?:the )?(?P<nth>{'|'.join(_NEXT)}) {_DAY} (?:after|before|following) (?P<date>.+)"),
        ("next", rf"(?:{_WHEN} )?(?:the )?next {_DAY}"),
        ("easter", rf"(?:{_WHEN} )?(?:the )?(?P<feast>{'|'.join(_EASTERS)})(?: (?:in|of))?,? (?P<year>[0-9]{{4}})"),
        ("feast", rf"(?:{_WHEN} )?(?:the )?(?P<feast>{'|'.join(_FEASTS)})(?: (?:in|of))?,? (?P<year>[0-9]{{4}})"),
        ("leap", r"(?:when is |what is )?(?:the )?next leap year (?:after|following) (?P<year>[0-9]{4})"),
        ("quarter", r"(?:what|which) quarter (?:is|does|of the year is) (?P<date>.{6,30}?)(?: (?:fall )?in)?"),
        ("is", rf"(?:is|was|will) (?P<date>.{{6,30}}?) (?:be )?(?:on )?an? {_DAY}"),
        ("left", (
            r"how many days (?:are )?(?:left|remain|remaining)(?: in (?P<year>[0-9]{4}))? (?:after|from)"
            r" (?P<date>.{3,30})"
        )),
        ("years", (
            r"how many days (?:are (?:there )?)?(?:in the years )(?P<year>[0-9]{4}) (?:to|through|until|-)"
            r" (?P<last>[0-9]{4})"
        )),
        ("years", r"(?:how many days (?:are (?:there )?)?|(?:the )?number of days )in (?P<year>[0-9]{4})"),
        ("on", (
            rf"(?:if )?today is (?:an? )?{_DAY},? (?:then )?what (?:day(?: of the week)?|weekday) (?:is it|will it be)"
            r" (?:in (?P<count>[0-9]{1,6}) days?(?:' time)?|(?P<later>[0-9]{1,6}) days? (?:from now|later|from today))"
        )),
    )
)  # fmt: skip


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`third Thursday of November 2026`, `How many Fridays are there in May 2026?`."""
    text = asked(question)
    return first_read(text, _COMPILED, _plan) if len(text) <= LONGEST else None


def _plan(kind: str, match: re.Match[str]) -> Plan:  # noqa: C901 (one for each kind)
    found = {name: (value or "").lower() for name, value in match.groupdict().items()}
    first = second = ""
    year, day, assumed = found.get("year", ""), found.get("day", ""), list[str]()
    match kind:
        case "nth":
            first, second = _month(match, found), f"{ORDINALS[found['nth']]} {day}"
        case "count":
            first, second = _month(match, found) if found.get("month") else year, day
            if day == "day" and not found.get("month"):
                kind, first, second = "years", year, year
        case "feast":
            month, place, day = _FEASTS[found["feast"]]
            kind, first, second = "nth", f"{year}-{month:02d}", f"{place} {day}"
            assumed = [f"{match['feast']} is taken as the day of the United States"]
        case "easter":
            first, second = year, str(_EASTERS[found["feast"]])
        case "next":
            date = found.get("date") or "today"
            assumed = [TODAY] if depends_on_today(date) else []
            way = -1 if " before " in match[0].lower() else _NEXT[found.get("nth") or "next"]
            first, second = read_date(date).isoformat(), f"{way} {day}"
        case "is":
            first, second = read_date(found["date"]).isoformat(), day
        case "quarter":
            first = read_date(found["date"]).isoformat()
        case "left":
            text = found["date"]
            first = read_date(text if re.search("[0-9]{4}", text) or not year else f"{text} {year}").isoformat()
        case "on":
            first, second = day, found["count"] or found["later"]
        case _:
            first, second = year, found.get("last", "") or (year if kind == "years" else "")
    return Plan([PlannedStep("weekdays", {"kind": kind, "first": first, "second": second})], assumed)


def _month(match: re.Match[str], found: dict[str, str]) -> str:
    number = read_month(found["month"])
    if found["year"]:
        return f"{found['year']}-{number:02d}"
    written = match["month"]
    years = [str(today().year), str((today() + timedelta(days=366)).year)]

    def add(reply: str) -> str:
        year = re.fullmatch(r"(?:in |of )?([0-9]{4})", reply.strip(" ."))
        if not year:
            raise NotUnderstoodError(reply)
        return f"{written} {year[1]}"

    raise AmbiguousError(
        f"{written.title()} of which year?", written, {year: f"{written} {year}" for year in years}, add
    )
