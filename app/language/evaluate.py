"""The value of an expression tree: exact fractions from the leaves up, with every growth bounded beforehand."""

import math
from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from fractions import Fraction

from app.language.errors import ImpossibleError
from app.language.expression import Binary, Call, Convert, Negate, Node, Percent, Value
from app.language.numbers import MOST_DIGITS, magnitude
from app.language.quantity import Quantity, describe

MOST_BITS = int(MOST_DIGITS * math.log2(10))
LARGEST_FACTORIAL = 2000
LARGEST_DEGREE = 1000
# Approximations carry this many digits, far more than are ever shown; more where a result depends on more.
PRECISION = 50
# The last digits of an approximation are none to rely on.
GUARD = 15
# What is nothing, or a whole number, to so many digits is taken for that.
SURE = 200

_TOO_LARGE = f"the result, or a part of it, has more than {MOST_DIGITS:,} digits"


class _ImpreciseError(Exception):
    """A result depends on more digits than the approximations in it have."""

    def __init__(self, digits: int) -> None:
        super().__init__(digits)
        self.digits = digits


def evaluate(node: Node) -> Quantity:
    """The tree's value; raises ImpossibleError where there is none."""
    precision = PRECISION
    while True:
        try:
            return _evaluated(node, precision)
        except _ImpreciseError as error:
            precision = max(2 * precision, error.digits)
            if precision > 2 * MOST_DIGITS:
                raise ImpossibleError(_TOO_LARGE) from None


def _evaluated(node: Node, precision: int) -> Quantity:
    result = _evaluate(node, precision)
    if max(result.number.numerator.bit_length(), result.number.denominator.bit_length()) > MOST_BITS + 4 * precision:
        raise ImpossibleError(_TOO_LARGE)
    return result


def _evaluate(node: Node, precision: int) -> Quantity:
    match node:
        case Value(value):
            return value
        case Negate(operand):
            inner = _evaluated(operand, precision)
            return Quantity(-inner.number, inner.units, inner.exact)
        case Percent(operand):
            return _evaluated(operand, precision).multiply(Quantity(Fraction(1, 100)))
        case Binary(operator, left, right):
            return _BINARY[operator](_evaluated(left, precision), _evaluated(right, precision), precision)
        case Call(name, arguments):
            return _CALLS[name]([_evaluated(argument, precision) for argument in arguments], precision)
        case Convert(operand, units):
            return _evaluated(operand, precision).convert(units)
        case _:
            raise ImpossibleError("percentages and earlier results are steps of their own")


def _add(left: Quantity, right: Quantity, precision: int, sign: int = 1) -> Quantity:
    result = left.add(right, sign)
    if result.exact:
        return result
    size = magnitude(left.number or Fraction(1))
    if not left.number or (result.number and magnitude(result.number) > size - precision + GUARD):
        return result
    # Next to nothing is left of two approximations: it is nothing, or they have too few digits to tell.
    if precision < SURE:
        raise _ImpreciseError(SURE)
    return Quantity(Fraction(0), result.units, exact=False)


def _modulo(left: Quantity, right: Quantity, precision: int) -> Quantity:  # noqa: ARG001
    if not right.number:
        raise ImpossibleError("a division by zero has no result")
    converted = right.convert(left.units)
    return Quantity(left.number % converted.number, left.units, left.exact and right.exact)


def _power(base: Quantity, exponent: Quantity, precision: int) -> Quantity:
    if exponent.units:
        raise ImpossibleError(f"an exponent must be a plain number, not {describe(exponent.units)}")
    raised = base.power(exponent.number.numerator, MOST_BITS)
    degree = exponent.number.denominator
    if degree > LARGEST_DEGREE:
        raise ImpossibleError(f"an exponent is a whole number, or a fraction over at most {LARGEST_DEGREE}")
    return raised if degree == 1 else root(raised, degree, precision)


