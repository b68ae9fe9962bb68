"""Conversion of units by exact factors; checked by converting back."""

from app.agents.messages import Ask, Check, Outcome, Step
from app.language.errors import NotUnderstoodError
from app.language.parser import parse_units
from app.language.quantity import Quantity, Units, unit_name, unit_text
from app.tools.tool import Arguments, Tool


def solve(arguments: Arguments) -> Outcome:
    """The quantity in the unit asked for."""
    quantity, units = _read(arguments)
    result = quantity.convert(units)
    display, rounded = result.display()
    working = f"{quantity.display()[0]} = {'about ' if rounded else ''}{display}"
    return Outcome(str(result), display, working, rounded)


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:
    """The result converted back must be the quantity it came from, to the last digit."""
    quantity, _ = _read(arguments)
    back = ask(Step("conversion", {"quantity": outcome.value, "unit": unit_text(quantity.units)}))
    return Check(Quantity.parse(back.value) == quantity, "converting back")


def describe(arguments: Arguments) -> str:
    """`36 km in miles`."""
    quantity, units = _read(arguments)
    return f"{quantity.display()[0]} in {unit_name(units, plural=True)}"


def _read(arguments: Arguments) -> tuple[Quantity, Units]:
    try:
        return Quantity.parse(arguments["quantity"]), parse_units(arguments["unit"])
    except NotUnderstoodError as error:
        raise ValueError(f"not a quantity and a unit: {error}") from error


TOOL = Tool(
    name="conversion",
    summary="conversion of units",
    examples=("240 km in miles", "How many feet are in 3 miles?", "98.6 °F in °C", "5 feet 11 inches in cm"),
    parameters=("quantity", "unit"),
    describe=describe,
    solve=solve,
    check=check,
)
