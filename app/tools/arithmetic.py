"""Arithmetic with exact fractions and units; checked by casting out primes."""

import re
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep, plan_expression
from app.language.averages import as_average
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.evaluate import evaluate
from app.language.expression import Binary, Call, Convert, Negate, Node, Reference, Value, text, walk
from app.language.imperatives import ROUNDED, as_formula
from app.language.numbers import FULL_DECIMALS, fixed, show
from app.language.parser import parse
from app.language.proportions import as_parts, as_proportion
from app.language.quantity import Quantity
from app.language.question import asked, how_many
from app.language.rates import as_rate
from app.language.residues import agrees
from app.language.shapes import as_shape
from app.tools import registry
from app.tools.tool import Arguments, Tool

LONGEST = 200
# Brackets of every kind are the same to a person.
_BRACKETS = str.maketrans("{}[]", "()()")
_TARGET = re.compile(
    r"(?P<rest>.+),? in (?P<unit>(?:square |cubic )?[a-z²³/]{1,15}(?: per [a-z]{1,15})?)", re.IGNORECASE
)
_DECIMAL_COMMA = re.compile(r"(?<![0-9,.])([0-9]{1,6}),([0-9]{1,2}|[0-9]{4,9})(?![0-9,.])")


def read(question: str, context: Context) -> Plan | None:
    """Any expression, with the percentages and conversions in it; and what another tool computes, rounded."""
    text = asked(question).translate(_BRACKETS)
    for candidate in dict.fromkeys((how_many(text), text)):
        with suppress(NotUnderstoodError):
            node = parse(as_formula(candidate))
            _refuse_impossible(node)
            return plan_expression(node)
    plan = _in_sentences(text) or _rounded(text, context)
    if plan is None:
        _ask_decimal_comma(how_many(text))
    return plan


def _refuse_impossible(node: Node) -> None:
    """Raise ImpossibleError for a temperature that nothing has, to be converted."""
    for part in walk(node):
        match part:
            case Convert(Value() | Negate(Value()) as below, _) if (value := evaluate(below)).is_below_zero:
                raise ImpossibleError(f"{value.display()[0]} is below absolute zero")


def _rounded(text: str, context: Context) -> Plan | None:
    match = ROUNDED.fullmatch(text) if len(text) <= LONGEST else None
    if not match:
        return None
    for tool in registry().values():
        plan = None if tool is TOOL else tool.read(match["a"], context)
        if plan is not None:
            name, digits = ("round", match["places"]) if match["places"] else ("significant", match["figures"])
            call = Call(name, (Reference(len(plan.steps)), Value(Quantity(Fraction(digits)))))
            plan.steps.append(PlannedStep("arithmetic", {"expression": call}))
            return plan
    return None


def _in_sentences(text: str) -> Plan | None:
    """Exercises in words: shapes, proportions, rates."""
    with suppress(NotUnderstoodError):
        if parts := as_parts(text):
            steps = [plan_expression(parse(formula)).steps[0] for _, formula in parts]
            return Plan([replace(step, label=label) for step, (label, _) in zip(steps, parts, strict=True)])
        target = _TARGET.fullmatch(text)
        for candidate, unit in ((text, ""), *([(target["rest"], target["unit"])] if target else [])):
            formula = as_shape(candidate) or as_proportion(candidate) or as_average(candidate)
            if formula:
                return plan_expression(parse(f"{formula} in {unit}" if unit else formula))
        node = as_rate(text)
        return plan_expression(node) if node else None
    return None


def _ask_decimal_comma(text: str) -> None:
    """Raise AmbiguousError if 2,5 read as 2.5 makes sense of the text."""
    comma = _DECIMAL_COMMA.search(text)
    if not comma or len(text) > LONGEST:
        return
    try:
        plan_expression(parse(as_formula(_DECIMAL_COMMA.sub(r"\1.\2", text))))
    except NotUnderstoodError:
        return
    written = f"{comma[1]}.{comma[2]}"
    raise AmbiguousError(
        f"Does {comma[0]} mean {written}? Here a point marks decimals, and commas group thousands.",
        comma[0],
        {f"Yes, {written}": written, f"No, {comma[1]}{comma[2]}": f"{comma[1]}{comma[2]}"},
    )


def describe(arguments: Arguments) -> str:
    """The expression as a person writes it."""
    return readable(parse(arguments["expression"]))


def readable(node: Node) -> str:
    """An expression without its outermost brackets and with the usual signs."""
    written = text(node)
    if isinstance(node, Binary):
        written = written[1:-1]
    written = re.sub(r"\[([^\]]*)\]", lambda match: _shown(Quantity.parse(match[1])), written)
    written = re.sub(r"(?<![0-9.,/])[0-9]{4,}(?![0-9.,/])", lambda match: f"{int(match[0]):,}", written)
    return written.replace(" * ", " \u00d7 ").replace(" / ", " \u00f7 ").replace("; ", ", ")


def _shown(value: Quantity) -> str:
    """A value within an expression: a fraction stays one."""
    shown, rounded = value.display()
    return f"({value.number})" if rounded and value.exact and not value.units else shown


def solve(arguments: Arguments) -> Outcome:
    """The expression's value, exact wherever it can be."""
    node = _parse(arguments["expression"])
    result = evaluate(node)
    display, rounded = _places(node, result) or result.display()
    fraction = result.exact and rounded and result.number.denominator < 10**6
    if fraction and not result.units:
        display = f"{result.number} (about {show(result.number)[0]})"
    operations = sum(isinstance(part, Binary) for part in walk(node))
    working = f"{readable(node)} = {'' if result.exact else 'about '}{display}"
    return Outcome(str(result), display, working if operations else f"{readable(node)} is {display}", rounded)


def _places(node: Node, result: Quantity) -> tuple[str, bool] | None:
    """All the decimals that were asked for, where they are more than are shown otherwise."""
    match node:
        case Call("round", (_, Value(places))) if places.number > FULL_DECIMALS and not result.units:
            return fixed(result.number, int(places.number)), False
        case _:
            return None


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Remainders of the expression and of the result, modulo two primes."""
    same, method = agrees(_parse(arguments["expression"]), Quantity.parse(outcome.value))
    return Check(same, method)


def _parse(expression: str) -> Node:
    try:
        return parse(expression)
    except NotUnderstoodError as error:
        raise ValueError(f"not an expression: {error}") from error


TOOL = Tool(
    name="arithmetic",
    summary="arithmetic with exact results of any size, with units or without",
    examples=("What is 2^100?", "(3 + 4) * 2.5 kg", "1/3 + 1/6", "60 km/h * 30 minutes", "square root of 2"),
    parameters=("expression",),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=100,
)
