"""Between formulas and sympy, in the process with limits only: sympy is heavy, and its own parser evaluates text."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from app.language.algebra import Formula, Function, Name, Number, Operation, parse_formula, unknowns
from app.language.errors import ImpossibleError, NotUnderstoodError


def to_sympy(formula: Formula, *, real: bool = True) -> Any:
    """The formula as sympy has it, built node by node; `real` is what is assumed of its unknowns."""
    # Only where it is needed: it costs half a second and 40 MB.
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415

    match formula:
        case Number(value):
            return sympy.Rational(value.numerator, value.denominator)
        case Name(name):
            return {"pi": sympy.pi, "e": sympy.E}.get(name) or sympy.Symbol(name, real=real or None)
        case Function(name, argument):
            if name in {"lg", "lb"}:
                return sympy.log(to_sympy(argument, real=real), {"lg": 10, "lb": 2}[name])
            return getattr(sympy, {"abs": "Abs", "ln": "log"}.get(name, name))(to_sympy(argument, real=real))
        case Operation(sign, left, right):
            return _OPERATORS[sign](to_sympy(left, real=real), to_sympy(right, real=real))


_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
}


def from_sympy(expression: Any) -> str:
    """The formula's text; ImpossibleError for what this grammar cannot write, such as an error function."""
    text = str(expression).replace("**", "^")
    names = {str(symbol) for symbol in expression.free_symbols}
    try:
        # The imaginary unit, too, is written as a letter that is no unknown.
        if unknowns(parse_formula(text)) - names:
            raise NotUnderstoodError(text)
    except NotUnderstoodError:
        raise ImpossibleError("the result cannot be written with the functions known here") from None
    return text.replace("log(", "ln(").replace("Abs(", "abs(").replace("E", "e")
