"""Durations and clock times: between times, after a time, in hours and minutes; checked by going back in seconds."""

import re
from datetime import time
from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep, operand
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.expression import Binary, Node, Reference, Value
from app.language.parser import parse
from app.language.quantity import Quantity, dimension
from app.language.question import asked
from app.language.times import CLOCK, read_time
from app.tools.tool import Arguments, Tool

LONGEST = 200
DAY = 86400
_UNITS = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}
_SECOND = (("s", 1),)
_BETWEEN = re.compile(
    r"(?:how long (?:is it |is there |does it take )?|(?:the )?(?:time|duration|length|hours) "
    r"|how many (?P<unit>hours|minutes|seconds)(?: are| is)?(?: there)? )?"
    rf"(?:from|between) (?P<first>{CLOCK}) (?:to|until|till|and|-) (?P<second>{CLOCK})"
    r"(?:,? (?:on )?the next (?:day|morning))?",
    re.IGNORECASE,
)
_BETWEEN_IN = re.compile(
    rf"(?P<first>{CLOCK}) (?:to|until|till) (?P<second>{CLOCK}) in (?P<unit>hours|minutes|seconds)", re.IGNORECASE
)
_ADDED = re.compile(rf"(?P<way>add|subtract|take) (?P<span>.+?) (?:to|from) (?P<first>{CLOCK})", re.IGNORECASE)
_LASTS = re.compile(
    rf"(?:an?|the|my|our|if (?:an?|the)) [a-z ]{{2,30}} (?:starts|begins|leaves|departs|started|began) at"
    rf" (?P<first>{CLOCK}),? and (?:lasts|takes|runs for|goes on for|is) (?P<span>[^.,;]{{3,40}}?)(?: long)?[.,;]?"
    r" (?:when|(?:at )?what time) (?:does|will|did) (?:it|(?:the|an?) [a-z ]{2,30}) (?:end|finish|arrive|stop|be over)",
    re.IGNORECASE,
)
_IN_UNIT = re.compile(
    r"(?P<clock>[0-9]{1,4}:[0-5][0-9](?::[0-5][0-9])?) (?:in|to|into|as) (?P<unit>hours|minutes|seconds)", re.IGNORECASE
)
_AFTER = re.compile(rf"(?P<span>.+?) (?P<way>after|before|from|past|later than) (?P<first>{CLOCK})", re.IGNORECASE)
_PLUS = re.compile(rf"(?P<first>{CLOCK}) (?P<way>plus|minus|\+|-) (?P<span>.+)", re.IGNORECASE)
_SPLIT = re.compile(
    r"(?P<span>.+?) (?:in|to|into|as) (?P<units>(?:days?|hours?|minutes?|seconds?|h|min|s)(?:(?:, | and |, and"
    r" )(?:days?|hours?|minutes?|seconds?|h|min|s)){1,3}|(?P<clock>h+:mm(?::ss)?|hours:minutes(?::seconds)?))",
    re.IGNORECASE,
)
_SUM = re.compile(
    (
        r"(?:the )?(?:sum of |add )?(?P<terms>[0-9]{1,4}:[0-5][0-9](?::[0-5][0-9])?(?:(?: ?[-+]"
        r" ?| plus | minus | and |, )[0-9]{1,4}:[0-5][0-9](?::[0-5][0-9])?){1,30})"
    ),
    re.IGNORECASE,
)


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """A question in one of the forms above."""
    text = re.sub(r"^what time (?:is it|is|will it be|was it) ", "", asked(question), flags=re.IGNORECASE)
    if len(text) > LONGEST:
        return None
    forms = (
        *((_SUM, _sum), (_BETWEEN, _between), (_BETWEEN_IN, _between), (_LASTS, _moved), (_ADDED, _moved)),
        *((_AFTER, _moved), (_PLUS, _moved), (_IN_UNIT, _in_unit), (_SPLIT, _split)),
    )
    for form, plan in forms:
        if match := form.fullmatch(text):
            try:
                return plan(match)
            except NotUnderstoodError:
                continue
    return None


