"""Functions in words, and which operands they take: `half of 10 plus 4` is 9, as `half(10) + 4` would be.

An operand binds tighter than any sign after it, as in every other notation for functions. Between the two of `the sum
of … and …` the first may be anything; after the second no sign of multiplication may come, which could take it alone.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from app.language.errors import NotUnderstoodError
from app.language.expression import Binary, Call, Negate, Node, Operator, Value
from app.language.quantity import Quantity
from app.language.tokens import Token

# Tighter than a product, looser than a power.
TIGHT = 30
PRODUCT = 20


class Reader(Protocol):
    """What a phrase needs of the parser."""

    def at(self, ahead: int = 0) -> Token: ...  # noqa: D102
    def take(self, *words: str) -> bool: ...  # noqa: D102
    def expression(self, binding: int) -> Node: ...  # noqa: D102
    def operator(self) -> tuple[Operator | None, int, int] | None: ...  # noqa: D102


def _number(value: Fraction | int) -> Node:
    return Value(Quantity(Fraction(value)))


def _power(exponent: Fraction | int) -> Callable[[Node], Node]:
    return lambda node: Binary("^", node, _number(exponent))


def _times(factor: int) -> Callable[[Node], Node]:
    return lambda node: Binary("*", _number(factor), node)


def _part(divisor: int) -> Callable[[Node], Node]:
    return lambda node: Binary("/", node, _number(divisor))


_ORDINALS = {"third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
_PARTS = {"half": 2, "quarter": 4, **_ORDINALS}
_OF_ONE: dict[tuple[str, ...], Callable[[Node], Node]] = {
    ("square", "root", "of"): lambda node: Call("sqrt", (node,)),
    ("cube", "root", "of"): _power(Fraction(1, 3)),
    **{(name, "root", "of"): _power(Fraction(1, degree)) for name, degree in _ORDINALS.items()},
    ("square", "of"): _power(2),
    ("cube", "of"): _power(3),
    ("factorial", "of"): lambda node: Call("factorial", (node,)),
    ("reciprocal", "of"): lambda node: Binary("/", _number(1), node),
    ("absolute", "value", "of"): lambda node: Call("abs", (node,)),
    ("negative",): Negate,
    ("double",): _times(2),
    ("twice",): _times(2),
    ("triple",): _times(3),
    ("treble",): _times(3),
    ("thrice",): _times(3),
    ("halve",): _part(2),
    **{(name, "of"): _part(divisor) for name, divisor in _PARTS.items()},
}
_OF_TWO: dict[tuple[str, ...], tuple[Operator, str]] = {
    ("sum", "of"): ("+", "and"),
    ("total", "of"): ("+", "and"),
    ("difference", "between"): ("-", "and"),
    ("difference", "of"): ("-", "and"),
    ("product", "of"): ("*", "and"),
    ("quotient", "of"): ("/", "and"),
    ("ratio", "of"): ("/", "to"),
}


def read_phrase(reader: Reader) -> Node | None:
    """What the words that come next compute, or None if they are no such phrase; raises NotUnderstoodError."""
    for words, build in _OF_ONE.items():
        if reader.take(*words):
            return build(reader.expression(TIGHT))
    if reader.at().text.lower() == "half":
        reader.take("half")
        # `half an hour`; alone it is a number.
        if reader.at().kind == "end" or reader.operator() is not None:
            return _number(Fraction(1, 2))
        return _part(2)(reader.expression(TIGHT))
    for words, (operator, joint) in _OF_TWO.items():
        if reader.take(*words):
            return _of_two(reader, operator, joint)
    return None


def _of_two(reader: Reader, operator: Operator, joint: str) -> Node:
    first = reader.expression(0)
    if not reader.take("and") and not reader.take(joint):
        # `the sum of 2 + 2`
        if operator in {"+", "*"} and isinstance(first, Binary) and first.operator == operator:
            return first
        raise NotUnderstoodError(reader.at().text)
    second = reader.expression(TIGHT)
    following = reader.operator()
    if operator in {"+", "-"} and following is not None and PRODUCT <= following[1] < TIGHT:
        raise NotUnderstoodError("a product after a sum in words")
    # Of two numbers the difference is what lies between them.
    node = Binary(operator, first, second)
    return Call("abs", (node,)) if operator == "-" else node
