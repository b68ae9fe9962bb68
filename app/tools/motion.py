"""Meeting, catching up, currents and passing trains; checked by going the ways with the result."""

from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError
from app.language.motion import read_motion
from app.language.parser import parse_units
from app.language.quantity import Quantity, dimension
from app.language.question import asked
from app.language.story import LENGTH, SPEED, TIME
from app.tools.tool import Arguments, Tool

# What each kind needs, and what it comes to.
_KINDS: dict[str, tuple[tuple[tuple[tuple[str, int], ...], ...], tuple[tuple[str, int], ...]]] = {
    "together": ((SPEED, SPEED, LENGTH), TIME),
    "apart": ((SPEED, SPEED, TIME), LENGTH),
    "after a time": ((SPEED, SPEED, TIME), TIME),
    "after a distance": ((SPEED, SPEED, LENGTH), TIME),
    "along": ((SPEED, SPEED, LENGTH), TIME),
    "against": ((SPEED, SPEED, LENGTH), TIME),
    "both ways": ((SPEED, SPEED, LENGTH), TIME),
    "speed along": ((SPEED, SPEED), SPEED),
    "speed against": ((SPEED, SPEED), SPEED),
    "passing": ((SPEED, LENGTH, LENGTH), TIME),
}
_NOTES = {
    "after a time": "the time is counted from when the second one starts",
    "passing": "from when its front arrives until its end has passed",
}


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`Two trains 300 km apart travel towards each other at 80 km/h and 70 km/h. When do they meet?`."""
    found = read_motion(asked(question))
    if found is None:
        return None
    kind, quantities = found
    texts = [str(quantity) for quantity in quantities]
    arguments = {"kind": kind, "one": texts[0], "other": texts[1], "third": texts[2] if len(texts) > 2 else ""}
    return Plan([PlannedStep("motion", arguments)], [_NOTES[kind]] if kind in _NOTES else [])


class _Case:
    """The arguments in base units; for two in a row the slower one first, and of boats the boat."""

    def __init__(self, arguments: Arguments) -> None:
        self.kind = arguments["kind"]
        if self.kind not in _KINDS:
            raise ValueError(f"kind is one of {', '.join(_KINDS)}")
        needed, self.result = _KINDS[self.kind]
        self.given = [Quantity.parse(arguments[name]) for name in ("one", "other", "third") if arguments[name]]
        if self.kind == "passing" and len(self.given) == 2:
            needed = needed[:2]
        if [dimension(quantity.units) for quantity in self.given] != list(needed):
            raise ValueError(f"{self.kind} needs {len(needed)} quantities of their own kinds")
        if any(quantity.number <= 0 for quantity in self.given):
            raise ImpossibleError("speeds, times and distances must be more than nothing")
        self.one, self.other, *rest = (_base(quantity) for quantity in self.given)
        self.third = rest[0] if rest else Fraction(0)
        self.slow, self.fast = sorted((self.one, self.other))


def _base(quantity: Quantity) -> Fraction:
    return quantity.convert(parse_units({TIME: "s", LENGTH: "m", SPEED: "m/s"}[dimension(quantity.units)])).number


def solve(arguments: Arguments) -> Outcome:
    """The formula of each kind, in exact fractions."""
    case = _Case(arguments)
    if case.kind.startswith("after") and case.slow == case.fast:
        raise ImpossibleError("at the same speed nobody catches up")
    if case.kind in {"against", "both ways", "speed against"} and case.slow == case.fast:
        raise ImpossibleError("the current is as fast as the boat, which does not get ahead against it")
    number = {
        "together": lambda: case.third / (case.one + case.other),
        "apart": lambda: case.third * (case.one + case.other),
        "after a time": lambda: case.slow * case.third / (case.fast - case.slow),
        "after a distance": lambda: case.third / (case.fast - case.slow),
        "along": lambda: case.third / (case.fast + case.slow),
        "against": lambda: case.third / (case.fast - case.slow),
        "both ways": lambda: case.third / (case.fast + case.slow) + case.third / (case.fast - case.slow),
        "speed along": lambda: case.fast + case.slow,
        "speed against": lambda: case.fast - case.slow,
        "passing": lambda: (case.other + case.third) / case.one,
    }[case.kind]()
    base = {TIME: "s", LENGTH: "m", SPEED: "m/s"}[case.result]
    result = Quantity(number, parse_units(base)).convert(parse_units(_unit(case, number)))
    display, rounded = result.display()
    return Outcome(str(result), display, f"{describe(arguments)}: {display}", rounded)


def _unit(case: _Case, number: Fraction) -> str:
    """The unit of the result: as the question has it, but a time as a person says it."""
    speed = [symbol for symbol, _ in case.given[0].units]
    if case.result == SPEED:
        return "/".join(speed)
    if case.result == LENGTH:
        return speed[0]
    return "h" if number >= 3600 else "min" if number >= 60 else "s"


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """With the result, the ways that are gone come to what they should."""
    case = _Case(arguments)
    found = Quantity.parse(outcome.value)
    if dimension(found.units) != case.result:
        return Check(agrees=False, method="comparing units")
    result = _base(found)
    same = {
        "together": lambda: case.one * result + case.other * result == case.third,
        "apart": lambda: result / case.third - case.one == case.other,
        "after a time": lambda: case.slow * (result + case.third) == case.fast * result,
        "after a distance": lambda: case.slow * result + case.third == case.fast * result,
        "along": lambda: case.fast * result + case.slow * result == case.third,
        "against": lambda: case.fast * result - case.slow * result == case.third,
        "both ways": lambda: _returns(case, result),
        "speed along": lambda: result - case.slow == case.fast,
        "speed against": lambda: result + case.slow == case.fast,
        "passing": lambda: case.one * result - case.other == case.third,
    }[case.kind]()
    return Check(same, "going the ways with the result")


def _returns(case: _Case, result: Fraction) -> bool:
    """Out with the current, and in the time that is left back against it."""
    out = case.third / (case.fast + case.slow)
    return (case.fast - case.slow) * (result - out) == case.third


def describe(arguments: Arguments) -> str:
    """`how long two take to meet, at 80 km/h and 70 km/h, 300 km apart`."""
    one, other, third = (
        Quantity.parse(arguments[name]).display()[0] if arguments[name] else "" for name in ("one", "other", "third")
    )
    return {
        "together": f"when two meet that are {third} apart and go {one} and {other}",
        "apart": f"how far apart two are after {third} at {one} and {other}",
        "after a time": f"when the faster of {one} and {other} catches up, starting {third} later",
        "after a distance": f"when the faster of {one} and {other} catches up, starting {third} behind",
        "along": f"the time for {third} with the current, at {one} and {other}",
        "against": f"the time for {third} against the current, at {one} and {other}",
        "both ways": f"the time for {third} and back in a current, at {one} and {other}",
        "speed along": f"the speed with the current, of {one} and {other}",
        "speed against": f"the speed against the current, of {one} and {other}",
        "passing": f"the time in which {' and '.join(filter(None, (other, third)))} pass at {one}",
    }.get(arguments["kind"], "a motion")


TOOL = Tool(
    name="motion",
    summary="two who meet, part or catch up, boats in a current, passing trains",
    examples=(
        "Two trains 300 km apart travel towards each other at 80 km/h and 70 km/h. When do they meet?",
        "A boat goes 15 km/h in still water, the current is 3 km/h. How long does it take to go 36 km upstream?",
    ),
    parameters=("kind", "one", "other", "third"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=20,
)
