"""The value of an expression tree: exact fractions from the leaves up, with every growth bounded beforehand."""

import math
from collections.abc import Callable
from decimal import Context, Decimal
from fractions import Fraction

from app.language.errors import ImpossibleError
from app.language.expression import Binary, Call, Convert, Negate, Node, Percent, Value
from app.language.numbers import MOST_DIGITS
from app.language.quantity import Quantity, describe

MOST_BITS = int(MOST_DIGITS * math.log2(10))
LARGEST_FACTORIAL = 2000
LARGEST_DEGREE = 1000
# Approximations carry this many digits, far more than are ever shown.
PRECISION = 50
_CONTEXT = Context(prec=PRECISION, Emax=10**6, Emin=-(10**6))

_TOO_LARGE = f"the result, or a part of it, has more than {MOST_DIGITS:,} digits"


def evaluate(node: Node) -> Quantity:
    """The tree's value; raises ImpossibleError where there is none."""
    result = _evaluate(node)
    if max(result.number.numerator.bit_length(), result.number.denominator.bit_length()) > MOST_BITS:
        raise ImpossibleError(_TOO_LARGE)
    return result


def _evaluate(node: Node) -> Quantity:
    match node:
        case Value(value):
            return value
        case Negate(operand):
            inner = evaluate(operand)
            return Quantity(-inner.number, inner.units, inner.exact)
        case Percent(operand):
            return evaluate(operand).multiply(Quantity(Fraction(1, 100)))
        case Binary(operator, left, right):
            return _BINARY[operator](evaluate(left), evaluate(right))
        case Call(name, arguments):
            return _CALLS[name]([evaluate(argument) for argument in arguments])
        case Convert(operand, units):
            return evaluate(operand).convert(units)
        case _:
            raise ImpossibleError("percentages and earlier results are steps of their own")


def _modulo(left: Quantity, right: Quantity) -> Quantity:
    if not right.number:
        raise ImpossibleError("a division by zero has no result")
    converted = right.convert(left.units)
    return Quantity(left.number % converted.number, left.units, left.exact and right.exact)


def _power(base: Quantity, exponent: Quantity) -> Quantity:
    if exponent.units:
        raise ImpossibleError(f"an exponent must be a plain number, not {describe(exponent.units)}")
    raised = base.power(exponent.number.numerator, MOST_BITS)
    degree = exponent.number.denominator
    if degree > LARGEST_DEGREE:
        raise ImpossibleError(f"an exponent is a whole number, or a fraction over at most {LARGEST_DEGREE}")
    return raised if degree == 1 else root(raised, degree)


def root(value: Quantity, degree: int) -> Quantity:
    """The root of a quantity: exact when there is one, else to PRECISION digits."""
    if value.number < 0:
        raise ImpossibleError("a root of a negative number is not a real number")
    if any(power % degree for _, power in value.units):
        raise ImpossibleError(f"{describe(value.units)} have no such root")
    units = tuple((symbol, power // degree) for symbol, power in value.units)
    above, below = integer_root(value.number.numerator, degree), integer_root(value.number.denominator, degree)
    if above is not None and below is not None:
        return Quantity(Fraction(above, below), units, value.exact)
    number = _CONTEXT.divide(Decimal(value.number.numerator), Decimal(value.number.denominator))
    approximate = _CONTEXT.sqrt(number) if degree == 2 else _CONTEXT.power(number, _CONTEXT.divide(Decimal(1), degree))
    return Quantity(Fraction(approximate), units, exact=False)


def integer_root(value: int, degree: int) -> int | None:
    """The whole root of a whole number, or None if there is none."""
    if degree == 2:
        root = math.isqrt(value)
        return root if root * root == value else None
    if degree >= value.bit_length():
        return value if value <= 1 else None
    low, high = 0, 1 << (value.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if middle**degree <= value:
            low = middle
        else:
            high = middle - 1
    return low if low**degree == value else None


def _whole(quantity: Quantity, name: str) -> int:
    if quantity.units or quantity.number.denominator != 1:
        raise ImpossibleError(f"{name} needs whole numbers without a unit")
    return quantity.number.numerator


def _factorial(arguments: list[Quantity]) -> Quantity:
    number = _whole(arguments[0], "a factorial")
    if number < 0:
        raise ImpossibleError("a factorial of a negative number is not defined")
    if number > LARGEST_FACTORIAL:
        raise ImpossibleError(_TOO_LARGE)
    return Quantity(Fraction(math.factorial(number)))


def _rounded(arguments: list[Quantity]) -> Quantity:
    decimals = _whole(arguments[1], "round") if len(arguments) > 1 else 0
    if abs(decimals) > MOST_DIGITS:
        raise ImpossibleError(_TOO_LARGE)
    # Halves away from zero, as people round; Python rounds them to even.
    value, scale = arguments[0], Fraction(10) ** decimals
    number = math.floor(abs(value.number) * scale + Fraction(1, 2)) / scale
    return Quantity(-number if value.number < 0 else number, value.units, value.exact)


def _each(function: Callable[[Fraction], Fraction | int]) -> Callable[[list[Quantity]], Quantity]:
    def apply(arguments: list[Quantity]) -> Quantity:
        value = arguments[0]
        return Quantity(Fraction(function(value.number)), value.units, value.exact)

    return apply


def _among(choose: Callable[[list[Fraction]], Fraction]) -> Callable[[list[Quantity]], Quantity]:
    def apply(arguments: list[Quantity]) -> Quantity:
        same = [argument.convert(arguments[0].units) for argument in arguments]
        number = choose([argument.number for argument in same])
        return Quantity(number, arguments[0].units, all(argument.exact for argument in same))

    return apply


def _integers(function: Callable[..., int], name: str) -> Callable[[list[Quantity]], Quantity]:
    return lambda arguments: Quantity(Fraction(function(*(_whole(argument, name) for argument in arguments))))


_BINARY: dict[str, Callable[[Quantity, Quantity], Quantity]] = {
    "+": lambda left, right: left.add(right),
    "-": lambda left, right: left.add(right, -1),
    "*": lambda left, right: left.multiply(right),
    "/": lambda left, right: left.multiply(right, -1),
    "^": _power,
    "mod": _modulo,
}

_CALLS: dict[str, Callable[[list[Quantity]], Quantity]] = {
    "abs": _each(abs),
    "ceil": _each(math.ceil),
    "factorial": _factorial,
    "floor": _each(math.floor),
    "gcd": _integers(math.gcd, "gcd"),
    "lcm": _integers(math.lcm, "lcm"),
    "max": _among(max),
    "min": _among(min),
    "round": _rounded,
    "sqrt": lambda arguments: root(arguments[0], 2),
}
