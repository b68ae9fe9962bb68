"""Conversion of units by exact factors; checked by converting back."""

import re

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome, Step
from app.agents.plan import Plan
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.expression import Value
from app.language.parser import parse, parse_units
from app.language.quantity import Quantity, Units, describe, dimension, unit_name, unit_text
from app.language.question import bare
from app.tools.tool import Arguments, Tool

LONGEST = 200
_CONVERT = re.compile(r"(?:.{0,40} )?(?:convert|change|express) (?P<what>.{1,80}?)[ ?.!]*", re.IGNORECASE)
_DEGREES = re.compile(
    r"(?P<degrees>-?[0-9.]{1,10} ?(?:degrees?|°)) (?:in|to|into|as) (?:degrees )?"
    r"(?P<to>fahrenheit|celsius|kelvin|°?[cf]|k)",
    re.IGNORECASE,
)
# What people mostly want of each kind of quantity, by its dimension.
_TARGETS: dict[Units, tuple[str, ...]] = {
    (("m", 1),): ("metres", "kilometres", "miles", "feet"),
    (("g", 1),): ("kilograms", "grams", "pounds", "ounces"),
    (("s", 1),): ("seconds", "minutes", "hours", "days"),
    (("K", 1),): ("°C", "°F", "kelvin"),
    (("l", 1),): ("litres", "millilitres", "gallons", "cups"),
    (("ha", 1),): ("square metres", "hectares", "acres"),
    (("m", 1), ("s", -1)): ("km/h", "mph", "m/s", "knots"),
    (("B", 1),): ("bytes", "kB", "MB", "MiB"),
    (("J", 1),): ("joules", "kWh", "kcal"),
    (("Pa", 1),): ("bar", "psi", "kPa"),
}


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`convert 5 pounds` leaves out the unit, so it is asked for; other conversions are expressions."""
    text = " ".join(question.split())
    if len(text) <= LONGEST and (degrees := _DEGREES.fullmatch(bare(text))):
        raise _which_degrees(degrees)
    match = _CONVERT.fullmatch(text) if len(text) <= LONGEST else None
    if not match:
        return None
    try:
        node = parse(match["what"])
    except NotUnderstoodError:
        return None
    if not isinstance(node, Value) or not node.value.units:
        return None
    raise _to_what(match["what"], node.value)


def _which_degrees(match: re.Match[str]) -> AmbiguousError:
    written = match["degrees"]
    number = re.sub(r" ?(?:degrees?|°)$", "", written, flags=re.IGNORECASE)
    target = match["to"].removeprefix("°")[0].upper()
    choices = {scale: f"{number} degrees {scale}" for scale in ("Celsius", "Fahrenheit") if scale[0] != target}
    return AmbiguousError(f"Is that {' or '.join(choices.values())}?", written, choices)


def _to_what(text: str, value: Quantity) -> AmbiguousError:
    if value.is_money:
        raise ImpossibleError(f"{describe(value.units)} can be converted to another currency only at a rate you give")
    if value.units == (("oz", 1),):
        targets = {"grams (weight)": "grams", "pounds (weight)": "pounds"}
        targets |= {"millilitres (volume)": "millilitres", "cups (volume)": "cups"}
        asked = f"Convert {text} to what? Ounces measure weight or volume."
    else:
        own = dimension(value.units)
        names = next((names for units, names in _TARGETS.items() if dimension(units) == own), ())
        targets = {name: name for name in names if parse_units(name) != value.units}
        asked = f"Convert {text} to which unit?"
    choices = {name: f"{text} in {unit}" for name, unit in targets.items()}

    def replaced(reply: str) -> str:
        unit = re.sub(r"^(?:(?:in)?to|in|as) ", "", bare(reply), flags=re.IGNORECASE)
        parse_units(unit)
        return f"{text} in {unit}"

    return AmbiguousError(asked, text, choices, replaced)


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


def describe_step(arguments: Arguments) -> str:
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
    describe=describe_step,
    solve=solve,
    check=check,
    read=read,
)
