"""Derivatives and integrals, found by sympy within limits; checked with numbers: differences, and Simpson's rule."""

import math
import re
from collections.abc import Callable
from contextlib import suppress

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.algebra import Formula, Name, parse_formula, unknowns, value_at
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.expression import Reference
from app.language.logarithms import ask_which_log
from app.language.question import bare
from app.language.symbolic import from_sympy, to_sympy
from app.tools.tool import Arguments, Tool

_BY = r"(?: (?:with respect to|by|for|in) (?P<variable>[a-z])| d(?P<differential>[a-z]))?"
_DERIVATIVE = re.compile(
    rf"(?:(?:the )?(?P<second>second )?derivative of|differentiate|derive|d/d(?P<leibniz>[a-z])(?: of)?)"
    rf" (?:(?:y|f\(x\)) ?= ?)?(?P<formula>.+?){_BY}",
    re.IGNORECASE,
)
_INTEGRAL = re.compile(
    r"(?:(?:the )?(?:(?:in)?definite )?(?:integral|antiderivative) of|integrate"
    r"|(?:the )?area under(?: the)?(?: curve| graph)?(?: of)?|∫(?: ?from (?P<low>.+?) to (?P<high>.+?) of)?)"
    rf" (?:y ?= ?|f\(x\) ?= ?)?(?P<formula>.+?){_BY}"
    r"(?: (?:from|between) (?P<from>.+?) (?:to|and) (?P<to>.+?))?(?: d(?P<late>[a-z]))?",
    re.IGNORECASE,
)
# Irregular, so that no symmetry hides a mistake.
_POINTS = (0.3137, 0.7391, 1.2713, 1.9127, 2.6431, -0.4171, -1.3373, 3.7717)
_STEP = 1e-5
_INTERVALS = 4000
LONGEST = 400
# As ∫ is typed: with raised and lowered digits.
_BOUNDS = re.compile("∫([₋₀-₉]{1,6})([⁻⁰¹²³⁴-⁹]{1,6})")
_DIGITS = str.maketrans("₋₀₁₂₃₄₅₆₇₈₉⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789-0123456789")
_BELOW = "what is below the axis counts as negative"


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`derivative of x^2 sin(x)`, `integrate x^2 from 0 to 1`."""
    text = _BOUNDS.sub(lambda match: f"∫ from {_lowered(match[1])} to {_lowered(match[2])} of ", bare(question))
    if len(text) > LONGEST:
        return None
    try:
        if match := _DERIVATIVE.fullmatch(text):
            parse_formula(match["formula"])
            ask_which_log(text)
            plan = _plan("derivative", match, match["leibniz"])
            if match["second"]:
                plan.steps.append(PlannedStep("calculus", {**plan.steps[0].arguments, "formula": Reference(1)}))
            return plan
        if match := _INTEGRAL.fullmatch(text):
            parse_formula(match["formula"])
            ask_which_log(text)
            low, high = match["from"] or match["low"] or "", match["to"] or match["high"] or ""
            plan = _plan("definite integral" if low else "integral", match, match["late"], low, high)
            plan.assumptions += [_BELOW] if "area" in text.lower() else []
            return plan
    except NotUnderstoodError:
        return None
    return None


def _lowered(digits: str) -> str:
    return digits.translate(_DIGITS)


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
        if not expression.has(sympy.log):
            # The antiderivative on both sides of a pole.
            result = result.replace(sympy.log, lambda argument: sympy.log(sympy.Abs(argument)))
    else:
        result = sympy.simplify(sympy.integrate(expression, (symbol, *(to_sympy(bound) for bound in bounds))))
    if result.has(sympy.Integral):
        raise ImpossibleError("I know no closed form of this integral")
    if result.has(sympy.oo, sympy.zoo, sympy.nan):
        raise ImpossibleError("this integral has no finite value")
    text = from_sympy(result)
    shown = re.sub(r"ln\(abs\(((?:[^()]|\([^()]*\))*)\)\)", r"ln|\1|", text.replace("*", "·"))
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
        return _area_agrees(formula, variable, bounds, result)
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


def _area_agrees(formula: Formula, variable: str, bounds: list[Formula], result: Formula) -> Check:
    at, method = _at(formula, variable), "Simpson's rule"
    try:
        low, high, known = (value_at(bound, {}) for bound in (*bounds, result))
        try:
            area = _simpson(at, low, high)
        except (ValueError, ZeroDivisionError):
            area, method = _double_exponential(at, low, high), "the double exponential rule"
    except (ValueError, ZeroDivisionError, OverflowError):
        return Check(agrees=False, method=method)
    return Check(math.isclose(area, known, rel_tol=1e-6, abs_tol=1e-9), method)


def _simpson(at: Callable[[float], float], low: float, high: float) -> float:
    width = (high - low) / _INTERVALS
    inner = sum((4 if number % 2 else 2) * at(low + number * width) for number in range(1, _INTERVALS))
    return (at(low) + inner + at(high)) * width / 3


def _double_exponential(at: Callable[[float], float], low: float, high: float) -> float:
    """The area where the formula has no value at an end: points crowd there (Takahasi and Mori, 1974)."""
    total, step = 0.0, 1 / 64
    for number in range(-260, 261):
        t = number * step
        # The share of the way from the nearer end, without a difference of nearly equal numbers.
        share = 1 / (1 + math.exp(math.pi * math.sinh(abs(t))))
        x = low + (high - low) * share if t < 0 else high - (high - low) * share
        if low < x < high or high < x < low:
            total += at(x) * share * (1 - share) * math.pi * math.cosh(t)
    return total * step * (high - low)


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
