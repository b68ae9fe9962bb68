"""Statistics of a list of numbers, exact; each checked by a property that only the right result has."""

import heapq
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import combinations

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.averages import pairs
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.evaluate import root
from app.language.lists import LONGEST, items, quantities
from app.language.numbers import NUMBER, read_fraction, show
from app.language.quantity import Quantity, Units, has_offset, unit_text
from app.language.question import asked
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
    "lower quartile": "first quartile",
    "first quartile": "first quartile",
    "upper quartile": "third quartile",
    "third quartile": "third quartile",
    "interquartile range": "interquartile range",
    "iqr": "interquartile range",
    "geometric mean": "geometric mean",
    "harmonic mean": "harmonic mean",
    **dict.fromkeys(("maximum", "max", "largest", "biggest", "greatest", "highest"), "maximum"),
    **dict.fromkeys(("minimum", "min", "smallest", "lowest", "least"), "minimum"),
}
# These have a meaning whatever the zero of a scale.
_PLACES = {"mean", "median", "mode", "minimum", "maximum", "first quartile", "third quartile"}
_QUARTILES = "quartiles are the medians of the halves; of an odd count, the middle number belongs to neither"
_SAMPLE = "the numbers are taken as a sample, so the divisor is their count less one"
_LINEAR = "percentiles lie between two numbers in proportion: at place (n - 1)p + 1 of n numbers"
_PERCENTILE = r"(?P<{0}>[0-9]{{1,2}}(?:\.[0-9]{{1,3}})?)"
_ANY = rf"(?:{'|'.join(sorted(_NAMES, key=len, reverse=True))})"
_AND = r"(?:, and (?:the )?|, | and (?:the )?)"
_ONE = (
    rf"(?P<name>{_ANY}(?:{_AND}{_ANY})*)|{_PERCENTILE.format('p')}(?:st|nd|rd|th)? percentile"
    rf"|percentile {_PERCENTILE.format('q')}"
)
_QUESTION = re.compile(
    rf"(?:the )?(?:sample )?(?:{_ONE}) (?:number |value )?(?:of|for|from|in|among)"
    r"(?: (?:the|these|this)(?: following)?(?: (?:numbers|values|data|list|scores|data set))?)?:?"
    r"(?: the numbers)?:? (?P<list>.+)",
    re.IGNORECASE,
)
_SEVERAL = {
    "quartiles": "first quartile, median and third quartile",
    "five number summary": "minimum, first quartile, median, third quartile and maximum",
    "five-number summary": "minimum, first quartile, median, third quartile and maximum",
    "5 number summary": "minimum, first quartile, median, third quartile and maximum",
    "5-number summary": "minimum, first quartile, median, third quartile and maximum",
}
_UNKNOWN = re.compile(
    rf"(?:if )?(?:the )?(?:mean|average) of (?P<list>[-0-9., a-z]{{3,300}}?) (?:is|equals) (?P<mean>-?{NUMBER})[.,;]?"
    r" (?:and )?(?:find|what is|calculate|solve for)(?: the value of)? (?P<name>[a-df-z])",
    re.IGNORECASE,
)
_SUMMARY = re.compile(rf"^(?:the )?(?P<name>{'|'.join(_SEVERAL)}) (?=of|for)", re.IGNORECASE)


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`standard deviation of 2, 4, 4, 5`."""
    if two := pairs(asked(question)):
        operation, table = two
        arguments = {"operation": operation, "column": "x", "by": "y", "where": "", "limit": "", "table": table}
        if operation == "regression":
            arguments |= {"column": "y", "by": "x"}
        return Plan([PlannedStep("tables", arguments)])
    if match := _UNKNOWN.fullmatch(asked(question)):
        return _with_unknown(match)
    text = _SUMMARY.sub(lambda found: f"{_SEVERAL[found['name'].lower()]} ", asked(question))
    match = _QUESTION.fullmatch(text) if len(text) <= LONGEST else None
    if not match:
        return None
    try:
        found = quantities(match["list"])
    except NotUnderstoodError:
        return None
    if len(found) < 2 or any("%" in item for item in match["list"]):
        return None
    if match["name"]:
        names = [_NAMES[name] for name in re.split(_AND, match["name"].lower())]
    else:
        names = [f"percentile {match['p'] or match['q']}"]
    units = found[0].units
    written = " ".join(str(quantity.convert(units).number) for quantity in found)
    written += f" {unit_text(units)}" if units else ""
    steps = [PlannedStep("statistics", {"statistic": name, "numbers": written}) for name in names]
    if len(steps) > 1:
        steps = [replace(step, label=describe(step.fill([]).arguments).removeprefix("the ")) for step in steps]
    assumed = [_SAMPLE] if {"variance", "standard deviation"} & set(names) else []
    assumed += [_QUARTILES] if any("quartile" in name for name in names) else []
    return Plan(steps, [*assumed, *([_LINEAR] if names[0].startswith("percentile") else [])])


def _with_unknown(match: re.Match[str]) -> Plan | None:
    """The number that is missing from a list whose mean is known, as an equation."""
    found, name = items(match["list"]), match["name"].lower()
    if found.count(name) != 1 or not all(item == name or re.fullmatch(rf"-?{NUMBER}", item) for item in found):
        return None
    total = " + ".join(f"({item.replace(',', '')})" for item in found)
    equation = f"({total})/{len(found)} = {match['mean'].replace(',', '')}"
    return Plan([PlannedStep("equations", {"equations": equation, "unknowns": name})])


def _read(arguments: Arguments) -> tuple[str, list[Fraction], Units]:
    """The statistic, the numbers, and the unit of all of them, which stands after the last."""
    written, unit = arguments["numbers"], ""
    if match := re.fullmatch(r"([-0-9/ ]+) ([^-0-9 ].*)", written):
        written, unit = match[1], match[2]
    numbers = [read_fraction(item) for item in written.split()]
    name = arguments["statistic"]
    if name not in _NAMES.values() and not re.fullmatch(r"percentile [0-9]{1,2}(?:\.[0-9]{1,3})?", name):
        raise ValueError(f"statistic is one of {', '.join(sorted(set(_NAMES.values())))}, or percentile P")
    if not 1 <= len(numbers) <= MOST_NUMBERS:
        raise ImpossibleError(f"statistics are of 1 to {MOST_NUMBERS} numbers")
    units = Quantity.parse(f"1 {unit}").units if unit else ()
    if has_offset(units) and name not in _PLACES and not name.startswith("percentile"):
        raise ImpossibleError(f"a {name} of temperatures on a scale such as °C depends on its zero")
    return name, numbers, units


def solve(arguments: Arguments) -> Outcome:
    """The statistic by its definition."""
    name, numbers, units = _read(arguments)
    if name == "mode":
        counts = Counter(numbers)
        modes = sorted(number for number, count in counts.items() if count == max(counts.values()))
        display = " and ".join(Quantity(mode, units).display()[0] for mode in modes)
        return Outcome(" ".join(map(str, modes)), display, f"{describe(arguments)} is {display}")
    found = _value(name, numbers)
    power = 2 if name.endswith("variance") else 1
    result = Quantity(found.number, tuple((symbol, exponent * power) for symbol, exponent in units), found.exact)
    display, rounded = result.display()
    return Outcome(str(result), display, f"{describe(arguments)} is {display}", rounded)


def _value(name: str, numbers: list[Fraction]) -> Quantity:  # noqa: C901, PLR0911 (one for each statistic)
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
        case "minimum" | "maximum":
            return Quantity(ordered[0] if name == "minimum" else ordered[-1])
        case "first quartile" | "third quartile" | "interquartile range":
            if count < 4:
                raise ImpossibleError("quartiles need at least four numbers")
            low, high = (_value("median", half) for half in (ordered[: count // 2], ordered[(count + 1) // 2 :]))
            return {"first quartile": low, "third quartile": high}.get(name, high.add(low, -1))
        case "harmonic mean" | "geometric mean":
            return _other_mean(name, ordered)
        case "median":
            return Quantity((ordered[(count - 1) // 2] + ordered[count // 2]) / 2)
    if name.startswith("percentile"):
        place, part = _place(name, count)
        return Quantity(ordered[place] + part * (ordered[min(place + 1, count - 1)] - ordered[place]))
    if count < 2 and not name.startswith("population"):
        raise ImpossibleError(f"the {name} of a sample needs at least two numbers")
    divisor = count if name.startswith("population") else count - 1
    variance = Quantity(sum(((number - mean) ** 2 for number in numbers), Fraction(0)) / divisor)
    return variance if name.endswith("variance") else root(variance, 2)


def _place(name: str, count: int) -> tuple[int, Fraction]:
    """Of how many numbers a percentile is past, and what part of the way to the next."""
    place = (count - 1) * Fraction(name.removeprefix("percentile ")) / 100
    return math.floor(place), place % 1


def _other_mean(name: str, ordered: list[Fraction]) -> Quantity:
    if ordered[0] <= 0:
        raise ImpossibleError(f"a {name} is of numbers above zero")
    if name == "harmonic mean":
        return Quantity(len(ordered) / sum((1 / number for number in ordered), Fraction(0)))
    product = Fraction(1)
    for number in ordered:
        product *= number
    return root(Quantity(product), len(ordered))


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001, C901, PLR0911 (one for each)
    """A property of the result, by other sums than those it was made of."""
    name, numbers, _ = _read(arguments)
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
        case "minimum" | "maximum":
            beyond = any(number < result if name == "minimum" else number > result for number in numbers)
            return Check(result in numbers and not beyond, "comparing with each number")
        case "median":
            return Check(is_median(numbers, result), "counting on both sides")
        case "first quartile" | "third quartile" | "interquartile range":
            return Check(_quartiles_agree(name, numbers, result), "counting in both halves")
        case "harmonic mean":
            return Check(
                sum((result / number for number in numbers), Fraction(0)) == count, "reciprocals of the numbers"
            )
        case "geometric mean":
            logarithm = sum(math.log(number) for number in numbers) / count
            return Check(math.isclose(math.exp(logarithm), float(result), rel_tol=1e-9), "the mean of the logarithms")
    if name.startswith("percentile"):
        return Check(_percentile_agrees(name, numbers, result), "counting on both sides")
    # The variance is also the mean of the squared differences of all pairs, halved.
    pairs = sum(((one - other) ** 2 for one, other in combinations(numbers, 2)), Fraction(0))
    variance = pairs / (count * (count if name.startswith("population") else count - 1))
    squared = result if name.endswith("variance") else result**2
    return Check(abs(squared - variance) <= abs(variance) / 10**40, "the differences of all pairs")


def is_median(numbers: Sequence[Fraction], result: Fraction) -> bool:
    """Whether fewer than half lie on either side; between two numbers, half on each and the nearest as far apart."""
    below, above = [number for number in numbers if number < result], [number for number in numbers if number > result]
    if len(below) + len(above) < len(numbers):
        return max(len(below), len(above)) * 2 < len(numbers)
    return len(below) == len(above) and max(below) + min(above) == 2 * result


def _quartiles_agree(name: str, numbers: list[Fraction], result: Fraction) -> bool:
    """By the smallest and largest numbers taken away, pair after pair, until one or two are left of each half."""
    half = len(numbers) // 2
    halves = [heapq.nsmallest(half, numbers), heapq.nlargest(half, numbers)]
    middles = []
    for part in halves:
        left = list(part)
        while len(left) > 2:
            left.remove(max(left))
            left.remove(min(left))
        middles.append(sum(left, Fraction(0)) / len(left))
    expected = {"first quartile": middles[0], "third quartile": middles[1]}.get(name, middles[1] - middles[0])
    return result == expected


def _percentile_agrees(name: str, numbers: list[Fraction], result: Fraction) -> bool:
    """Whether the numbers next to the result have the right count below them, and it the right part of the way."""
    place, part = _place(name, len(numbers))

    def at(count: int) -> Fraction:
        return next(n for n in numbers if sum(m < n for m in numbers) <= count < sum(m <= n for m in numbers))

    low = at(place)
    return result == low if not part else result - low == part * (at(place + 1) - low)


def describe(arguments: Arguments) -> str:
    """`the mean of 3, 5 and 8`, or of how many numbers."""
    name, numbers, units = _read(arguments)
    if match := re.fullmatch(r"percentile ([0-9]+)([.0-9]*)", name):
        ordinal = {"1": "st", "2": "nd", "3": "rd"}.get(match[1][-1], "th")
        name = f"{match[1]}{match[2]}{'th' if match[2] or match[1] in {'11', '12', '13'} else ordinal} percentile"
    if len(numbers) > 12:
        return f"the {name} of {len(numbers)} numbers"
    shown = [show(number)[0] for number in numbers]
    shown[-1] = Quantity(numbers[-1], units).display()[0] if units else shown[-1]
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
