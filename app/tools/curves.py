"""Limits, tangents, slopes, extremes, Taylor series and sums, by sympy within limits; checked with numbers."""

import math
import re
from contextlib import suppress
from typing import Any

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.algebra import Formula, Name, parse_formula, unknowns, value_at
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.forms import compiled, first_read
from app.language.logarithms import ask_which_log
from app.language.question import asked
from app.language.symbolic import from_sympy, to_sympy
from app.tools.tool import Arguments, Tool

LONGEST = 250
MOST_TERMS = 12
MOST_SUMMED = 100_000
_KINDS = ("limit", "tangent", "slope", "extremes", "series", "sum")
_STEPS = (1e-1, 3e-2, 1e-2, 1e-3, 1e-4)
_INFINITE = {"oo": math.inf, "-oo": -math.inf}
_F = r"(?P<formula>[^=]{1,120}?)"
_CURVE = rf"(?:(?:the )?(?:curve |graph |function |parabola )?(?:of )?(?:y|f\(x\)) ?= ?)?{_F}"
_TO = r"(?:→|->|approaches|approaching|goes to|tends to|=)"
_AT = r"(?P<at>[^=,]{1,40}?)"
_AT_POINT = rf"(?:at|in|for|when|where) (?:the point (?:where )?)?(?:(?P<variable>[a-z]) ?= ?)?{_AT}"
_COMPILED = compiled(
    (
        ("limit", rf"(?:the )?limit of {_F},? (?:as|when|for) (?P<variable>[a-z]) ?{_TO} ?{_AT}"),
        (
            "limit",
            rf"(?:the )?lim(?:it)?[ _({{]*(?P<variable>[a-z]) ?{_TO} ?(?P<at>[^ }})]{{1,20}})[ )}}]*(?:of )?{_F}",
        ),
        ("tangent", rf"(?:the )?(?:equation of )?(?:the )?tangent(?: line)? (?:to|of) {_CURVE} {_AT_POINT}"),
        ("slope", rf"(?:the )?(?:slope|gradient) of (?:the tangent to )?{_CURVE} {_AT_POINT}"),
        ("slope", rf"(?:the )?derivative of {_CURVE} {_AT_POINT}"),
        (
            "slope",
            (
                rf"(?:if |given |let )?f\((?P<variable>[a-z])\) ?= ?{_F},?"
                rf" (?:find|what is|calculate|then) f['\u2019]\({_AT}\)"
            ),
        ),
        (
            "extremes",
            (
                r"(?:the )?(?:local )?(?:minimum|maximum|minima|maxima|extrema|extremes?|extreme values?|critical"
                r" points|stationary"
                rf" points|turning points?|vertex|minimum value|maximum value)(?: and (?:the"
                rf" )?(?:minimum|maximum|minima|maxima))? of {_CURVE}"
            ),
        ),
        (
            "series",
            (
                rf"(?:the )?(?:taylor|maclaurin) (?:series|polynomial|expansion)(?: of order"
                rf" (?P<order>[0-9]{{1,2}}))? (?:of|for) {_F}"
                rf"(?: (?:around|at|about|in|near) (?:(?P<variable>[a-z]) ?= ?)?{_AT})?"
                r"(?:,? (?:up to|to|of|until) (?:the )?(?:order|degree|terms? of order) (?P<degree>[0-9]{1,2}))?"
            ),
        ),
        (
            "sum",
            (
                rf"(?:the )?sum (?:of )?{_F} (?:for|from|over) (?P<variable>[a-z]) ?(?:=|from)"
                rf" ?(?P<at>-?[0-9]{{1,6}}) to (?P<to>[0-9]{{1,6}}|infinity|∞)"
            ),
        ),
    )
)


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`limit of sin(x)/x as x approaches 0`, `tangent to y = x^2 at x = 3`."""
    text = asked(question)
    return first_read(text, _COMPILED, _plan) if len(text) <= LONGEST else None


def _plan(kind: str, match: re.Match[str]) -> Plan:
    found = {name: value or "" for name, value in match.groupdict().items()}
    names = unknowns(parse_formula(found["formula"]))
    ask_which_log(found["formula"])
    variable = found.get("variable", "").lower() or next(iter(names), "")
    if names != {variable}:
        raise NotUnderstoodError(found["formula"])
    if kind == "extremes":
        arguments = {"kind": kind, "formula": found["formula"], "variable": variable, "at": "", "to": ""}
        asked_for = [name for name in ("minimum", "maximum") if re.search(rf"\b{name[:4]}", match[0], re.IGNORECASE)]
        arguments["to"] = asked_for[0] if len(asked_for) == 1 else ""
        return Plan([PlannedStep("curves", arguments)])
    at = _point(found.get("at", "") or ("0" if kind == "series" else ""))
    to = _point(found.get("to", "") or found.get("order", "") or found.get("degree", ""))
    if kind == "series":
        to = to or "5"
    return Plan(
        [PlannedStep("curves", {"kind": kind, "formula": found["formula"], "variable": variable, "at": at, "to": to})]
    )


def _point(text: str) -> str:
    text = text.strip()
    sign = "-" if text[:1] in {"-", "\u2212"} else ""
    if re.fullmatch(r"(?:plus |\+)?(?:infinity|∞|oo)", text[len(sign) :].strip(), re.IGNORECASE):
        return f"{sign}oo"
    if text and unknowns(parse_formula(text)):
        raise NotUnderstoodError(text)
    return text


def _read(arguments: Arguments) -> tuple[str, Formula, str, str, str]:
    kind, variable = arguments["kind"], arguments["variable"]
    if kind not in _KINDS or not re.fullmatch("[a-df-z]", variable):
        raise ValueError(f"kind is one of {', '.join(_KINDS)}, and the variable a letter")
    try:
        formula = parse_formula(arguments["formula"])
        for name in ("at", "to") if kind != "extremes" else ():
            if arguments[name] and arguments[name] not in _INFINITE:
                parse_formula(arguments[name])
    except NotUnderstoodError as error:
        raise ValueError(f"not a formula: {error}") from error
    return kind, formula, variable, arguments["at"], arguments["to"]


def solve(arguments: Arguments) -> Outcome:
    """The result as sympy finds it, exact."""
    kind, formula, variable, at, to = _read(arguments)
    # In the process with limits only.
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415

    expression, symbol = to_sympy(formula), to_sympy(Name(variable))
    match kind:
        case "limit":
            value = _limit(sympy, expression, symbol, at)
        case "tangent":
            _refuse_corner(formula, variable, at)
            point = _number(at)
            slope = sympy.diff(expression, symbol).subs(symbol, point)
            value = _finite(sympy, sympy.expand(slope * (symbol - point) + expression.subs(symbol, point)))
        case "slope":
            _refuse_corner(formula, variable, at)
            value = _finite(sympy, sympy.simplify(sympy.diff(expression, symbol).subs(symbol, _number(at))))
        case "series":
            order = int(to)
            if order > MOST_TERMS:
                raise ImpossibleError(f"a series has at most the order {MOST_TERMS} here")
            value = _finite(sympy, sympy.series(expression, symbol, _number(at), order + 1).removeO())
        case "sum":
            last = sympy.oo if to == "oo" else sympy.Integer(to)
            value = _finite(sympy, sympy.simplify(sympy.summation(expression, (symbol, sympy.Integer(at), last))))
        case _:
            return _extremes(sympy, arguments, expression, symbol)
    text = str(value) if str(value) in _INFINITE else from_sympy(value)
    shown = text.replace("*", "\u00b7").replace("oo", "∞")
    about = not value.free_symbols and not value.is_Rational and text not in _INFINITE
    display = f"{'y = ' if kind == 'tangent' else ''}{shown}" + (f" ≈ {float(value):.6g}" if about else "")
    return Outcome(text, display, f"{describe(arguments)} is {display}", rounded=about)


def _refuse_corner(formula: Formula, variable: str, at: str) -> None:
    """Raise ImpossibleError where the slopes from both sides are not the same, as of |x| at 0."""
    with suppress(ValueError, ZeroDivisionError, OverflowError, NotUnderstoodError):
        x = value_at(parse_formula(at), {})
        left, here, right = (value_at(formula, {variable: x + step}) for step in (-1e-6, 0.0, 1e-6))
        if not _close((here - left) / 1e-6, (right - here) / 1e-6, 1e-3):
            raise ImpossibleError("there is no slope: it is not the same from both sides")


def _number(text: str) -> Any:
    return to_sympy(parse_formula(text))


def _finite(sympy: Any, value: Any) -> Any:
    if value.has(sympy.oo, sympy.zoo, sympy.nan, sympy.Sum, sympy.Derivative):
        raise ImpossibleError("there is no finite value, or I know no form of it")
    return value


def _limit(sympy: Any, expression: Any, symbol: Any, at: str) -> Any:
    if at in _INFINITE:
        value = sympy.limit(expression, symbol, sympy.oo if at == "oo" else -sympy.oo)
    else:
        sides = [sympy.limit(expression, symbol, _number(at), side) for side in ("+", "-")]
        if sides[0] != sides[1] and sympy.simplify(sides[0] - sides[1]) != 0:
            raise ImpossibleError("the limits from both sides are not the same")
        value = sides[0]
    if value.has(sympy.zoo, sympy.nan, sympy.AccumBounds, sympy.Limit):
        raise ImpossibleError("there is no limit")
    return value


def _extremes(sympy: Any, arguments: Arguments, expression: Any, symbol: Any) -> Outcome:
    slope = sympy.diff(expression, symbol)
    try:
        found = [root for root in sympy.solve(slope, symbol) if root.is_real]
    except NotImplementedError:
        raise ImpossibleError("I know no way to find where the slope is zero") from None
    if not found or len(found) > MOST_TERMS:
        raise ImpossibleError("the slope is nowhere zero, or in endlessly many places")
    found.sort(key=float)
    values, shown = [], []
    for root in found:
        second = [float(slope.subs(symbol, float(root) + step)) for step in (-1e-4, 1e-4)]
        name = (
            "minimum" if second[0] < 0 < second[1] else "maximum" if second[0] > 0 > second[1] else "inflection point"
        )
        where, height = from_sympy(root), from_sympy(sympy.simplify(expression.subs(symbol, root)))
        values.append(f"{name}: {where}: {height}")
        shown.append(f"{name} {height} at {symbol} = {where}".replace("*", "\u00b7"))
    display, wanted = ", ".join(shown), arguments["to"]
    if wanted and not any(value.startswith(wanted) for value in values):
        display = f"no {wanted} where the slope is zero; {display}"
    return Outcome(" | ".join(values), display, f"{describe(arguments)}: {display}")


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001, PLR0911 (one for each kind)
    """Numbers near the point, or one term after the other, instead of formulas."""
    kind, formula, variable, at, to = _read(arguments)

    def f(x: float) -> float:
        return value_at(formula, {variable: x})

    with suppress(ValueError, ZeroDivisionError, OverflowError, NotUnderstoodError):
        match kind:
            case "limit":
                return Check(_approaches(f, at, _value(outcome.value)), "numbers ever nearer to it")
            case "sum":
                same = _adds_up(f, int(at), to, _value(outcome.value))
                return Check(same, "adding term by term")
            case "extremes":
                return Check(_are_extremes(f, outcome.value), "values on both sides")
            case "slope":
                x = value_at(parse_formula(at), {})
                return Check(_close(_slope(f, x), _value(outcome.value), 1e-5), "quotients of small differences")
            case "tangent":
                x = value_at(parse_formula(at), {})
                line = parse_formula(outcome.value)
                same = _close(f(x), value_at(line, {variable: x}), 1e-9) and _close(
                    _slope(f, x), value_at(line, {variable: x + 1}) - value_at(line, {variable: x}), 1e-5
                )
                return Check(same, "quotients of small differences")
            case _:
                x, polynomial = value_at(parse_formula(at), {}), parse_formula(outcome.value)
                errors = [abs(f(x + step) - value_at(polynomial, {variable: x + step})) for step in (0.02, 0.01)]
                # What is left out is of the next order: half the step makes it smaller by 2 to that power, or more.
                least = max(errors[0] / 2 ** (int(to) + 0.5), 1e-13)
                return Check(errors[1] <= least, "how fast the difference vanishes")
    return Check(agrees=False, method="numbers instead of formulas")


def _adds_up(f: Any, first: int, last: str, expected: float) -> bool:
    total = 0.0
    for number in range(first, (MOST_SUMMED if last == "oo" else min(int(last), MOST_SUMMED)) + 1):
        try:
            total += f(float(number))
        except OverflowError:
            # The terms of a sum that has an end are the inverse of what has grown too large.
            break
    near = 1e-4 if last == "oo" else 1e-9
    return math.isclose(total, expected, rel_tol=near, abs_tol=near)


def _value(text: str) -> float:
    return _INFINITE[text] if text in _INFINITE else value_at(parse_formula(text), {})


def _close(one: float, other: float, tolerance: float) -> bool:
    return abs(one - other) <= tolerance * max(1.0, abs(one), abs(other))


def _slope(f: Any, x: float) -> float:
    return float((f(x + 1e-5) - f(x - 1e-5)) / 2e-5)


def _approaches(f: Any, at: str, limit: float) -> bool:
    if at in _INFINITE:
        sign = 1 if at == "oo" else -1
        near = [[f(sign * 10.0**power)] for power in (2, 4, 6)]
    else:
        x = value_at(parse_formula(at), {})
        steps = [step for step in _STEPS if _noise(f, x, step) <= 1e-4 * max(1.0, abs(limit))]
        near = [_around(f, x, step) for step in (steps or _STEPS)[-3:]]
    if math.isinf(limit):
        return all(math.copysign(1, value) == math.copysign(1, limit) for value in near[-1]) and (
            abs(near[0][0]) < abs(near[1][0]) < abs(near[2][0])
        )
    errors = [max(abs(value - limit) for value in values) for values in near]
    return bool(errors[-1] <= 1e-2 * max(1.0, abs(limit)) and errors[-1] <= errors[0] + 1e-9)


def _around(f: Any, x: float, step: float) -> list[float]:
    """The values on both sides, or on the one where there are some."""
    found = []
    for at in (x + step, x - step):
        with suppress(ValueError, ZeroDivisionError, OverflowError):
            found.append(f(at))
    if not found:
        raise ValueError
    return found


def _noise(f: Any, x: float, step: float) -> float:
    """How much of a value is rounding: what it jumps by over next to nothing."""
    values = [_around(f, x, step * (1 + part))[0] for part in (0.0, 1e-9, -1e-9, 3.7e-9, 1.1e-8)]
    return max(values) - min(values) if step < 1e-2 else 0.0


def _are_extremes(f: Any, text: str) -> bool:
    for part in text.split(" | "):
        name, where, height = part.split(": ")
        x, y = _value(where), _value(height)
        left, right = f(x - 1e-3), f(x + 1e-3)
        holds = {"minimum": left > y < right, "maximum": left < y > right}.get(name, (left - y) * (right - y) <= 0)
        if not holds or not _close(f(x), y, 1e-9):
            return False
    return True


def describe(arguments: Arguments) -> str:
    """`the limit of sin(x)/x for x to 0`."""
    formula, variable, at, to = (arguments[name] for name in ("formula", "variable", "at", "to"))
    at, to = at.replace("oo", "∞"), to.replace("oo", "∞")
    return {
        "limit": f"the limit of {formula} for {variable} → {at}",
        "tangent": f"the tangent to {formula} at {variable} = {at}",
        "slope": f"the slope of {formula} at {variable} = {at}",
        "extremes": f"the extremes of {formula}",
        "series": f"the Taylor series of {formula} at {variable} = {at} to the order {to}",
        "sum": f"the sum of {formula} for {variable} from {at} to {to}",
    }.get(arguments["kind"], formula)


TOOL = Tool(
    name="curves",
    summary="limits, tangents, extremes, Taylor series, sums of formulas",
    examples=("limit of sin(x)/x as x approaches 0", "tangent to y = x^2 at x = 3", "minimum of x^2 - 4x + 7"),
    parameters=("kind", "formula", "variable", "at", "to"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=9,
    heavy=True,
)
