"""Percentages: of, off, on top, share, change and the whole; checked as a proportion, by cross-multiplication."""

import re
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import get_args

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, plan_expression
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.expression import Binary, Node, Percentage, PercentageKind, Reference
from app.language.numbers import fixed, show
from app.language.parser import parse
from app.language.percent_everyday import as_everyday
from app.language.percent_stories import as_percentage, in_points
from app.language.quantity import Quantity, unit_name
from app.language.question import asked
from app.language.references import MARK, mark
from app.tools.tool import Arguments, Tool

_KINDS = get_args(PercentageKind)
LONGEST = 500
_PERCENT = r"(?P<first>[^%]+?)\s*(?:%|percent|per cent)"
# What a percentage of a sum may be called; the rest of the sum may then be called for, and a loan is that rest.
_PART = (
    r"(?P<name>(?:down payment|deposit|tip|service charge|commission|fee|tax|income tax|sales tax|vat|gst|interest|"
    r"share|royalty|levy|surcharge|bonus|raise|discount|reduction|rebate|margin|markup|part|saving|savings))"
)
# Sums have names that say nothing about how much they are.
_NOUN = (
    r"(?:(?:net |gross |monthly |yearly |annual |total )*(?:income|salary|wages?|pay|budget|rent|price|cost|bill|house|"
    r"home|flat|apartment|car|purchase|sum|revenue|turnover|sales|total|invoice|amount|property|earnings|capital))"
)
_SUM = (
    rf"(?:(?:an?|the|my|our|your|their|his|her) )?(?:{_NOUN} (?:of|worth|at|costing)"
    rf" )?(?P<second>.+?)(?:[ -]{_NOUN})?"
)
# What percentages are called in questions; "first" and "second" are as in Percentage.
_PHRASES: tuple[tuple[str, PercentageKind], ...] = (
    (rf"(?:(?:an?|the|my) )?{_PERCENT} {_PART} (?:on|of|for|to|from) {_SUM}", "of"),
    (rf"(?:(?:an?|the|my) )?{_PART} of {_PERCENT} (?:on|of|for|to|from) {_SUM}", "of"),
    (rf"(?P<second>{MARK}) (?:add|plus|with) (?:an? )?{_PERCENT}(?: {_PART})?", "increase"),
    (
        (
            rf"(?P<second>{MARK}) (?:subtract|take(?: off| away)?|deduct|minus|less) (?:an? )?{_PERCENT}(?:"
            rf" {_PART})?(?: off)?"
        ),
        "decrease",
    ),
    (rf"{_PERCENT} (?:off|less than) {_SUM}", "decrease"),
    (rf"{_SUM} (?:less|with|after|at) (?:an? )?{_PERCENT} (?:discount|off|reduction|rebate)", "decrease"),
    (rf"{_SUM} (?:with|plus|and) (?:an? )?{_PERCENT} (?:tax|sales tax|vat|gst|tip|surcharge)", "increase"),
    (rf"{_PERCENT} (?:more than|on top of) {_SUM}", "increase"),
    (rf"{_PERCENT} of (?:(?:an?|the|my|our|your) )?{_NOUN} (?:of|worth) (?P<second>.+)", "of"),
    (rf"{_PERCENT} of (?:an?|the|my|our|your) (?P<second>.+?)[ -]{_NOUN}", "of"),
    (rf"(?:increase|raise|grow) (?P<second>.+) by {_PERCENT}", "increase"),
    (rf"(?:decrease|reduce|lower|cut) (?P<second>.+) by {_PERCENT}", "decrease"),
    (rf"add (?:an? )?{_PERCENT}(?: {_PART})? to {_SUM}", "increase"),
    (rf"(?:take|subtract|deduct) {_PERCENT} (?:off|from) (?P<second>.+)", "decrease"),
    (rf"(?P<second>.+) (?:increased|raised) by {_PERCENT}", "increase"),
    (rf"(?P<second>.+) (?:decreased|reduced) by {_PERCENT}", "decrease"),
    (r"what (?:percent|percentage|%) of (?P<second>.+) is (?P<first>.+)", "share"),
    (rf"what (?:percent|percentage|%|share|part|proportion) of {_SUM} (?:is|are) (?P<first>.+)", "share"),
    (rf"(?P<first>.+) is what (?:percent|percentage|%|share|part) of {_SUM}", "share"),
    (rf"(?P<first>.+) as an? (?:percent|percentage|%|share|fraction|part|proportion) of {_SUM}", "share"),
    (rf"(?:the )?(?:share|percentage|proportion) of (?P<first>.+) in {_SUM}", "share"),
    (r"(?:the )?(?:percent|percentage|%) (?:change|increase|decrease) from (?P<first>.+?) to (?P<second>.+)", "change"),
    (r"(?:the )?(?:percent|percentage|%) difference between (?P<first>.+?) and (?P<second>.+)", "change"),
    (rf"(?P<second>.+) is {_PERCENT} of what(?: number)?", "whole"),
    (rf"{_PERCENT} of what(?: number)? is (?P<second>.+)", "whole"),
)


