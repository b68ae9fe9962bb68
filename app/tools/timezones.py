"""The time in one place when it is a time in another; checked by the offsets from UTC, and by converting back."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.dates import day_number, long_form, read_date, today
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.question import bare
from app.language.times import CLOCK, place, read_time, read_zone
from app.tools.tool import Arguments, Tool

LONGEST = 200
_PLACE = r"(?!on\b|in\b)[^0-9,;?!]{2,40}?|(?:utc|gmt) ?[-+] ?[0-9]{1,2}"
_DATE = (
    r"(?:the )?[0-9][^,;?]{4,30}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* [0-9][^;?]{3,20}"
    r"|today|tomorrow|yesterday"
)
_ON = rf"(?:,? (?:on )?(?P<date>{_DATE}))?"
_FORMS = (
    (
        r"(?:what |the )?time (?:is it |is it |will it be |it is |was it )?in"
        rf" (?P<to>{_PLACE}),? (?:when|if|at) (?:it is |it's )?(?P<time>{CLOCK})(?: (?:in )"
        rf"?(?P<from>{_PLACE}))?(?: time)?{_ON}"
    ),
    (
        rf"(?:when |if )?(?:it is |it's )?(?P<time>{CLOCK}) (?:in )?(?P<from>{_PLACE}){_ON}[,.]?"
        rf" (?:(?:in|to|as) (?P<to>{_PLACE})|(?:what time is it|what is the time|what time"
        rf" will it be) in (?P<late>{_PLACE}))"
    ),
    rf"(?P<time>{CLOCK}) (?:in )?(?P<from>{_PLACE}) (?:in|to|as) (?P<to>{_PLACE}){_ON}",
    (
        r"(?:what )?(?:the )?(?:current )?time (?:is it |it is )?(?:right )?(?:now )?in"
        rf" (?P<to>{_PLACE})(?: (?:right )?now)?"
    ),
)
_DATED_FIRST = (
    rf"(?P<date>[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}),? (?:at )?(?P<time>{CLOCK}) (?:from|in) (?P<from>{_PLACE})"
    rf" (?:in|to)"
    rf" (?P<to>{_PLACE})"
)
_DATED = rf"(?P<time>{CLOCK}),? on (?P<date>{_DATE}) in (?P<from>{_PLACE}) (?:in|to|as) (?P<to>{_PLACE})"
_AHEAD = re.compile(
    rf"how many hours (?:ahead of|behind) (?P<from>{_PLACE}) is (?P<to>{_PLACE}){_ON}"
    rf"|how many hours is (?P<late>{_PLACE}) (?:ahead of|behind)"
    rf" (?P<other>{_PLACE}){_ON.replace('?P<date>', '?P<day>')}",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    (
        r"(?:(?:the )?time difference|how many hours(?: are there)?|the hours)"
        rf" (?:between|from) (?P<from>{_PLACE}) (?:and|to) (?P<to>{_PLACE}){_ON}"
    ),
    re.IGNORECASE,
)
_COMPILED = [re.compile(form, re.IGNORECASE) for form in (_DATED_FIRST, _DATED, *_FORMS)]
_UTC_NOW = "now is taken from this computer's clock"


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`What time is it in Tokyo when it is 9:00 in New York on 2026-03-10?`."""
    text = bare(question)
    if len(text) > LONGEST:
        return None
    for form in (*_COMPILED, _DIFFERENCE, _AHEAD):
        match = form.fullmatch(text)
        if match:
            try:
                return _plan({name: value or "" for name, value in match.groupdict().items()})
            except NotUnderstoodError:
                continue
    return None


def _plan(found: dict[str, str]) -> Plan:
    found["from"] = found.get("from", "") or found.pop("other", "")
    found["date"] = found.get("date", "") or found.pop("day", "")
    there = read_zone(found["to"] or found.get("late", ""))
    kind = "convert" if "time" in found else "difference" if found["from"] else "now"
    if kind == "now":
        moment = datetime.now(UTC).replace(tzinfo=None, second=0, microsecond=0)
        arguments = {"kind": "convert", "moment": moment.isoformat(timespec="minutes"), "from": "UTC", "to": there}
        return Plan([PlannedStep("timezones", arguments)], [_UTC_NOW])
    if not found["from"]:
        asked = found["time"]
        raise AmbiguousError(f"{asked} in which place?", asked, replace=lambda reply: _there(asked, reply))
    here = read_zone(found["from"])
    day = read_date(found["date"]) if found["date"] else today()
    time = read_time(found["time"]) if kind == "convert" else datetime.min.time().replace(hour=12)
    arguments = {"kind": kind, "moment": datetime.combine(day, time).isoformat(timespec="minutes")}
    assumed = [] if found["date"] else [f"the day is taken to be today, {day.isoformat()}"]
    return Plan([PlannedStep("timezones", {**arguments, "from": here, "to": there})], assumed)