def _between(match: re.Match[str]) -> Plan:
    first, second = read_time(match["first"]), read_time(match["second"])
    assumed = ["the second time is on the next day"] if second < first else []
    arguments = {"kind": "between", "first": first.isoformat(), "second": second.isoformat()}
    plan = Plan([PlannedStep("durations", arguments)], assumed)
    unit = (match["unit"] or "hours").lower()
    if unit != "hours" or match.re is _BETWEEN_IN:
        plan.steps.append(PlannedStep("conversion", {"quantity": Reference(1), "unit": unit}))
    return plan


def _in_unit(match: re.Match[str]) -> Plan:
    """A clock's hours and minutes as a duration."""
    unit = match["unit"].lower()
    step = PlannedStep("conversion", {"quantity": str(_clock(match["clock"])), "unit": unit})
    return Plan([step], [f"{match['clock']} is taken as a duration"])


def _moved(match: re.Match[str]) -> Plan:
    plan = Plan()
    span = _duration(match["span"], plan)
    way = match.groupdict().get("way") or "after"
    kind = "before" if way.lower() in {"before", "minus", "-", "subtract", "take"} else "after"
    arguments: dict[str, str | Node] = {"kind": kind, "first": read_time(match["first"]).isoformat(), "second": span}
    plan.steps.append(PlannedStep("durations", arguments))
    return plan


def _duration(text: str, plan: Plan) -> Node:
    """A duration: 1:30 or 90 minutes; raises NotUnderstoodError for what is none."""
    if re.fullmatch(r"[0-9]{1,4}:[0-5][0-9](?::[0-5][0-9])?", text):
        return Value(_clock(text))
    node = parse(re.sub(r"(?<=[0-9]) ?h(?= ?[0-9])", " hours ", re.sub(r"([a-z]),? and (?=[0-9])", r"\1 ", text)))
    if isinstance(node, Value) and dimension(node.value.units) != (("time", 1),):
        raise NotUnderstoodError(text)
    return operand(node, plan)


def _clock(text: str) -> Quantity:
    hours, minutes, seconds = (*(int(part) for part in text.split(":")), 0)[:3]
    return Quantity(Fraction(hours * 3600 + minutes * 60 + seconds), _SECOND)


def _split(match: re.Match[str]) -> Plan:
    plan = Plan()
    units = "clock" if match["clock"] else " ".join(_unit(word) for word in re.split(r",? and |, ", match["units"]))
    span = _duration(match["span"], plan)
    plan.steps.append(PlannedStep("durations", {"kind": "split", "first": span, "second": units}))
    return plan


def _unit(word: str) -> str:
    return {"h": "hour", "min": "minute", "s": "second"}.get(word.lower(), word.lower().removesuffix("s"))


def _sum(match: re.Match[str]) -> Plan:
    plan = Plan(assumptions=["h:mm and h:mm:ss are taken as durations"])
    parts = re.split(r"( ?[-+] ?| plus | minus | and |, )", match["terms"])
    node: Node = Value(_clock(parts[0]))
    for sign, term in zip(parts[1::2], parts[2::2], strict=True):
        node = Binary("-" if sign.strip() in {"-", "minus"} else "+", node, Value(_clock(term)))
    span = operand(node, plan)
    plan.steps.append(PlannedStep("durations", {"kind": "split", "first": span, "second": "clock"}))
    return plan


def _seconds(text: str) -> Fraction:
    quantity = Quantity.parse(text)
    if dimension(quantity.units) != (("time", 1),):
        raise ImpossibleError("that is no duration")
    return quantity.convert(_SECOND).number


def _of_day(text: str) -> int:
    at = time.fromisoformat(text)
    return at.hour * 3600 + at.minute * 60 + at.second


