"""Statistics of a list of numbers, exact; each checked by a property that only the right result has."""

import re
from collections import Counter
from fractions import Fraction
from itertools import combinations

from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError
from app.language.evaluate import root
from app.language.numbers import read_fraction, read_number, show
from app.language.quantity import Quantity
from app.language.question import bare
from app.tools.tool import Arguments, Tool

MOST_NUMBERS = 400
_NAMES = {
    "mean": "mean",
    "average": "mean",
    "median": "median",
    "mode": "mode",
    "range": "range",
    "sum": "sum",
    "total": "sum",
    "variance": "variance",
    "population variance": "population variance",
    "standard deviation": "standard deviation",
    "population standard deviation": "population standard deviation",
}
_SAMPLE = "the numbers are taken as a sample, so the divisor is their count less one"
# A comma separates here; it does not group thousands.
_SEPARATOR = r"(?:\s*[,;]\s*(?:and\s+)?|\s+and\s+|\s+)"
_ITEM = r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
_QUESTION = re.compile(
    rf"(?:the )?(?:sample )?(?P<name>{'|'.join(sorted(_NAMES, key=len, reverse=True))})"
    rf" (?:of|for)(?: the numbers| these)?:?\s+(?P<list>{_ITEM}(?:{_SEPARATOR}{_ITEM})+)",
    re.IGNORECASE,
)


def read(question: str) -> Plan | None:
    """`standard deviation of 2, 4, 4, 5`."""
    match = _QUESTION.fullmatch(bare(question))
    if not match:
        return None
    numbers = [_signed(item) for item in re.split(_SEPARATOR, match["list"])]
    name = _NAMES[match["name"].lower()]
    arguments = {"statistic": name, "numbers": " ".join(str(number) for number in numbers)}
    return Plan([PlannedStep("statistics", arguments)], [_SAMPLE] if name in {"variance", "standard deviation"} else [])


def _signed(item: str) -> Fraction:
    return -read_number(item[1:]) if item.startswith("-") else read_number(item)


def _read(arguments: Arguments) -> tuple[str, list[Fraction]]:
    numbers = [read_fraction(item) for item in arguments["numbers"].split()]
    if arguments["statistic"] not in _NAMES.values():
        raise ValueError(f"statistic is one of {', '.join(sorted(set(_NAMES.values())))}")
    if not 1 <= len(numbers) <= MOST_NUMBERS:
        raise ImpossibleError(f"statistics are of 1 to {MOST_NUMBERS} numbers")
    return arguments["statistic"], numbers


def solve(arguments: Arguments) -> Outcome:
    """The statistic by its definition."""
    name, numbers = _read(arguments)
    if name == "mode":
        counts = Counter(numbers)
        modes = sorted(number for number, count in counts.items() if count == max(counts.values()))
        display = " and ".join(show(mode)[0] for mode in modes)
        return Outcome(" ".join(map(str, modes)), display, f"{describe(arguments)} is {display}")
    result = _value(name, numbers)
    display, rounded = result.display()
    return Outcome(str(result), display, f"{describe(arguments)} is {display}", rounded)


def _value(name: str, numbers: list[Fraction]) -> Quantity:
    count = len(numbers)
    mean = sum(numbers, Fraction(0)) / count
    ordered = sorted(numbers)
    match name:
        case "mean":
            return Quantity(mean)
        case "sum":
            return Quantity(sum(numbers, Fraction(0)))
        case "range":
            return Quantity(ordered[-1] - ordered[0])
        case "median":
            return Quantity((ordered[(count - 1) // 2] + ordered[count // 2]) / 2)
    if count < 2 and not name.startswith("population"):
        raise ImpossibleError(f"the {name} of a sample needs at least two numbers")
    divisor = count if name.startswith("population") else count - 1
    variance = Quantity(sum(((number - mean) ** 2 for number in numbers), Fraction(0)) / divisor)
    return variance if name.endswith("variance") else root(variance, 2)


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """A property of the result, by other sums than those it was made of."""
    name, numbers = _read(arguments)
    if name == "mode":
        modes = [read_fraction(item) for item in outcome.value.split()]
        often = numbers.count(modes[0])
        least = all(numbers.count(number) <= often - (number not in modes) for number in numbers)
        return Check(least and all(numbers.count(mode) == often for mode in modes), "counting each number")
    result = Quantity.parse(outcome.value).number
    count = len(numbers)
    match name:
        case "mean":
            return Check(
                not sum(number - result for number in numbers), "deviations from the mean that add up to nothing"
            )
        case "sum":
            return Check(not sum(reversed(numbers), -result), "taking the numbers off again")
        case "range":
            apart = max(abs(one - other) for one, other in combinations([*numbers, numbers[0]], 2))
            return Check(result == apart, "the differences of all pairs")
        case "median":
            below, above = (sum(number < result for number in numbers), sum(number > result for number in numbers))
            middle = {2 * number for number in numbers} | {one + other for one, other in combinations(numbers, 2)}
            return Check(max(below, above) * 2 <= count and 2 * result in middle, "counting on both sides")
    # The variance is also the mean of the squared differences of all pairs, halved.
    pairs = sum(((one - other) ** 2 for one, other in combinations(numbers, 2)), Fraction(0))
    variance = pairs / (count * (count if name.startswith("population") else count - 1))
    squared = result if name.endswith("variance") else result**2
    return Check(abs(squared - variance) <= abs(variance) / 10**40, "the differences of all pairs")


def describe(arguments: Arguments) -> str:
    """`the mean of 3, 5 and 8`, or of how many numbers."""
    name, numbers = _read(arguments)
    if len(numbers) > 12:
        return f"the {name} of {len(numbers)} numbers"
    shown = [show(number)[0] for number in numbers]
    return f"the {name} of {', '.join(shown[:-1])}{' and ' if len(shown) > 1 else ''}{shown[-1]}"


TOOL = Tool(
    name="statistics",
    summary="statistics of a list of numbers: mean, median, mode, range, sum, variance, standard deviation",
    examples=(
        "What is the median of 3, 9, 4 and 7?",
        "standard deviation of 2 4 4 4 5 5 7 9",
        "average of 12.5, 13 and 18",
    ),
    parameters=("statistic", "numbers"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
)
