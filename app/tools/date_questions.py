"""How questions about dates are read: spans between them, what comes before or after, working days, weekdays."""

import calendar
import re
from collections.abc import Sequence
from datetime import date, timedelta

from app.agents.context import Context
from app.agents.plan import Plan, PlannedStep
from app.language.dates import depends_on_today, read_date, read_month, when_is
from app.language.errors import AmbiguousError, NotUnderstoodError
from app.language.expression import Node, Reference
from app.language.question import asked
from app.language.references import marked
from app.language.tokens import DATE, WORDS

_UNIT = r"(?P<unit>(?:working |business |week)?days?|weeks?|months?|years?)"
_DIFFERENCE = re.compile(
    rf"(?:(?:the )?(?:number of )?|how many |how long is it in ){_UNIT}(?: (?:are|is)? ?(?:there)?)?"
    r" ?(?:between|from|since|until|till|to) (?P<first>.{1,80}?)(?: (?:and|to|until|till) (?P<second>.{1,80}?))?"
    r"(?P<inclusive>,? (?:inclusive|inclusively|both (?:days )?included|including both(?: days)?))?",
    re.IGNORECASE,
)
# The end first.
_UNTIL = re.compile(
    rf"(?:how many )?{_UNIT}(?: (?:are|is) ?(?:there)?(?: left)?| left| remain)? ?(?:until|till|to)"
    r" (?P<second>.{3,80}?)(?: from (?P<first>.{3,80}))?(?P<inclusive>)",
    re.IGNORECASE,
)
_HOLIDAYS = re.compile(
    r",?\s*\(?(?:(?:without|except|excluding|not counting|with|but not|minus|other than)"
    r"(?: the)?(?: (?:public|bank))?(?: holidays?)?(?: (?:on|of))?|holidays?:?(?: (?:on|are|being))?)[:,]? "
    r"(?P<days>.{6,400}?)(?: (?:as|being)(?: public)? holidays?| off)?\)?",
    re.IGNORECASE,
)
_BEFORE_HOLIDAYS = re.compile(
    r",?\s*\(?(?:without|except|excluding|not|with|but|minus|other|holidays?)\b", re.IGNORECASE
)
_EVENT = re.compile(
    r"(?:the|my|our|your|his|her|their) [a-z][a-z' ]{1,30}|(?:[a-z]{2,15}'s )[a-z ]{2,20}", re.IGNORECASE
)
_NOT_EVENTS = {"the end", "the beginning"}
LONGEST = 700
_COUNT = rf"(?P<count>[0-9]{{1,6}}|an?|{'|'.join(WORDS)})"
# More spans, each taken in turn: `2 weeks and 3 days`.
_MORE = rf"(?P<more>(?:,? and |, | )(?:[0-9]{{1,6}}) {_UNIT.replace('?P<unit>', '?:')}){{0,1}}"
_DATE_IS = r"(?:(?:what|which) (?:date|day)(?: (?:is|was|will (?:it )?be|comes|falls))?(?: it)? |(?:the )?date )?"
_ADD = re.compile(
    rf"{_DATE_IS}{_COUNT} {_UNIT}{_MORE} (?P<way>after|from|before|later than|earlier than) (?P<first>.{{1,80}})",
    re.IGNORECASE,
)
_TODAY_IS = re.compile(
    rf"(?:if )?today is (?P<first>.{{6,40}}?),? (?:then )?(?:what|which) (?:date|day) (?:is it|will it be|is)"
    rf" (?P<way>in|after) {_COUNT} {_UNIT}{_MORE}(?:' time)?",
    re.IGNORECASE,
)
_DUE = re.compile(
    r"(?:if )?(?:an?|the|my|our|this) [a-z]{3,20} (?:is |was )?(?:dated|issued|issued on|bought on|of|from)"
    rf" (?P<first>.{{6,40}}?),? (?:(?:and )?is due|must be (?:paid|returned)) (?P<way>in|after|within)"
    rf" {_COUNT} {_UNIT}{_MORE}[.,;]?"
    r" (?:(?:what is|what's) the (?:due date|deadline|date)|when is (?:it|the [a-z]{3,20}) due)",
    re.IGNORECASE,
)
_TODAYS = re.compile(
    r"(?:(?:what|which) (?:day|date) (?:is it|is|will it be|was it|is it now) )?(?:the )?"
    r"(?P<first>today|tomorrow|yesterday)(?:'s date)?|(?:the )?(?:date|day)(?: of)? (?P<name>today|tomorrow|yesterday)"
    r"|(?:what|which) (?:day|date) is it(?: now)?",
    re.IGNORECASE,
)
_IN_MONTH = re.compile(r"(?:working|business) days in (?P<month>[a-z]{3,9}) (?P<year>[0-9]{4})", re.IGNORECASE)
_PLUS = re.compile(rf"(?P<first>.{{1,80}}?) (?P<way>plus|minus|\+|-) {_COUNT} {_UNIT}{_MORE}", re.IGNORECASE)
_MINUS = re.compile(r"(?P<second>.{5,40}?) (?:minus|-|\u2212|\u2013) (?P<first>.{5,40})", re.IGNORECASE)
_NO_UNIT = re.compile(rf"(?P<first>{DATE.pattern}) (?:plus|minus|\+|-) (?P<count>[0-9]{{1,5}})", re.IGNORECASE)
_TO = re.compile(rf"(?P<way>add|subtract|take) {_COUNT} {_UNIT}{_MORE} (?:to|from) (?P<first>.{{1,80}})", re.IGNORECASE)
_WEEKDAY = re.compile(
    r"(?:(?:what|which) )?(?:the )?(?:day of the week|weekday|day) (?:is|was|will be|will it be|of|for|on)"
    r" (?P<first>.{1,80})",
    re.IGNORECASE,
)
_WEEKDAY_AFTER = re.compile(
    rf"(?:what|which) (?:day of the week|weekday) (?:is|was|will it be|will be|is it) (?P<span>{_COUNT}"
    rf" {_UNIT}{_MORE} "
    r"(?P<way>after|from|before) (?P<first>.{1,80}))",
    re.IGNORECASE,
)
_PARTS = re.compile(
    r"(?:(?:the )?(?:number of )?|how many )years,? months,? and days (?:are (?:there )?)?(?:between|from)"
    r" (?P<first>.{1,80}?)"
    r" (?:and|to|until) (?P<second>.{1,80})",
    re.IGNORECASE,
)
_EVERY_WORKING_DAY = "Monday to Friday count, whatever the holidays; the first day itself does not"
TODAY = "today is taken as the date in UTC"


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """A question about dates in one of the forms above."""
    text, holidays = _without_holidays(asked(question))
    if len(text) > LONGEST:
        return None
    forms = (
        *((_UNTIL, _difference), (_DIFFERENCE, _difference), (_TODAYS, _today), (_TODAY_IS, _addition)),
        *(
            (_DUE, _addition),
            (_IN_MONTH, _working_month),
            (_WEEKDAY_AFTER, _weekday_after),
            (_ADD, _addition),
            (_PLUS, _addition),
        ),
        *((_TO, _addition), (_WEEKDAY, _weekday), (_PARTS, _parts), (_MINUS, _apart), (_NO_UNIT, _which_unit)),
    )
    for form, plan in forms:
        match = form.fullmatch(text)
        if match:
            try:
                return plan(match, holidays)
            except NotUnderstoodError:
                continue
    return None


