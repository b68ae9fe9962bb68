"""Two numbers from two linear equations that a story tells; checked by putting both back."""

from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError
from app.language.numbers import read_fraction
from app.language.pairs import Pair, read_pair
from app.language.quantity import Quantity, unit_text
from app.language.question import asked
from app.tools.tool import Arguments, Tool

_WANTED = {"x", "y", "product"}


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`Tom is 4 years older than Jane. The sum of their ages is 30. How old is Tom?`."""
    pair = read_pair(asked(question))
    if pair is None:
        return None
    arguments = {
        "equations": "; ".join(" ".join(map(str, equation)) for equation in pair.equations),
        "wanted": pair.wanted,
        "unit": unit_text(pair.unit) if pair.unit else "",
        "whole": "yes" if pair.whole else "",
    }
    return Plan([PlannedStep("pairs", arguments)])


def _read(arguments: Arguments) -> Pair:
    first, second = (tuple(map(read_fraction, text.split(" "))) for text in arguments["equations"].split("; "))
    if len(first) != 3 or len(second) != 3 or arguments["wanted"] not in _WANTED:
        raise ValueError("two equations are three numbers each, and wanted is x, y or product")
    unit = Quantity.parse(f"1 {arguments['unit']}").units if arguments["unit"] else ()
    equations = ((first[0], first[1], first[2]), (second[0], second[1], second[2]))
    return Pair(equations, arguments["wanted"], unit, bool(arguments["whole"]))


def solve(arguments: Arguments) -> Outcome:
    """Cramer's rule."""
    pair = _read(arguments)
    (a, b, c), (d, e, f) = pair.equations
    determinant = a * e - b * d
    if not determinant:
        raise ImpossibleError("both statements say the same, or contradict each other")
    x, y = (c * e - b * f) / determinant, (a * f - c * d) / determinant
    if x < 0 or y < 0 or (pair.whole and (x.denominator != 1 or y.denominator != 1)):
        raise ImpossibleError(f"the numbers would have to be {x} and {y}")
    display, rounded = _wanted(pair, x, y).display()
    return Outcome(f"{x} {y}", display, f"{describe(arguments)}: {x} and {y}, so {display}", rounded)


def _wanted(pair: Pair, x: Fraction, y: Fraction) -> Quantity:
    if pair.wanted == "product":
        return Quantity(x, pair.unit).multiply(Quantity(y, pair.unit))
    return Quantity(x if pair.wanted == "x" else y, pair.unit)


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Both numbers meet both equations, and the answer is the one that was asked for."""
    pair = _read(arguments)
    x, y = map(read_fraction, outcome.value.split(" "))
    right = all(a * x + b * y == c for a, b, c in pair.equations)
    shown = _wanted(pair, x, y).display()[0]
    return Check(right and outcome.display in {shown, ""}, "putting both numbers back")


def describe(arguments: Arguments) -> str:
    """`two numbers x and y with x + y = 30 and x - y = 4`."""
    texts = []
    for a, b, c in _read(arguments).equations:
        sign = "-" if b < 0 else "+"
        texts.append(f"{'' if a == 1 else a}x {sign} {'' if abs(b) == 1 else abs(b)}y = {c}")
    return f"two numbers x and y with {' and '.join(texts)}"


TOOL = Tool(
    name="pairs",
    summary="two unknown numbers in a story: ages, prices, heads and legs, tickets, rectangles",
    examples=(
        "Tom is 4 years older than Jane. The sum of their ages is 30. How old is Tom?",
        "A farmer has chickens and rabbits with 35 heads and 94 legs. How many rabbits are there?",
    ),
    parameters=("equations", "wanted", "unit", "whole"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=9,
)