def solve(arguments: Arguments) -> Outcome:
    """The time between, the time after, or the duration in parts."""
    match arguments["kind"]:
        case "between":
            seconds = Fraction((_of_day(arguments["second"]) - _of_day(arguments["first"])) % DAY)
            display = _in_words(_parts(seconds, ["hour", "minute", "second"]))
            return Outcome(f"{seconds} s", display, f"{describe(arguments)}: {display}")
        case "after" | "before" as way:
            moved = _of_day(arguments["first"]) + (1 if way == "after" else -1) * _seconds(arguments["second"])
            if moved.denominator != 1 or abs(moved) > 10**9:
                raise ImpossibleError("a time of day is whole seconds, and not decades away")
            days, rest = divmod(int(moved), DAY)
            at = _written(rest)
            when = (
                ""
                if not days
                else f", {abs(days):,} day{'' if abs(days) == 1 else 's'} {'later' if days > 0 else 'earlier'}"
            )
            return Outcome(f"{days} {at}", f"{at}{when}", f"{describe(arguments)} is {at}{when}")
        case "split":
            seconds = _seconds(arguments["first"])
            if arguments["second"] == "clock":
                if seconds.denominator != 1:
                    raise ImpossibleError("h:mm:ss needs whole seconds")
                display = ("-" if seconds < 0 else "") + _written(abs(int(seconds)))
                return Outcome(display, display, f"{describe(arguments)} is {display}")
            parts = _parts(seconds, arguments["second"].split())
            value = "; ".join(f"{number} {unit}" for number, unit in parts)
            display = _in_words(parts)
            return Outcome(value, display, f"{describe(arguments)} is {display}")
        case _:
            raise ValueError("kind is between, after, before or split")


def _written(seconds: int) -> str:
    minutes, second = divmod(seconds, 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}" + (f":{second:02d}" if second else "")


def _parts(seconds: Fraction, units: list[str]) -> list[tuple[Fraction, str]]:
    if not units or not set(units) <= set(_UNITS):
        raise ValueError(f"units are {', '.join(_UNITS)}")
    parts: list[tuple[Fraction, str]] = []
    sign, left = (-1 if seconds < 0 else 1), abs(seconds)
    units = sorted(set(units), key=lambda unit: -_UNITS[unit])
    for unit in units[:-1]:
        whole, left = divmod(left, _UNITS[unit])
        parts.append((Fraction(sign * whole), unit))
    return [*parts, (sign * left / _UNITS[units[-1]], units[-1])]


def _in_words(parts: list[tuple[Fraction, str]]) -> str:
    if any(number < 0 for number, _ in parts):
        return f"minus {_in_words([(-number, unit) for number, unit in parts])}"
    shown = [Quantity(number, ((_SYMBOLS[unit], 1),)).display()[0] for number, unit in parts if number]
    shown = [re.sub(r" s$", " second" if text == "1 s" else " seconds", text) for text in shown]
    if len(shown) < 2:
        return shown[0] if shown else f"0 {parts[-1][1]}s"
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


_SYMBOLS = {"day": "day", "hour": "h", "minute": "min", "second": "s"}


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Adding the parts up again, or going on from the first time to the second."""
    match arguments["kind"]:
        case "between":
            end = _of_day(arguments["first"]) + _seconds(outcome.value)
            same = end % DAY == _of_day(arguments["second"]) and 0 <= end - _of_day(arguments["first"]) < DAY
            return Check(same, "going on from the first time")
        case "after" | "before" as way:
            days, _, at = outcome.value.partition(" ")
            found = int(days) * DAY + _of_day(at)
            back = found - (1 if way == "after" else -1) * _seconds(arguments["second"])
            return Check(back == _of_day(arguments["first"]), "going back from the result")
        case _:
            if arguments["second"] == "clock":
                total = _clock(outcome.value.removeprefix("-")).number * (-1 if outcome.value.startswith("-") else 1)
            else:
                total = Fraction(0)
                for part in outcome.value.split("; "):
                    number, _, unit = part.partition(" ")
                    total += Quantity.parse(number).number * _UNITS[unit]
            return Check(total == _seconds(arguments["first"]), "adding the parts up")


def describe(arguments: Arguments) -> str:
    """`the time from 09:15 to 17:40`."""
    kind, first, second = arguments["kind"], arguments["first"], arguments["second"]
    if kind == "between":
        return f"the time from {_written(_of_day(first))} to {_written(_of_day(second))}"
    if kind == "split":
        shown = Quantity.parse(first).display()[0]
        return f"{shown} as {'h:mm:ss' if second == 'clock' else ' and '.join(f'{unit}s' for unit in second.split())}"
    return f"{Quantity.parse(second).display()[0]} {kind} {_written(_of_day(first))}"


TOOL = Tool(
    name="durations",
    summary="durations and times of day",
    examples=(
        "How long is it from 9:15 to 17:40?",
        "5000 seconds in hours, minutes and seconds",
        "1:45 + 2:30",
        "90 minutes after 10:45",
    ),
    parameters=("kind", "first", "second"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=9,
)