def root(value: Quantity, degree: int, precision: int = PRECISION) -> Quantity:
    """The real root of a quantity: exact when there is one, else to so many digits."""
    if value.number < 0 and degree % 2:
        found = root(Quantity(-value.number, value.units, value.exact), degree, precision)
        return Quantity(-found.number, found.units, found.exact)
    if value.number < 0:
        raise ImpossibleError("a root of a negative number is not a real number")
    if any(power % degree for _, power in value.units):
        raise ImpossibleError(f"{describe(value.units)} have no such root")
    units = tuple((symbol, power // degree) for symbol, power in value.units)
    above, below = integer_root(value.number.numerator, degree), integer_root(value.number.denominator, degree)
    if above is not None and below is not None:
        return Quantity(Fraction(above, below), units, value.exact)
    context = Context(prec=precision, Emax=10**6, Emin=-(10**6))
    number = context.divide(Decimal(value.number.numerator), Decimal(value.number.denominator))
    approximate = context.sqrt(number) if degree == 2 else context.power(number, context.divide(Decimal(1), degree))
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


def _factorial(arguments: list[Quantity], precision: int) -> Quantity:  # noqa: ARG001
    number = _whole(arguments[0], "a factorial")
    if number < 0:
        raise ImpossibleError("a factorial of a negative number is not defined")
    if number > LARGEST_FACTORIAL:
        raise ImpossibleError(_TOO_LARGE)
    return Quantity(Fraction(math.factorial(number)))


def _rounded(arguments: list[Quantity], precision: int) -> Quantity:
    decimals = _whole(arguments[1], "round") if len(arguments) > 1 else 0
    return _to_places(arguments[0], decimals, precision)


def _significant(arguments: list[Quantity], precision: int) -> Quantity:
    value, figures = arguments[0], _whole(arguments[1], "rounding")
    if not 1 <= figures <= MOST_DIGITS:
        raise ImpossibleError("a number is rounded to 1 significant figure or more")
    return _to_places(value, figures - 1 - magnitude(value.number), precision) if value.number else value


def _to_places(value: Quantity, decimals: int, precision: int) -> Quantity:
    if abs(decimals) > MOST_DIGITS:
        raise ImpossibleError(_TOO_LARGE)
    scale = Fraction(10) ** decimals
    number = _half_up(_settled(value.number * scale, precision, exact=value.exact)) / scale
    return Quantity(number, value.units)


def _half_up(value: Fraction) -> Fraction:
    """Halves away from zero, as people round; Python rounds them to even."""
    number = math.floor(abs(value) + Fraction(1, 2))
    return Fraction(-number if value < 0 else number)


def _settled(value: Fraction, precision: int, *, exact: bool) -> Fraction:
    """`value`, of which the digits before the point, and what comes next, are certain."""
    if exact or not value:
        return value
    known = precision - GUARD - max(magnitude(value), 0)
    if known < 1:
        raise _ImpreciseError(magnitude(value) + 2 * GUARD)
    # At a whole number, or halfway between two, a digit more may turn it.
    half = Fraction(round(value * 2), 2)
    if abs(value - half) > Fraction(1, 10**known):
        return value
    if precision < SURE:
        raise _ImpreciseError(SURE + magnitude(half) if half else SURE)
    return half


def _cut(function: Callable[[Fraction], int]) -> Callable[[list[Quantity], int], Quantity]:
    def apply(arguments: list[Quantity], precision: int) -> Quantity:
        value = arguments[0]
        return Quantity(Fraction(function(_settled(value.number, precision, exact=value.exact))), value.units)

    return apply


def _size(arguments: list[Quantity], precision: int) -> Quantity:  # noqa: ARG001
    return Quantity(abs(arguments[0].number), arguments[0].units, arguments[0].exact)


def _among(choose: Callable[[list[Fraction]], Fraction]) -> Callable[[list[Quantity], int], Quantity]:
    def apply(arguments: list[Quantity], precision: int) -> Quantity:  # noqa: ARG001
        same = [argument.convert(arguments[0].units) for argument in arguments]
        number = choose([argument.number for argument in same])
        return Quantity(number, arguments[0].units, all(argument.exact for argument in same))

    return apply


def _integers(function: Callable[..., int], name: str) -> Callable[[list[Quantity], int], Quantity]:
    return lambda arguments, _: Quantity(Fraction(function(*(_whole(argument, name) for argument in arguments))))


def _pi(arguments: list[Quantity], precision: int) -> Quantity:  # noqa: ARG001
    """By arithmetic and geometric means (Brent and Salamin, 1976)."""
    with localcontext(Context(prec=precision + GUARD)):
        one, other, total, power = Decimal(1), 1 / Decimal(2).sqrt(), Decimal("0.25"), 1
        while abs(one - other) > Decimal(10) ** -precision:
            mean = (one + other) / 2
            total -= power * (one - mean) ** 2
            one, other, power = mean, (one * other).sqrt(), 2 * power
        return Quantity(Fraction(+((one + other) ** 2 / (4 * total))), exact=False)


_BINARY: dict[str, Callable[[Quantity, Quantity, int], Quantity]] = {
    "+": _add,
    "-": lambda left, right, precision: _add(left, right, precision, -1),
    "*": lambda left, right, _: left.multiply(right),
    "/": lambda left, right, _: left.multiply(right, -1),
    "^": _power,
    "mod": _modulo,
}

_CALLS: dict[str, Callable[[list[Quantity], int], Quantity]] = {
    "abs": _size,
    "ceil": _cut(math.ceil),
    "factorial": _factorial,
    "floor": _cut(math.floor),
    "gcd": _integers(math.gcd, "gcd"),
    "lcm": _integers(math.lcm, "lcm"),
    "max": _among(max),
    "min": _among(min),
    "pi": _pi,
    "round": _rounded,
    "significant": _significant,
    "sqrt": lambda arguments, precision: root(arguments[0], 2, precision),
}
