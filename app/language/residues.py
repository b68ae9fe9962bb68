"""A second way to a result: casting out primes.

As casting out nines checks a sum by its remainder, an exact result is checked by its remainder modulo a large prime,
computed from the leaves without ever forming the large number. Each base unit counts as a fixed number too, so a wrong
dimension shows just as a wrong digit does. What has no meaning among remainders (rounding, size, roots) is evaluated
in decimal floating point instead, which shares nothing with exact fractions but the definition.
"""

from collections.abc import Callable
from fractions import Fraction

from app.language.decimals import DIGITS, decimals_agree
from app.language.expression import Binary, Call, Negate, Node, Percent, Value, walk
from app.language.quantity import Quantity, dimension, factor, has_offset

# Mersenne primes: a wrong result agrees by chance once in 10^18, and then once more in 10^26.
PRIMES = (2**61 - 1, 2**89 - 1)


class _UndefinedError(Exception):
    """A divisor is a multiple of the prime, so it has no inverse."""


def agrees(node: Node, result: Quantity) -> tuple[bool, str]:
    """Whether `result` is the value of `node`, and the name of the method that says so."""
    if result.exact and all(_among_remainders(part) for part in walk(node)):
        try:
            same = all(_residue(node, prime) == _value_residue(result, prime) for prime in PRIMES)
        except _UndefinedError:
            same = False
        return same, "remainders modulo two primes"
    return decimals_agree(node, result), f"decimal arithmetic with {DIGITS} digits"


def _among_remainders(node: Node) -> bool:
    match node:
        case Binary("^", _, exponent):
            return isinstance(exponent, Value) and exponent.value.number.denominator == 1
        case Binary("mod"):
            return False
        case Call(name):
            # Of a plain number: what is computed has no size among remainders.
            return name == "factorial" and isinstance(node.arguments[0], Value)
        case Value(value):
            return value.exact and not has_offset(value.units)
        case _:
            return True


def _fraction_residue(value: Fraction, prime: int) -> int:
    return value.numerator * _inverse(value.denominator, prime) % prime


def _inverse(value: int, prime: int) -> int:
    if value % prime == 0:
        raise _UndefinedError
    return pow(value, -1, prime)


def _value_residue(value: Quantity, prime: int) -> int:
    result = _fraction_residue(value.number * factor(value.units), prime)
    for base, exponent in dimension(value.units):
        # Any fixed number does for a base unit; its name's bytes give each one its own.
        result = result * pow(int.from_bytes(base.encode()), exponent, prime) % prime
    return result


def _residue(node: Node, prime: int) -> int:
    match node:
        case Value(value):
            return _value_residue(value, prime)
        case Negate(operand):
            return -_residue(operand, prime) % prime
        case Percent(operand):
            return _residue(operand, prime) * _inverse(100, prime) % prime
        case Call("factorial", (Value(number),)):
            return _factorial(int(number.number), prime)
        case Binary("^", base, Value(exponent)):
            power = exponent.number.numerator
            remainder = _residue(base, prime)
            return pow(remainder if power >= 0 else _inverse(remainder, prime), abs(power), prime)
        case Binary(operator, left, right):
            return _OPERATORS[operator](_residue(left, prime), _residue(right, prime), prime)
        case _:
            raise _UndefinedError


def _factorial(number: int, prime: int) -> int:
    result = 1
    for each in range(2, number + 1):
        result = result * each % prime
    return result


_OPERATORS: dict[str, Callable[[int, int, int], int]] = {
    "+": lambda left, right, prime: (left + right) % prime,
    "-": lambda left, right, prime: (left - right) % prime,
    "*": lambda left, right, prime: left * right % prime,
    "/": lambda left, right, prime: left * _inverse(right, prime) % prime,
}