_INCLUDING = re.compile(
    rf"(?P<second>[$€£¥₹]?[0-9][^%]{{0,40}}?) (?:including|incl\.?|inclusive of) (?:an? )?{_PERCENT}"
    r" (?P<tax>tax|sales tax|vat|gst|tip|surcharge)",
    re.IGNORECASE,
)
_ELLIPTIC = re.compile(rf"(?:(?:an?|the|my) )?[0-9.]+\s*(?:%|percent|per cent) {_PART}", re.IGNORECASE)


def read(question: str, context: Context) -> Plan | None:
    """A question in one of the phrases above, whose parts are expressions."""
    text = asked(question)
    if len(text) > LONGEST:
        return None
    if (match := _ELLIPTIC.fullmatch(text)) and (whole := context.value("price", "cost", "it")):
        # Of what was said before: `a 20% deposit`.
        text = f"{match[0]} of {mark(-whole.step)}"
    if plan := _story(text, context):
        return plan
    if match := _INCLUDING.fullmatch(text):
        raise _is_it_in(match)
    for phrase, kind in _PHRASES:
        match = re.fullmatch(phrase, text, re.IGNORECASE)
        if match:
            try:
                first, second = parse(match["first"]), context.money(parse(match["second"]))
                first = context.money(first) if kind in {"share", "change"} else first
                plan = plan_expression(Percentage(kind, first, second))
            except NotUnderstoodError:
                continue
            if kind == "of":
                plan.names |= _named((match.groupdict().get("name") or "").lower(), plan)
            return plan
    return None


def _is_it_in(match: re.Match[str]) -> AmbiguousError:
    amount, percent, tax = match["second"], match["first"], match["tax"]
    return AmbiguousError(
        f"Is the {tax} already part of {amount}, so that the net amount is asked for, or does it come on top?",
        match[0],
        {
            "part of it": f"net amount of {amount} including {percent}% {tax}",
            "on top": f"{amount} plus {percent}% {tax}",
        },
    )


def _story(text: str, context: Context) -> Plan | None:
    """An exercise in a sentence or two."""
    with suppress(NotUnderstoodError):
        if points := in_points(text):
            one, other = (parse(percent) for percent in points)
            share = plan_expression(Percentage("change", one, other)).steps[0]
            apart = plan_expression(Binary("-", other, one)).steps[0]
            return Plan([replace(apart, label="percentage points"), replace(share, label="in percent")])
        if found := as_percentage(text) or as_everyday(text):
            kind, first, second = found
            if not kind:
                return plan_expression(context.money(parse(first)))
            one = context.money(parse(first)) if kind == "share" else parse(first)
            return plan_expression(Percentage(_KINDS[_KINDS.index(kind)], one, context.money(parse(second))))
    return None


def _named(name: str, plan: Plan) -> dict[str, Node]:
    """What later parts of a task may call a percentage that has a name: a deposit leaves a loan."""
    names: dict[str, Node] = {name: Reference(len(plan.steps))} if name else {}
    if name in {"deposit", "down payment"}:
        names |= {"loan": plan.names["rest"], "mortgage": plan.names["rest"]}
    if name in {"discount", "reduction", "rebate"}:
        names |= dict.fromkeys(("price", "final price", "new price", "sale price", "total"), plan.names["rest"])
    return names


def solve(arguments: Arguments) -> Outcome:
    """The percentage's result by exact fractions."""
    kind, first, second = _read(arguments)
    result = _solve(kind, first, second)
    # A share of what is itself rounded needs no ten digits.
    display, rounded = show(result.number) if kind in {"share", "change"} else result.display()
    rounded = rounded or not result.exact
    if kind in {"share", "change"}:
        display += "%"
    working = f"{_describe(kind, first, second)} is {display}"
    if result.is_money and not rounded and abs(result.number) >= 1 and (result.number * 100).denominator > 1:
        # Nobody pays less than a cent.
        display, rounded = f"{fixed(result.number, 2)} {unit_name(result.units, plural=True)}", True
        working += f", about {display}"
    return Outcome(str(result), display, working, rounded)


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
