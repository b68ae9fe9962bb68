"""Mixtures of two strengths; checked by what is dissolved before and after."""

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.evaluate import evaluate
from app.language.mixtures import read_mixture
from app.language.numbers import show
from app.language.parser import parse
from app.language.quantity import Quantity, dimension
from app.language.question import asked
from app.tools.tool import Arguments, Tool

_KINDS = {"added", "both"}


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`How many litres of a 20% solution must be mixed with 10 litres of a 50% solution to get 30%?`."""
    found = read_mixture(asked(question))
    if found is None:
        return None
    kind, (amount, strength, other, target) = found
    try:
        one, two = str(evaluate(parse(amount))), str(evaluate(parse(other))) if kind == "both" else other
    except NotUnderstoodError:
        return None
    return Plan(
        [PlannedStep("mixtures", {"kind": kind, "amount": one, "strength": strength, "other": two, "third": target})]
    )


def _read(arguments: Arguments) -> tuple[str, Quantity, Quantity, Quantity, Quantity]:
    if arguments["kind"] not in _KINDS:
        raise ValueError(f"kind is one of {', '.join(sorted(_KINDS))}")
    values = [Quantity.parse(arguments[name]) for name in ("amount", "strength", "other", "third")]
    percents = [values[1], values[3], *([values[2]] if arguments["kind"] == "added" else [])]
    if any(percent.units or not 0 <= percent.number <= 100 for percent in percents):
        raise ImpossibleError("a strength is from 0% to 100%")
    if values[0].number <= 0 or (arguments["kind"] == "both" and values[2].number <= 0):
        raise ImpossibleError("an amount is more than nothing")
    if arguments["kind"] == "both" and dimension(values[0].units) != dimension(values[2].units):
        raise ImpossibleError("both amounts must be volumes, or both weights")
    return arguments["kind"], values[0], values[1], values[2], values[3]


def solve(arguments: Arguments) -> Outcome:
    """The cross of mixtures, or the mean strength by amounts."""
    kind, amount, strength, other, third = _read(arguments)
    if kind == "both":
        second = other.convert(amount.units).number
        number = (amount.number * strength.number + second * third.number) / (amount.number + second)
        shown, rounded = show(number)
        return Outcome(str(number), f"{shown}%", f"{describe(arguments)} is {shown}%", rounded)
    if third.number == other.number or (strength.number - third.number) * (third.number - other.number) < 0:
        raise ImpossibleError("a mixture is never stronger or weaker than both of its parts")
    result = Quantity(amount.number * (strength.number - third.number) / (third.number - other.number), amount.units)
    display, rounded = result.display()
    return Outcome(str(result), display, f"{describe(arguments)} is {display}", rounded)


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """What is dissolved in the parts is dissolved in the whole."""
    kind, amount, strength, other, third = _read(arguments)
    found = Quantity.parse(outcome.value)
    if kind == "both":
        second = other.convert(amount.units).number
        parts = amount.number * strength.number + second * third.number
        return Check(not found.units and parts == found.number * (amount.number + second), "what is dissolved in all")
    if found.units != amount.units:
        return Check(agrees=False, method="comparing units")
    parts = amount.number * strength.number + found.number * other.number
    return Check(parts == third.number * (amount.number + found.number), "what is dissolved in all")


def describe(arguments: Arguments) -> str:
    """`how much of 20% makes 10 litres of 50% one of 30%`."""
    kind, amount, strength, other, third = _read(arguments)
    percents = [show(value.number)[0] for value in (strength, other, third)]
    if kind == "both":
        return f"the strength of {amount.display()[0]} of {percents[0]}% with {other.display()[0]} of {percents[2]}%"
    return f"how much of {percents[1]}% makes {amount.display()[0]} of {percents[0]}% one of {percents[2]}%"


TOOL = Tool(
    name="mixtures",
    summary="mixtures of two strengths",
    examples=(
        "How many litres of a 20% solution must be mixed with 10 litres of a 50% solution to get 30%?",
        "Mix 2 litres of 30% alcohol with 3 litres of 60% alcohol. What is the concentration?",
    ),
    parameters=("kind", "amount", "strength", "other", "third"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=20,
)
