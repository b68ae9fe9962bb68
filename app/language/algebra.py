"""Formulas with unknowns, `2x^2 - sin(x)`: a small grammar of its own, so that nothing a person types is evaluated.

From loosest to tightest: `+ -`, `* /` and products without a sign (`2x`, `3(x + 1)`), minus, `^`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from app.language.errors import NotUnderstoodError
from app.language.numbers import NUMBER, read_number
from app.language.tokens import DATE, raised

LONGEST = 400
DEEPEST = 40
CONSTANTS = {"pi": math.pi, "e": math.e}
FUNCTIONS: dict[str, Callable[[float], float]] = {
    "sqrt": math.sqrt,
    "exp": math.exp,
    "ln": math.log,
    "log": math.log,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": math.asin,
    "acos": math.acos,
    "atan": math.atan,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "tanh": math.tanh,
    "abs": abs,
    "lg": math.log10,
    "lb": math.log2,
}
_NUMBER = rf"(?:{NUMBER}e[-+]?[0-9]{{1,4}}(?![0-9a-z])|{NUMBER})"
_ENDLESS = re.compile(r"[0-9]e[-+]?[0-9]{5}", re.IGNORECASE)
_TOKEN = re.compile(rf"\s*(?:(?P<number>{_NUMBER})|(?P<name>[a-z]+)|(?P<sign>\*\*|[-+*/^()|√°]))", re.IGNORECASE)
_SIGNS = str.maketrans("\u2212\u00b7\u00d7\u00f7", "-**/") | {ord("π"): " pi "}


@dataclass(frozen=True)
class Number:
    """A number."""

    value: Fraction


@dataclass(frozen=True)
class Name:
    """An unknown, or a constant of CONSTANTS."""

    name: str


@dataclass(frozen=True)
class Operation:
    """Two operands and one of + - * / ^ between them."""

    sign: str
    left: Formula
    right: Formula


@dataclass(frozen=True)
class Function:
    """A function of FUNCTIONS."""

    name: str
    argument: Formula


Formula = Number | Name | Operation | Function


def parse_formula(text: str) -> Formula:
    """The tree of `text`; raises NotUnderstoodError for anything that is not a formula."""
    if len(text) > LONGEST:
        raise NotUnderstoodError("a formula that long")
    if DATE.search(text) or _ENDLESS.search(text):
        raise NotUnderstoodError("a date, or a power of ten that no number here has")
    text = raised(text.translate(_SIGNS)).replace("\u00b2", "^2").replace("\u00b3", "^3").strip()
    parts: list[str] = []
    position = 0
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            raise NotUnderstoodError(text[position:])
        parts.append(match[0].strip().lower().replace("**", "^"))
        position = match.end()
    parser = _Parser(parts)
    formula = parser.sum()
    if parser.at():
        raise NotUnderstoodError(parser.at())
    return formula


def unknowns(formula: Formula) -> set[str]:
    """The names in a formula that are no constants."""
    match formula:
        case Name(name):
            return set() if name in CONSTANTS else {name}
        case Operation(_, left, right):
            return unknowns(left) | unknowns(right)
        case Function(_, argument):
            return unknowns(argument)
        case _:
            return set()


def value_at(formula: Formula, values: Mapping[str, float]) -> float:
    """The formula's value in floating point; ValueError, ZeroDivisionError or OverflowError where it has none."""
    match formula:
        case Number(value):
            return float(value)
        case Name(name):
            return CONSTANTS[name] if name in CONSTANTS else values[name]
        case Function(name, argument):
            return FUNCTIONS[name](value_at(argument, values))
        case Operation(sign, left, right):
            return _apply(sign, value_at(left, values), value_at(right, values))


def _apply(sign: str, left: float, right: float) -> float:
    match sign:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right
        case _:
            return math.pow(left, right)


class _Parser:
    def __init__(self, parts: list[str]) -> None:
        self.parts = parts
        self.position = 0
        self.depth = 0

    def at(self) -> str:
        return self.parts[self.position] if self.position < len(self.parts) else ""

    def take(self, *signs: str) -> str:
        """Go past one of `signs` if it is next."""
        part = self.at()
        if part and part in signs:
            self.position += 1
            return part
        return ""

    def sum(self) -> Formula:
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotUnderstoodError("a formula nested that deep")
        formula = self.product()
        while sign := self.take("+", "-"):
            formula = Operation(sign, formula, self.product())
        self.depth -= 1
        return formula

    def product(self) -> Formula:
        formula = self.signed()
        while True:
            if sign := self.take("*", "/"):
                formula = Operation(sign, formula, self.signed())
            elif self.at() == "(" or self.at().isalpha():
                formula = Operation("*", formula, self.power())
            else:
                return formula

    def signed(self) -> Formula:
        sign = 1
        while taken := self.take("-", "+"):
            sign *= -1 if taken == "-" else 1
        formula = self.power()
        return formula if sign > 0 else Operation("*", Number(Fraction(-1)), formula)

    def power(self) -> Formula:
        base = self.atom()
        if self.take("°"):
            base = Operation("/", Operation("*", base, Name("pi")), Number(Fraction(180)))
        if not self.take("^"):
            return base
        self.depth += 1
        if self.depth > DEEPEST:
            raise NotUnderstoodError("powers nested that deep")
        exponent = self.signed()
        self.depth -= 1
        return Operation("^", base, exponent)

    def argument(self, function: str) -> Formula:
        """What a function is of: a formula in brackets, or `x`, `2x` without them."""
        if self.at() == "(":
            return self.atom()
        argument = self.atom()
        if isinstance(argument, Number) and re.fullmatch("[a-z]|pi", self.at()):
            argument = Operation("*", argument, self.atom())
        if self.take("°"):
            argument = Operation("/", Operation("*", argument, Name("pi")), Number(Fraction(180)))
        if self.at() in {"^", "("} or not isinstance(argument, Number | Name | Operation):
            raise NotUnderstoodError(f"{function} without brackets")
        return argument

    def atom(self) -> Formula:
        part = self.at()
        self.position += 1
        if re.fullmatch(_NUMBER, part):
            return Number(read_number(part))
        if part == "(":
            inner = self.sum()
            if not self.take(")"):
                raise NotUnderstoodError("a bracket that is not closed")
            return inner
        if part == "|":
            inner = self.sum()
            if not self.take("|"):
                raise NotUnderstoodError("a bar that is not closed")
            return Function("abs", inner)
        if part == "√":
            return Function("sqrt", self.atom())
        if part in FUNCTIONS:
            return Function(part, self.argument(part))
        if part in CONSTANTS or re.fullmatch("[a-z]", part):
            return Name(part)
        raise NotUnderstoodError(part or "the end")