def _there(asked: str, reply: str) -> str:
    name = re.sub(r"^in ", "", reply.strip(" .!?"), flags=re.IGNORECASE)
    with suppress(AmbiguousError):
        read_zone(name)
    return f"{asked} in {name}"


def _read(arguments: Arguments) -> tuple[datetime, ZoneInfo, ZoneInfo]:
    moment = datetime.fromisoformat(arguments["moment"])
    if moment.tzinfo is not None or arguments["kind"] not in {"convert", "difference"}:
        raise ValueError("kind is convert or difference, and the moment has no offset of its own")
    if not 2 <= moment.year <= 9998:
        raise ImpossibleError("the calendar here goes from the year 2 to 9998")
    try:
        zones = [ZoneInfo(read_zone(arguments[name])) for name in ("from", "to")]
    except (NotUnderstoodError, AmbiguousError) as error:
        raise ValueError(f"no time zone: {error}") from error
    return moment, zones[0], zones[1]


def solve(arguments: Arguments) -> Outcome:
    """The time there; both, for a time that the clocks pass twice."""
    moment, here, there = _read(arguments)
    first, second = (moment.replace(tzinfo=here, fold=fold) for fold in (0, 1))
    name = place(str(here))
    if first.astimezone(UTC).astimezone(here).replace(tzinfo=None) != moment:
        raise ImpossibleError(
            f"there is no {moment:%H:%M} in {name} on {moment.date()}: that night the clocks are put forward past it"
        )
    if arguments["kind"] == "difference":
        hours = first.astimezone(there).utcoffset(), first.utcoffset()
        minutes = round(((hours[0] or timedelta()) - (hours[1] or timedelta())).total_seconds() / 60)
        display = _difference(minutes, place(str(there)), name)
        return Outcome(str(minutes), display, f"{describe(arguments)}: {display}")
    results = [first.astimezone(there)]
    if second.utcoffset() != first.utcoffset():
        results.append(second.astimezone(there))
    value = " ".join(result.isoformat(timespec="minutes") for result in results)
    shown = [f"{_clock(result)} on {long_form(result.date())}" for result in results]
    display = f"{shown[0]} ({_offset(results[0])})"
    if len(results) > 1:
        display = f"{shown[0]}, or {shown[1]}: {moment:%H:%M} comes twice in {name}, as the clocks are put back"
    return Outcome(value, display, f"{describe(arguments)} is {display}")


def _clock(moment: datetime) -> str:
    return f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"


def _offset(moment: datetime) -> str:
    minutes = _minutes(moment.utcoffset())
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02d}" if rest else "")


def _minutes(offset: timedelta | None) -> int:
    return round((offset or timedelta()).total_seconds() / 60)


def _difference(minutes: int, there: str, here: str) -> str:
    hours, rest = divmod(abs(minutes), 60)
    amount = f"{hours} hour{'' if hours == 1 else 's'}" + (f" {rest} minutes" if rest else "")
    if not minutes:
        return f"{there} and {here} have the same time"
    return f"{there} is {amount} {'ahead of' if minutes > 0 else 'behind'} {here}"


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Minutes since the beginning of Julian days, moved by the two offsets; then back to the zone it came from."""
    moment, here, there = _read(arguments)
    method = "the offsets from UTC, and converting back"
    if arguments["kind"] == "difference":
        instant = moment.replace(tzinfo=here).astimezone(UTC)
        apart = _count(instant.astimezone(there).replace(tzinfo=None)) - _count(moment)
        return Check(str(apart) == outcome.value, method)
    for text in outcome.value.split():
        result = datetime.fromisoformat(text)
        instant = (result - (result.utcoffset() or timedelta())).replace(tzinfo=UTC)
        back = here.fromutc(instant.replace(tzinfo=here))
        moved = (
            _count(moment)
            - _minutes(back.utcoffset())
            + _minutes(there.fromutc(instant.replace(tzinfo=there)).utcoffset())
        )
        if back.replace(tzinfo=None, fold=0) != moment or moved != _count(result.replace(tzinfo=None)):
            return Check(agrees=False, method=method)
    return Check(agrees=bool(outcome.value), method=method)


def _count(moment: datetime) -> int:
    return day_number(moment.date()) * 1440 + moment.hour * 60 + moment.minute


def describe(arguments: Arguments) -> str:
    """`09:00 in New York on 2026-03-10, in Tokyo`."""
    moment, here, there = _read(arguments)
    if arguments["kind"] == "difference":
        return f"the time difference from {place(str(here))} to {place(str(there))} on {moment.date()}"
    return f"{_clock(moment)} in {place(str(here))} on {moment.date()}, in {place(str(there))},"


TOOL = Tool(
    name="timezones",
    summary="time zones",
    examples=(
        "What time is it in Tokyo when it is 9:00 in New York on 2026-03-10?",
        "5 pm in London to Sydney on 1 July 2026",
        "time difference between Berlin and Kolkata",
    ),
    parameters=("kind", "moment", "from", "to"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=8,
)