def _unit(text: str) -> str:
    unit = text.lower().removesuffix("s")
    return "working day" if unit in {"working day", "business day", "weekday"} else unit


def _without_holidays(text: str) -> tuple[str, list[str]]:
    """The question without the holidays named at its end, and those."""
    for start in _BEFORE_HOLIDAYS.finditer(text):
        match = _HOLIDAYS.fullmatch(text, start.start())
        # Of two dates, `minus` takes one from the other.
        if match and "day" in text[: start.start()].lower():
            try:
                days = [read_date(part) for part in re.split(r",? and |[,;] ?", match["days"]) if part.strip()]
            except NotUnderstoodError:
                continue
            return text[: start.start()], sorted({day.isoformat() for day in days})
    return text, []


def _dated(text: str) -> str | Node:
    """A date as steps have it, or the earlier result that is one."""
    step = marked(text)
    return read_date(text).isoformat() if step is None else Reference(-step)


def _happens(text: str) -> str | Node:
    """A date, or the person is asked for it when only they can know."""
    try:
        return _dated(text)
    except NotUnderstoodError:
        if _EVENT.fullmatch(text.strip()) and text.strip().lower() not in _NOT_EVENTS:
            raise when_is(text.strip()) from None
        raise


def _assume(*texts: str | None, unit: str = "", holidays: Sequence[str] = ()) -> list[str]:
    assumed = [TODAY] if any(text and depends_on_today(text) for text in texts) else []
    if unit != "working day":
        return assumed
    if holidays:
        return [*assumed, f"Monday to Friday count, but for {', '.join(holidays)}; the first day itself does not"]
    return [*assumed, _EVERY_WORKING_DAY]


