"""Expressions as trees: what the parser makes, the planner takes apart, and the solver evaluates.

Nothing here evaluates. `text` writes a tree without percentages and conversions in a form that the parser reads back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from app.language.quantity import Quantity, Units, unit_text

if TYPE_CHECKING:
    from collections.abc import Iterator

Operator = Literal["+", "-", "*", "/", "^", "mod"]
PercentageKind = Literal["of", "increase", "decrease", "share", "change", "whole"]


@dataclass(frozen=True)
class Value:
    """A number as written, with its unit if it has one."""

    value: Quantity


@dataclass(frozen=True)
class Reference:
    """The result of an earlier step, counted from 1; negative, one of the parts of the task before this one."""

    step: int


@dataclass(frozen=True)
class Binary:
    """Two operands and what joins them."""

    operator: Operator
    left: Node
    right: Node


@dataclass(frozen=True)
class Negate:
    """Minus the operand."""

    operand: Node


@dataclass(frozen=True)
class Call:
    """A function by name; `factorial` is also written 5!."""

    name: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True)
class Percent:
    """The operand in hundredths: 15%."""

    operand: Node


@dataclass(frozen=True)
class Percentage:
    """A percent put to use; `first` and `second` by kind.

    of, increase, decrease: the percent, the quantity. share: part, whole. change: old, new. whole: the percent, part.
    """

    kind: PercentageKind
    first: Node
    second: Node


@dataclass(frozen=True)
class Convert:
    """The operand in other units."""

    operand: Node
    units: Units


Node = Value | Reference | Binary | Negate | Call | Percent | Percentage | Convert

# Functions and how many arguments they take: (least, most).
FUNCTIONS: dict[str, tuple[int, int]] = {
    "abs": (1, 1),
    "ceil": (1, 1),
    "factorial": (1, 1),
    "floor": (1, 1),
    "gcd": (2, 50),
    "lcm": (2, 50),
    "max": (1, 50),
    "min": (1, 50),
    "pi": (0, 0),
    "round": (1, 2),
    "significant": (2, 2),
    "sqrt": (1, 1),
}


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Binary(_, left, right):
            return (left, right)
        case Percentage(_, first, second):
            return (first, second)
        case Negate(operand) | Percent(operand) | Convert(operand, _):
            return (operand,)
        case Call(_, arguments):
            return arguments
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """The node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def text(node: Node) -> str:  # noqa: PLR0911 (one return for each kind of node)
    """The canonical form, fully bracketed: `((3 + 4) * [5/2 kg])`."""
    match node:
        case Value(value):
            plain = value.exact and not value.units and value.number.denominator == 1 and value.number >= 0
            return str(value) if plain else f"[{value}]"
        case Reference(step):
            return f"#{step}"
        case Binary(operator, left, right):
            return f"({text(left)} {operator} {text(right)})"
        case Negate(operand):
            return f"(-{text(operand)})"
        case Call("pi"):
            return "pi"
        case Call(name, arguments):
            return f"{name}({'; '.join(text(argument) for argument in arguments)})"
        case Percent(operand):
            return f"({text(operand)} / 100)"
        case Percentage(kind, first, second):
            return f"{text(first)} {kind} {text(second)}"
        case Convert(operand, units):
            return f"{text(operand)} in {unit_text(units)}"
