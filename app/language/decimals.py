"""An expression's value in decimal floating point: the second way to results that have no remainder."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, DecimalException, localcontext
from fractions import Fraction

from app.language.evaluate import evaluate
from app.language.expression import Binary, Call, Negate, Node, Percent, Value, walk
from app.language.numbers import MOST_DIGITS
from app.language.quantity import Quantity, factor

DIGITS = 80
_TOLERANCE = Decimal("1e-40")


def decimals_agree(node: Node, result: Quantity) -> bool:
    """Whether the tree evaluates to `result` in decimal arithmetic, but for a relative 10^-40."""
    # Functions cut at a digit, such as a remainder, need every digit of a long number.
    cut = any(isinstance(part, Call) or (isinstance(part, Binary) and part.operator == "mod") for part in walk(node))
    with localcontext(Context(prec=DIGITS + MOST_DIGITS if cut else DIGITS, Emax=10**6, Emin=-(10**6))):
        try:
            expected = _decimal(node)
            found = _number(result.number * factor(result.units))
            return abs(expected - found) <= _TOLERANCE * max(Decimal(1), abs(found))
        except (DecimalException, ZeroDivisionError):
            return False


def _number(value: Fraction) -> Decimal:
    return Decimal(value.numerator) / Decimal(value.denominator)


def _decimal(node: Node) -> Decimal:
    """The value in base units, in the current decimal context."""
    match node:
        case Value(value):
            return _number(value.number * factor(value.units))
        case Negate(operand):
            return -_decimal(operand)
        case Percent(operand):
            return _decimal(operand) / 100
        case Binary(operator, left, right):
            return _OPERATORS[operator](_decimal(left), _decimal(right))
        case Call(name, arguments):
            values = [_decimal(argument) for argument in arguments]
            # Rounding depends on the unit rounded in: 5.7 ft is 6 ft, whatever that is in metres.
            unit = _number(factor(evaluate(arguments[0]).units))
            return _CALLS[name]([values[0] / unit, *values[1:]] if name in _ROUNDING else values) * (
                unit if name in _ROUNDING else 1
            )
        case _:
            raise DecimalException


def _modulo(left: Decimal, right: Decimal) -> Decimal:
    return left - right * (left / right).to_integral_value(ROUND_FLOOR)


def _divisor(values: list[Decimal]) -> Decimal:
    """The greatest common divisor by Euclid's algorithm."""
    result = abs(values[0])
    for value in values[1:]:
        other = abs(value)
        while other:
            result, other = other, result % other
    return result


def _multiple(values: list[Decimal]) -> Decimal:
    result = abs(values[0])
    for value in values[1:]:
        divisor = _divisor([result, value])
        result = abs(result * value / divisor) if divisor else Decimal(0)
    return result


def _factorial(values: list[Decimal]) -> Decimal:
    result = Decimal(1)
    for number in range(2, int(values[0]) + 1):
        result *= number
    return result


def _round(values: list[Decimal]) -> Decimal:
    scale = Decimal(10) ** (values[1] if len(values) > 1 else 0)
    return (values[0] * scale).to_integral_value(ROUND_HALF_UP) / scale


_OPERATORS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "^": lambda left, right: left**right,
    "mod": _modulo,
}

_ROUNDING = {"ceil", "floor", "round"}

_CALLS: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "abs": lambda values: abs(values[0]),
    "ceil": lambda values: values[0].to_integral_value(ROUND_CEILING),
    "factorial": _factorial,
    "floor": lambda values: values[0].to_integral_value(ROUND_FLOOR),
    "gcd": _divisor,
    "lcm": _multiple,
    "max": max,
    "min": min,
    "round": _round,
    "sqrt": lambda values: values[0].sqrt(),
}
