"""An expression's value in decimal floating point: the second way to results that have no remainder."""

from collections.abc import Callable
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DecimalException,
    getcontext,
    localcontext,
)
from fractions import Fraction

from app.language.evaluate import evaluate
from app.language.expression import Binary, Call, Negate, Node, Percent, Value, walk
from app.language.numbers import MOST_DIGITS
from app.language.quantity import Quantity, factor

DIGITS = 240
_TOLERANCE = Decimal("1e-40")
# The smallest size that a difference is measured against.
_LEAST = Decimal("1e-20")


def decimals_agree(node: Node, result: Quantity) -> bool:
    """Whether the tree evaluates to `result` in decimal arithmetic, but for a relative 10^-40."""
    # Functions cut at a digit, such as a remainder, need every digit of a long number.
    cut = any(isinstance(part, Call) or (isinstance(part, Binary) and part.operator == "mod") for part in walk(node))
    digits = DIGITS + MOST_DIGITS if cut else DIGITS
    # Once it is cut at a digit, a result is exact.
    tolerance = Decimal(10) ** -(digits // 2) if result.exact else _TOLERANCE
    with localcontext(Context(prec=digits, Emax=10**6, Emin=-(10**6))):
        try:
            expected = _decimal(node)
            found = _number(result.number * factor(result.units))
            return abs(expected - found) <= tolerance * max(_LEAST, abs(found))
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
        case Binary("^", left, right):
            return _power(_decimal(left), evaluate(right).number)
        case Binary(operator, left, right):
            return _OPERATORS[operator](_decimal(left), _decimal(right))
        case Call(name, arguments):
            values = [_decimal(argument) for argument in arguments]
            # Rounding depends on the unit rounded in: 5.7 ft is 6 ft, whatever that is in metres.
            unit = _number(factor(evaluate(arguments[0]).units)) if name in _ROUNDING else Decimal(1)
            return _CALLS[name]([values[0] / unit, *values[1:]] if name in _ROUNDING else values) * unit
        case _:
            raise DecimalException


def _power(base: Decimal, exponent: Fraction) -> Decimal:
    """The real power: of a number below zero, a root of odd degree has one."""
    if base < 0 and exponent.denominator > 1 and exponent.denominator % 2:
        sign = -1 if exponent.numerator % 2 else 1
        return Decimal(sign) * (-base) ** _number(exponent)
    return Decimal(base ** _number(exponent))


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


def _pi(values: list[Decimal]) -> Decimal:  # noqa: ARG001
    """By Machin's formula, 4 (4 atan 1/5 - atan 1/239)."""

    def inverse_tangent(divisor: int) -> Decimal:
        term, total, odd = Decimal(1) / divisor, Decimal(0), 1
        while abs(term) > Decimal(10) ** -getcontext().prec:
            total += term / odd
            term, odd = -term / divisor**2, odd + 2
        return total

    return 4 * (4 * inverse_tangent(5) - inverse_tangent(239))


def _round(values: list[Decimal]) -> Decimal:
    scale = Decimal(10) ** (values[1] if len(values) > 1 else 0)
    return _steady(values[0] * scale).to_integral_value(ROUND_HALF_UP) / scale


def _steady(value: Decimal) -> Decimal:
    """`value`, or the half or whole number that it misses by its last digits only: 0.999…9 is 1."""
    half = (value * 2).to_integral_value() / 2
    return (
        half if abs(value - half) <= Decimal(10) ** -(getcontext().prec // 2) * max(Decimal(1), abs(value)) else value
    )


def _significant(values: list[Decimal]) -> Decimal:
    places = int(values[1]) - 1 - values[0].adjusted() if values[0] else 0
    return _round([values[0], Decimal(places)])


_OPERATORS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
    "/": lambda left, right: left / right,
    "mod": _modulo,
}

_ROUNDING = {"ceil", "floor", "round", "significant"}

_CALLS: dict[str, Callable[[list[Decimal]], Decimal]] = {
    "abs": lambda values: abs(values[0]),
    "ceil": lambda values: _steady(values[0]).to_integral_value(ROUND_CEILING),
    "factorial": _factorial,
    "floor": lambda values: _steady(values[0]).to_integral_value(ROUND_FLOOR),
    "gcd": _divisor,
    "lcm": _multiple,
    "max": max,
    "min": min,
    "pi": _pi,
    "round": _round,
    "significant": _significant,
    "sqrt": lambda values: values[0].sqrt(),
}