def _difference(match: re.Match[str], holidays: list[str]) -> Plan:
    first, second = match["first"] or "today", match["second"] or "today"
    unit = _unit(match["unit"])
    if (
        match.re is _DIFFERENCE
        and match["second"] is None
        and re.search(r" (?:until|till|to) ", f" {match[0].lower()} ")
    ):
        first, second = second, first
    plan = Plan(assumptions=_assume(first, second, unit=unit, holidays=holidays))
    if unit in {"month", "year"}:
        span: dict[str, str | Node] = {"kind": f"{unit}s", "first": _happens(first), "second": _happens(second)}
        return Plan([PlannedStep("calendars", span)], plan.assumptions)
    kind = "working days" if unit == "working day" else "days"
    start = _happens(first)
    if match["inclusive"] and isinstance(start, str):
        # Both days count: from the evening before.
        start = (date.fromisoformat(start) - timedelta(days=1)).isoformat()
        both = "both the first day and the last count"
        plan.assumptions = [text.replace("the first day itself does not", both) for text in plan.assumptions] or [both]
    arguments = {"kind": kind, "first": start, "second": _happens(second), "holidays": " ".join(holidays)}
    plan.steps.append(PlannedStep("dates", arguments))
    if unit == "week":
        plan.steps.append(PlannedStep("conversion", {"quantity": Reference(1), "unit": unit}))
    return plan


def _today(match: re.Match[str], holidays: list[str]) -> Plan:  # noqa: ARG001
    day = read_date(match["first"] or match["name"] or "today").isoformat()
    return Plan([PlannedStep("dates", {"kind": "add", "first": day, "second": "0 day", "holidays": ""})], [TODAY])


def _working_month(match: re.Match[str], holidays: list[str]) -> Plan:
    """The working days of a month, but for the holidays named; without any, they are read elsewhere."""
    if not holidays:
        raise NotUnderstoodError(match[0])
    year, month = int(match["year"]), read_month(match["month"].lower())
    last = date(year, month, calendar.monthrange(year, month)[1])
    before = date(year, month, 1) - timedelta(days=1)
    arguments = {"kind": "working days", "first": before.isoformat(), "second": last.isoformat()}
    step = PlannedStep("dates", {**arguments, "holidays": " ".join(holidays)})
    return Plan([step], [f"Monday to Friday count, but for {', '.join(holidays)}"])


def _apart(match: re.Match[str], holidays: list[str]) -> Plan:
    """The days from one date to another that it is taken from."""
    first, second = read_date(match["first"]).isoformat(), read_date(match["second"]).isoformat()
    arguments = {"kind": "days", "first": first, "second": second, "holidays": " ".join(holidays)}
    return Plan([PlannedStep("dates", arguments)], _assume(match["first"], match["second"]))


def _which_unit(match: re.Match[str], holidays: list[str]) -> Plan:  # noqa: ARG001
    written, count = match[0], match["count"]
    choices = {unit: f"{written} {unit}" for unit in ("days", "weeks", "months", "years")}
    raise AmbiguousError(f"{count} days, weeks, months or years?", written, choices)


def _addition(match: re.Match[str], holidays: list[str]) -> Plan:
    unit = _unit(match["unit"])
    word = match["count"].lower()
    count = int(word) if word.isdigit() else int(WORDS.get(word, 1))
    sign = "-" if match["way"].lower() in {"before", "earlier than", "minus", "-", "subtract", "take"} else ""
    first, span = _dated(match["first"]), f"{sign}{count} {unit}"
    arguments = {"kind": "add", "first": first, "second": span, "holidays": " ".join(holidays)}
    plan = Plan([PlannedStep("dates", arguments)], _assume(match["first"], unit=unit, holidays=holidays))
    if match["more"]:
        more, name = match["more"].replace("and", "").strip(" ,").split(" ", 1)
        second = f"{sign}{more} {_unit(name)}"
        plan.steps.append(PlannedStep("dates", {**arguments, "first": Reference(1), "second": second}))
    return plan


def _weekday_after(match: re.Match[str], holidays: list[str]) -> Plan:
    plan = _addition(match, holidays)
    arguments: dict[str, str | Node] = {
        "kind": "weekday",
        "first": Reference(len(plan.steps)),
        "second": "",
        "holidays": "",
    }
    plan.steps.append(PlannedStep("dates", arguments))
    return plan


def _parts(match: re.Match[str], holidays: list[str]) -> Plan:  # noqa: ARG001
    """Years, months and days, which are an age."""
    first, second = _dated(match["first"]), _dated(match["second"])
    step = PlannedStep("calendars", {"kind": "age", "first": first, "second": second})
    return Plan([step], _assume(match["first"], match["second"]))


def _weekday(match: re.Match[str], holidays: list[str]) -> Plan:  # noqa: ARG001
    arguments = {"kind": "weekday", "first": _dated(match["first"]), "second": "", "holidays": ""}
    return Plan([PlannedStep("dates", arguments)], _assume(match["first"]))
