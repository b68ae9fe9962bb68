"""Percentages: of, off, on top, share, change and the whole; checked as a proportion, by cross-multiplication."""

import re
from fractions import Fraction
from typing import get_args

from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, plan_expression
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.expression import Percentage, PercentageKind
from app.language.numbers import show
from app.language.parser import parse
from app.language.quantity import Quantity
from app.language.question import bare
from app.tools.tool import Arguments, Tool

_KINDS = get_args(PercentageKind)
_PERCENT = r"(?P<first>[^%]+?)\s*(?:%|percent|per cent)"
# What percentages are called in questions; "first" and "second" are as in Percentage.
_PHRASES: tuple[tuple[str, PercentageKind], ...] = (
    (rf"{_PERCENT} (?:off|discount on|less than) (?P<second>.+)", "decrease"),
    (rf"{_PERCENT} (?:more than|on top of) (?P<second>.+)", "increase"),
    (rf"(?:increase|raise|grow) (?P<second>.+) by {_PERCENT}", "increase"),
    (rf"(?:decrease|reduce|lower|cut) (?P<second>.+) by {_PERCENT}", "decrease"),
    (rf"add {_PERCENT} to (?P<second>.+)", "increase"),
    (rf"(?:take|subtract|deduct) {_PERCENT} (?:off|from) (?P<second>.+)", "decrease"),
    (rf"(?P<second>.+) (?:increased|raised) by {_PERCENT}", "increase"),
    (rf"(?P<second>.+) (?:decreased|reduced) by {_PERCENT}", "decrease"),
    (r"what (?:percent|percentage|%) of (?P<second>.+) is (?P<first>.+)", "share"),
    (r"(?P<first>.+) is what (?:percent|percentage|%) of (?P<second>.+)", "share"),
    (r"(?P<first>.+) as an? (?:percent|percentage|%|share) of (?P<second>.+)", "share"),
    (r"(?:the )?(?:percent|percentage|%) (?:change|increase|decrease) from (?P<first>.+?) to (?P<second>.+)", "change"),
    (r"(?:the )?(?:percent|percentage|%) difference between (?P<first>.+?) and (?P<second>.+)", "change"),
    (rf"(?P<second>.+) is {_PERCENT} of what(?: number)?", "whole"),
    (rf"{_PERCENT} of what(?: number)? is (?P<second>.+)", "whole"),
)


def read(question: str) -> Plan | None:
    """A question in one of the phrases above, whose parts are expressions."""
    text = bare(question)
    for phrase, kind in _PHRASES:
        match = re.fullmatch(phrase, text, re.IGNORECASE)
        if match:
            try:
                return plan_expression(Percentage(kind, parse(match["first"]), parse(match["second"])))
            except NotUnderstoodError:
                continue
    return None


def solve(arguments: Arguments) -> Outcome:
    """The percentage's result by exact fractions."""
    kind, first, second = _read(arguments)
    result = _solve(kind, first, second)
    display, rounded = result.display()
    if kind in {"share", "change"}:
        display += "%"
    return Outcome(str(result), display, f"{_describe(kind, first, second)} is {display}", rounded)


def _solve(kind: str, first: Quantity, second: Quantity) -> Quantity:
    if kind in {"share", "change"}:
        if first.units != second.units:
            second = second.convert(first.units)
        whole = second if kind == "share" else first
        part = first if kind == "share" else second.add(first, -1)
        return Quantity(part.number * 100, part.units, part.exact).multiply(whole, -1)
    if first.units:
        raise ImpossibleError("a percentage must be a plain number")
    one, hundredths = Quantity(Fraction(1)), Quantity(first.number / 100, (), first.exact)
    match kind:
        case "of":
            return second.multiply(hundredths)
        case "increase":
            return second.multiply(one.add(hundredths))
        case "decrease":
            return second.multiply(one.add(hundredths, -1))
        case _:
            return second.multiply(hundredths, -1)


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """The proportion result : quantity = percent : 100, by products of its ends and its means."""
    kind, first, second = _read(arguments)
    result = Quantity.parse(outcome.value)
    if kind in {"share", "change"}:
        second = second.convert(first.units)
        ends = {"share": (result.number * second.number, 100 * first.number)}.get(
            kind, (first.number * (100 + result.number), 100 * second.number)
        )
        return Check(ends[0] == ends[1] and not result.units, "cross-multiplication")
    percent = first.number
    left, right = {
        "of": (100 * result.number, percent * second.number),
        "increase": (100 * result.number, (100 + percent) * second.number),
        "decrease": (100 * result.number, (100 - percent) * second.number),
        "whole": (percent * result.number, 100 * second.number),
    }[kind]
    return Check(left == right and result.units == second.units, "cross-multiplication")


def describe(arguments: Arguments) -> str:
    """`15% of 240 km`."""
    return _describe(*_read(arguments))


def _describe(kind: str, first: Quantity, second: Quantity) -> str:
    one, two = first.display()[0], second.display()[0]
    percent = show(first.number)[0]
    return {
        "of": f"{percent}% of {two}",
        "increase": f"{two} increased by {percent}%",
        "decrease": f"{two} decreased by {percent}%",
        "share": f"{one} as a percentage of {two}",
        "change": f"the change from {one} to {two}",
        "whole": f"the whole of which {two} is {percent}%",
    }[kind]


def _read(arguments: Arguments) -> tuple[str, Quantity, Quantity]:
    kind = arguments["kind"]
    if kind not in _KINDS:
        raise ValueError(f"kind is one of {', '.join(_KINDS)}")
    return kind, Quantity.parse(arguments["first"]), Quantity.parse(arguments["second"])


TOOL = Tool(
    name="percentage",
    summary="percentages",
    examples=(
        "What is 15% of 240 km in miles?",
        "20% off $80",
        "What percent of 80 is 20?",
        "12 is 25% of what?",
        "percentage change from 80 to 100",
    ),
    parameters=("kind", "first", "second"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
)
