"""A formula as the coefficients of a polynomial, exact."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from app.language.algebra import Formula, Name, Number, Operation
from app.language.errors import ImpossibleError, NotUnderstoodError

HIGHEST_DEGREE = 12


def coefficients(formula: Formula, name: str) -> list[Fraction]:
    """Of 1, x, x^2, …: the last is not 0. Raises NotUnderstoodError for what is no polynomial in `name`."""
    found = _coefficients(formula, name)
    while len(found) > 1 and not found[-1]:
        found.pop()
    return found


def _coefficients(formula: Formula, name: str) -> list[Fraction]:
    match formula:
        case Number(value):
            return [value]
        case Name(own) if own == name:
            return [Fraction(0), Fraction(1)]
        case Operation("+" | "-" as sign, left, right):
            return added(coefficients(left, name), coefficients(right, name), 1 if sign == "+" else -1)
        case Operation("*", left, right):
            return multiplied(coefficients(left, name), coefficients(right, name))
        case Operation("/", left, right):
            below = coefficients(right, name)
            if len(below) > 1 or not below[0]:
                raise NotUnderstoodError("a division by an unknown, or by nothing")
            return [item / below[0] for item in coefficients(left, name)]
        case Operation("^", left, Number(power)) if power.denominator == 1 and 0 <= power <= HIGHEST_DEGREE:
            result = [Fraction(1)]
            base = coefficients(left, name)
            for _ in range(int(power)):
                result = multiplied(result, base)
            return result
        case _:
            raise NotUnderstoodError("no polynomial")


def added(one: Sequence[Fraction], other: Sequence[Fraction], sign: int = 1) -> list[Fraction]:
    """The sum, or with sign -1 the difference."""
    size = max(len(one), len(other))
    padded = [[*items, *[Fraction(0)] * (size - len(items))] for items in (one, other)]
    return [a + sign * b for a, b in zip(*padded, strict=True)]


def multiplied(one: Sequence[Fraction], other: Sequence[Fraction]) -> list[Fraction]:
    """The product; ImpossibleError for one of too high a degree."""
    if len(one) + len(other) - 2 > HIGHEST_DEGREE:
        raise ImpossibleError(f"polynomials have a degree of at most {HIGHEST_DEGREE} here")
    result = [Fraction(0)] * (len(one) + len(other) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(other):
            result[i + j] += a * b
    return result


def at(found: Sequence[Fraction], x: complex) -> complex:
    """The polynomial's value, by Horner's rule."""
    value = 0j
    for item in reversed(found):
        value = value * x + float(item)
    return value
