"""Derivatives and integrals, found by sympy within limits; checked with numbers: differences, and Simpson's rule."""

import math
import re
from collections.abc import Callable
from contextlib import suppress

from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.algebra import Formula, Name, parse_formula, unknowns, value_at
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.question import bare
from app.language.symbolic import from_sympy, to_sympy
from app.tools.tool import Arguments, Tool

_BY = r"(?: (?:with respect to|by|for|in) (?P<variable>[a-z])| d(?P<differential>[a-z]))?"
_DERIVATIVE = re.compile(
    rf"(?:(?:the )?derivative of|differentiate|derive|d/d(?P<leibniz>[a-z])(?: of)?) (?P<formula>.+?){_BY}",
    re.IGNORECASE,
)
_INTEGRAL = re.compile(
    rf"(?:(?:the )?(?:(?:in)?definite )?(?:integral|antiderivative) of|integrate) (?P<formula>.+?){_BY}"
    r"(?: (?:from|between) (?P<from>.+?) (?:to|and) (?P<to>.+?))?(?: d(?P<late>[a-z]))?",
    re.IGNORECASE,
)
# Irregular, so that no symmetry hides a mistake.
_POINTS = (0.3137, 0.7391, 1.2713, 1.9127, 2.6431, -0.4171, -1.3373, 3.7717)
_STEP = 1e-5
_INTERVALS = 4000


def read(question: str) -> Plan | None:
    """`derivative of x^2 sin(x)`, `integrate x^2 from 0 to 1`."""
    text = bare(question)
    try:
        if match := _DERIVATIVE.fullmatch(text):
            return _plan("derivative", match, match["leibniz"])
        if match := _INTEGRAL.fullmatch(text):
            kind = "definite integral" if match["from"] else "integral"
            return _plan(kind, match, match["late"], match["from"] or "", match["to"] or "")
    except NotUnderstoodError:
        return None
    return None


def _plan(kind: str, match: re.Match[str], named: str | None, low: str = "", high: str = "") -> Plan:
    names = unknowns(parse_formula(match["formula"]))
    variable = (named or match["variable"] or match["differential"] or "").lower()
    if len(names | ({variable} - {""})) > 1:
        raise ImpossibleError(f"there must be one variable, not {' and '.join(sorted(names | ({variable} - {''})))}")
    for bound in filter(None, (low, high)):
        if unknowns(parse_formula(bound)):
            raise ImpossibleError("an integral's bounds must be numbers")
    arguments = {"kind": kind, "formula": match["formula"], "variable": variable or next(iter(names), "x")}
    return Plan([PlannedStep("calculus", {**arguments, "from": low, "to": high})])


def _read(arguments: Arguments) -> tuple[str, Formula, str, list[Formula]]:
    kind, variable = arguments["kind"], arguments["variable"]
    if kind not in {"derivative", "integral", "definite integral"} or not re.fullmatch("[a-df-z]", variable):
        raise ValueError("kind is derivative, integral or definite integral, and the variable a letter")
    try:
        bounds = [parse_formula(arguments[name]) for name in ("from", "to")] if kind == "definite integral" else []
        return kind, parse_formula(arguments["formula"]), variable, bounds
    except NotUnderstoodError as error:
        raise ValueError(f"not a formula: {error}") from error


def solve(arguments: Arguments) -> Outcome:
    """The derivative or the integral, in a closed form."""
    kind, formula, variable, bounds = _read(arguments)
    # In the process with limits only.
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415

    expression, symbol = to_sympy(formula), to_sympy(Name(variable))
    if kind == "derivative":
        result = sympy.simplify(sympy.diff(expression, symbol))
    elif kind == "integral":
        result = sympy.integrate(expression, symbol)
    else:
        result = sympy.simplify(sympy.integrate(expression, (symbol, *(to_sympy(bound) for bound in bounds))))
    if result.has(sympy.Integral):
        raise ImpossibleError("I know no closed form of this integral")
    if result.has(sympy.oo, sympy.zoo, sympy.nan):
        raise ImpossibleError("this integral has no finite value")
    text = from_sympy(result)
    shown = text.replace("*", "·")
    display = f"{shown} + C" if kind == "integral" else shown
    about = kind == "definite integral" and not result.is_Rational
    display += f" ≈ {float(result):.6g}" if about else ""
    return Outcome(text, display, f"{describe(arguments)} is {display}", rounded=about)


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Numbers instead of formulas: quotients of small differences, or Simpson's rule."""
    kind, formula, variable, bounds = _read(arguments)
    try:
        result = parse_formula(outcome.value)
    except NotUnderstoodError as error:
        raise ValueError(str(error)) from error
    if kind == "definite integral":
        return Check(_area_agrees(formula, variable, bounds, result), "Simpson's rule")
    one, other = (formula, result) if kind == "derivative" else (result, formula)
    return Check(_slope_agrees(one, other, variable), "quotients of small differences")


def _at(formula: Formula, variable: str) -> Callable[[float], float]:
    return lambda x: value_at(formula, {variable: x})


def _slope_agrees(formula: Formula, slope: Formula, variable: str) -> bool:
    """Whether `slope` is the derivative of `formula`, at all points where both are defined, which must be some."""
    at, expected = _at(formula, variable), _at(slope, variable)
    seen = 0
    for point in _POINTS:
        with suppress(ValueError, ZeroDivisionError, OverflowError):
            quotient = (at(point + _STEP) - at(point - _STEP)) / (2 * _STEP)
            known = expected(point)
            if abs(quotient - known) > 1e-4 * max(1.0, abs(known)):
                return False
            seen += 1
    return seen >= 2


def _area_agrees(formula: Formula, variable: str, bounds: list[Formula], result: Formula) -> bool:
    at = _at(formula, variable)
    try:
        low, high = (value_at(bound, {}) for bound in bounds)
        width = (high - low) / _INTERVALS
        inner = sum((4 if number % 2 else 2) * at(low + number * width) for number in range(1, _INTERVALS))
        area = (at(low) + inner + at(high)) * width / 3
        known = value_at(result, {})
    except (ValueError, ZeroDivisionError, OverflowError):
        return False
    return math.isclose(area, known, rel_tol=1e-6, abs_tol=1e-9)


def describe(arguments: Arguments) -> str:
    """`the derivative of x^2`."""
    bounds = f" from {arguments['from']} to {arguments['to']}" if arguments["from"] else ""
    return f"the {arguments['kind'].removeprefix('definite ')} of {arguments['formula']}{bounds}"


TOOL = Tool(
    name="calculus",
    summary="derivatives and integrals",
    examples=("derivative of x^2 sin(x)", "integrate x^2 from 0 to 3", "integral of cos(x)"),
    parameters=("kind", "formula", "variable", "from", "to"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    heavy=True,
)
