"""A job done together; checked by adding up the parts that each does in that time."""

from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError
from app.language.parser import parse_units
from app.language.quantity import Quantity, dimension
from app.language.question import asked
from app.language.shared_work import read_work
from app.language.story import TIME
from app.tools.tool import Arguments, Tool

_RATES = "each works as fast together with others as alone"


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`Ann can paint a room in 6 hours, Bob in 3 hours. How long do they need together?`."""
    found = read_work(asked(question))
    if found is None:
        return None
    times = "; ".join(f"{'-' if sign < 0 else ''}{time}" for sign, time in found)
    return Plan([PlannedStep("shared_work", {"times": times})], [_RATES])


def _read(arguments: Arguments) -> list[Quantity]:
    """The times, less than nothing for what undoes the work."""
    times = [Quantity.parse(text) for text in arguments["times"].split("; ")]
    if len(times) < 2 or any(dimension(time.units) != TIME for time in times):
        raise ValueError("times are two or more spans of time")
    if any(not time.number for time in times):
        raise ImpossibleError("nobody does a job in no time")
    return times


def solve(arguments: Arguments) -> Outcome:
    """One by the sum of the parts that each does in one unit of time."""
    times = _read(arguments)
    rate = sum((1 / time.convert(times[0].units).number for time in times), Fraction(0))
    if rate <= 0:
        raise ImpossibleError("as much is undone as is done, so it is never finished")
    result = Quantity(1 / rate, times[0].units)
    display, rounded = result.display()
    return Outcome(str(result), display, f"{describe(arguments)}: {display}", rounded)


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """The parts of the job done in the time that was found make one job."""
    second = parse_units("s")
    found = Quantity.parse(outcome.value).convert(second).number
    parts = [found / time.convert(second).number for time in _read(arguments)]
    return Check(sum(parts) == 1, "adding up the parts that each does")


def describe(arguments: Arguments) -> str:
    """`the time for a job that takes 6 hours and 3 hours alone`."""
    shown = [time.display()[0].replace("-", "minus ") for time in _read(arguments)]
    return f"the time for a job done together that takes {' and '.join(shown)} alone"


TOOL = Tool(
    name="shared_work",
    summary="jobs done together, tanks filled and emptied",
    examples=(
        "Ann can paint a room in 6 hours and Bob in 3 hours. How long do they need together?",
        "A tap fills a tank in 3 hours, a drain empties it in 6 hours. How long to fill it if both are open?",
    ),
    parameters=("times",),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=20,
)
