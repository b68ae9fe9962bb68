"""Arithmetic with exact fractions and units; checked by casting out primes."""

from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, plan_expression
from app.language.errors import NotUnderstoodError
from app.language.evaluate import evaluate
from app.language.expression import Binary, Node, text, walk
from app.language.numbers import show
from app.language.parser import parse
from app.language.quantity import Quantity
from app.language.question import bare, how_many
from app.language.residues import agrees
from app.tools.tool import Arguments, Tool


def read(question: str) -> Plan | None:
    """Any expression, with the percentages and conversions in it."""
    try:
        return plan_expression(parse(how_many(bare(question))))
    except NotUnderstoodError:
        return None


def describe(arguments: Arguments) -> str:
    """The expression as a person writes it."""
    return readable(parse(arguments["expression"]))


def readable(node: Node) -> str:
    """An expression without its outermost brackets and with the usual signs."""
    written = text(node)
    if isinstance(node, Binary):
        written = written[1:-1]
    return written.replace(" * ", " \u00d7 ").replace(" / ", " \u00f7 ").replace("[", "(").replace("]", ")")


def solve(arguments: Arguments) -> Outcome:
    """The expression's value, exact wherever it can be."""
    node = _parse(arguments["expression"])
    result = evaluate(node)
    display, rounded = result.display()
    fraction = result.exact and rounded and result.number.denominator < 10**6
    if fraction and not result.units:
        display = f"{result.number} (about {show(result.number)[0]})"
    operations = sum(isinstance(part, Binary) for part in walk(node))
    working = f"{readable(node)} = {'' if result.exact else 'about '}{display}"
    return Outcome(str(result), display, working if operations else f"{readable(node)} is {display}", rounded)


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
