"""Equations and systems of them, solved by sympy; checked by putting the roots back and looking for more."""

import re
from typing import Any

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.algebra import Formula, Function, Name, Number, Operation, parse_formula, unknowns, value_at
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.logarithms import ask_which_log
from app.language.number_stories import as_equations
from app.language.question import asked, bare
from app.language.symbolic import from_sympy, to_sympy
from app.tools.tool import Arguments, Tool

MOST_EQUATIONS = 4
NONE, EVERY = "none", "every"
_NAMES = r"[a-z](?:(?:,| and|, and) [a-z])*"
_QUESTION = re.compile(
    r"(?:if |given(?: that)? |suppose(?: that)? )?(?:the )?(?:following )?"
    r"(?:(?:quadratic|linear|cubic|quartic|simultaneous|exponential|system of|pair of) )*(?:equations?:? |system:? )?"
    rf"(?:for )?(?:(?:the |what |which )?(?:(?:values?|solutions?) (?:of|for) )?(?P<names>{_NAMES})"
    r"(?::|,| if| when| in| given(?: that)?| such that| so that| where| is) )?"
    r"(?P<equations>[^=]{1,200}=[^=]{1,200}?(?:=[^=]{1,200}){0,3}?)"
    rf"(?:,? for (?P<late>{_NAMES})|[,.;]? (?:then )?(?:what|find|solve for|calculate|determine)"
    rf"(?: (?:is|are))?(?: the values? of)? (?P<asked>{_NAMES}))?",
    re.IGNORECASE,
)
LONGEST = 600
_PERIODIC = {"sin", "cos", "tan"}
_CLOSE = 1e-9
_GRID = 4000

Sides = tuple[Formula, Formula]
# Irregular, so that no equation holds for all of them by chance.
_POINTS = (0.3137, 1.2713, 2.6431, 3.7717)


class _AlwaysError(Exception):
    """Both sides are the same formula."""


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`solve x^2 - 5x + 6 = 0`, `x + y = 5 and x - y = 1`."""
    story = as_equations(asked(question))
    text = story[0] if story else bare(question)
    match = _QUESTION.fullmatch(text) if len(text) <= LONGEST and "=" in text else None
    if not match:
        return None
    ask_which_log(text)
    texts = [text.strip() for text in re.split(r",|;| and ", match["equations"])]
    try:
        equations = [_sides(text) for text in texts]
    except NotUnderstoodError:
        return None
    names = sorted(set().union(*(unknowns(side) for sides in equations for side in sides)))
    wanted = (
        re.findall(
            r"\b[a-z]\b", (match["names"] or match["late"] or match["asked"] or "").lower().replace(" and ", " ")
        )
        or names
    )
    if not names:
        return None
    if ";" in match["equations"] and len(names) == 1 < len(equations):
        # One after the other; only those said together are to hold together.
        return None
    if len(equations) > MOST_EQUATIONS or len(equations) < len(names) or set(wanted) != set(names):
        raise ImpossibleError(
            f"there must be as many equations as unknowns, at most {MOST_EQUATIONS}; "
            f"here are {len(equations)} and {len(names)} ({', '.join(names)})"
        )
    if any(_is_periodic(side) for sides in equations for side in sides):
        raise ImpossibleError("equations with sin, cos or tan have endlessly many solutions, which I do not list")
    step = PlannedStep("equations", {"equations": "; ".join(texts), "unknowns": " ".join(names)})
    return Plan([step], story[1] if story else [])


def _sides(text: str) -> Sides:
    left, equals, right = text.partition("=")
    if not equals:
        raise NotUnderstoodError(text)
    return parse_formula(left), parse_formula(right)


def _is_periodic(formula: Formula) -> bool:
    match formula:
        case Function(name, argument):
            return name in _PERIODIC or _is_periodic(argument)
        case Operation(_, left, right):
            return _is_periodic(left) or _is_periodic(right)
        case _:
            return False


def _read(arguments: Arguments) -> tuple[list[Sides], list[str]]:
    try:
        equations = [_sides(text) for text in arguments["equations"].split(";")]
    except NotUnderstoodError as error:
        raise ValueError(f"not equations: {error}") from error
    names = arguments["unknowns"].split()
    if not names or not all(re.fullmatch("[a-df-z]", name) for name in names):
        raise ValueError("unknowns are letters")
    return equations, names


def solve(arguments: Arguments) -> Outcome:
    """All real solutions, exact where there are formulas for them."""
    equations, names = _read(arguments)
    # In the process with limits only.
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        solutions = [solution for solution in _found(sympy, equations, names) if all(map(_is_real, solution.values()))]
    except _AlwaysError:
        display = "every number solves it"
        display += " for which both sides have a value" if any(_has_gaps(side) for side in equations[0]) else ""
        return Outcome(EVERY, display, f"{describe(arguments)}: {display}")
    if len(names) == 1:
        solutions = _defined(sympy, equations[0], names[0], solutions)
    if not solutions and len(names) == len(equations) == 1:
        return Outcome(NONE, f"no real number {names[0]} solves it", f"no real number is {describe(arguments)}")
    if not solutions:
        raise ImpossibleError(
            "no real numbers solve it" if len(equations) == len(names) else "no real numbers solve all of them"
        )
    solutions.sort(key=lambda solution: [float(sympy.re(solution[name].evalf(15))) for name in names])
    written = [[(name, *_written(sympy, solution[name])) for name in names] for solution in solutions]
    value = " | ".join("; ".join(f"{name} = {text}" for name, text, _ in one) for one in written)
    display = " or ".join(" and ".join(f"{name} {shown}" for name, _, shown in one) for one in written)
    return Outcome(value, display, f"{describe(arguments)}: {display}", rounded="≈" in display)


def _found(sympy: Any, equations: list[Sides], names: list[str]) -> list[dict[str, Any]]:
    """What sympy finds: for each solution, the value of every unknown; real or not."""
    # Assumed to be real, unknowns lose roots that have no formula; not so assumed, they have no absolute value.
    for real in (False, True):
        differences = [to_sympy(left, real=real) - to_sympy(right, real=real) for left, right in equations]
        if all(sympy.simplify(difference) == 0 for difference in differences):
            raise _AlwaysError
        symbols = [to_sympy(Name(name), real=real) for name in names]
        try:
            # Given alone, an equation may have roots without a formula; in a list, sympy drops those.
            alone = len(names) == len(equations) == 1
            found = sympy.solve(differences[0] if alone else differences, symbols[0] if alone else symbols, dict=True)
        except NotImplementedError:
            continue
        if any(set(solution) != set(symbols) or any(v.free_symbols for v in solution.values()) for solution in found):
            raise ImpossibleError("there are endlessly many solutions")
        return [{str(symbol): value for symbol, value in solution.items()} for solution in found]
    raise ImpossibleError("I know no way to solve this kind of equation exactly")


def _defined(sympy: Any, sides: Sides, name: str, solutions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The solutions at which both sides have a value, which what was cancelled may not have, and those sympy missed."""
    symbol = to_sympy(Name(name), real=False)
    kept = [one for one in solutions if not any(_is_undefined(sympy, side, {symbol: one[name]}) for side in sides)]
    if any(one[name].has(sympy.LambertW) for one in kept):
        # Of a function with several inverses sympy has one.
        roots = [float(one[name].evalf(15)) for one in kept]
        kept += [{name: sympy.Float(root, 15)} for root in _sign_changes(sides, name, roots) if not _near(root, roots)]
    return kept


def _has_gaps(formula: Formula) -> bool:
    """Whether there may be numbers for which the formula has no value."""
    match formula:
        case Operation("/", left, right):
            return bool(unknowns(right)) or _has_gaps(left)
        case Operation("^", left, right):
            return bool(unknowns(formula)) and (
                not isinstance(right, Number) or right.value < 0 or right.value % 1 != 0
            )
        case Operation(_, left, right):
            return _has_gaps(left) or _has_gaps(right)
        case Function(name, argument):
            return (name not in {"abs", "sin", "cos", "exp"} and bool(unknowns(argument))) or _has_gaps(argument)
        case _:
            return False


def _is_undefined(sympy: Any, formula: Formula, values: dict[Any, Any]) -> bool:
    """Whether a part of the formula divides by nothing there."""
    match formula:
        case Operation(sign, left, right):
            if sign == "/" and sympy.simplify(to_sympy(right, real=False).subs(values)) == 0:
                return True
            return _is_undefined(sympy, left, values) or _is_undefined(sympy, right, values)
        case Function(_, argument):
            return _is_undefined(sympy, argument, values)
        case _:
            return False


def _is_real(value: Any) -> bool:
    if value.is_real is not None:
        return bool(value.is_real)
    # Formulas for three real roots of a cubic go through complex numbers.
    number = complex(value.evalf(15))
    return abs(number.imag) < 1e-12 * max(1.0, abs(number))


def _written(sympy: Any, value: Any) -> tuple[str, str]:
    """A value for the planner and for a person: exact, and what it is about; or only the latter, without a formula."""
    if value.is_Rational:
        return str(value), f"= {value}"
    about = sympy.re(value.evalf(15))
    shown = f"{float(about):.6g}"
    shown = f"{float(about):.12g}" if "e+" in shown else shown
    try:
        exact = "" if value.is_Float else from_sympy(value)
    except ImpossibleError:
        exact = ""
    return (exact, f"= {exact.replace('*', '·')} ≈ {shown}") if exact else (str(about), f"≈ {shown}")


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Each solution makes both sides equal; and with one unknown, the sign changes nowhere else."""
    equations, names = _read(arguments)
    if outcome.value == NONE:
        return Check(not _sign_changes(equations[0], names[0], []), "looking for a change of sign")
    if outcome.value == EVERY:
        points = [{name: point + number for number, name in enumerate(names)} for point in _POINTS]
        return Check(all(_solves(equations, point) for point in points), "putting numbers in")
    solutions = [_values(text) for text in outcome.value.split("|")]
    right = all(set(values) == set(names) and _solves(equations, values) for values in solutions)
    if len(names) > 1:
        return Check(right, "putting the solutions back")
    roots = [values[names[0]] for values in solutions] if right else []
    others = [
        other for other in _sign_changes(equations[0], names[0], roots) if _solves(equations[1:], {names[0]: other})
    ]
    complete = right and all(_near(other, roots) for other in others)
    return Check(complete, "putting the roots back, and looking for others where the sign changes")


def _values(text: str) -> dict[str, float]:
    values: dict[str, float] = {}
    for part in text.split(";"):
        name, _, formula = part.partition("=")
        values[name.strip()] = value_at(parse_formula(formula), {})
    return values


def _solves(equations: list[Sides], values: dict[str, float]) -> bool:
    try:
        for left, right in equations:
            one, other = value_at(left, values), value_at(right, values)
            if abs(one - other) > _CLOSE * max(1.0, abs(one), abs(other)) and not _is_crossed((left, right), values):
                return False
    except (ValueError, ZeroDivisionError, OverflowError):
        return False
    return True


def _is_crossed(sides: Sides, values: dict[str, float]) -> bool:
    """Whether the one unknown's value is as near to a root as floating point tells: the sign changes right there."""
    if len(values) != 1:
        return False
    name, x = next(iter(values.items()))
    step = _CLOSE * max(1.0, abs(x))
    low, middle, high = (
        value_at(sides[0], {name: at}) - value_at(sides[1], {name: at}) for at in (x - step, x, x + step)
    )
    return low * high < 0 and abs(middle) <= max(abs(low), abs(high))


def _near(value: float, roots: list[float]) -> bool:
    return any(abs(value - root) <= 1e-6 * max(1.0, abs(root)) for root in roots)


def _sign_changes(equation: Sides, name: str, roots: list[float]) -> list[float]:
    """Where the difference of both sides passes through nothing, on a grid around the roots."""

    def difference(x: float) -> float | None:
        try:
            return value_at(equation[0], {name: x}) - value_at(equation[1], {name: x})
        except (ValueError, ZeroDivisionError, OverflowError):
            return None

    reach = 2 * max([5.0, *map(abs, roots)]) + 0.01234
    points = [reach * (2 * number / _GRID - 1) for number in range(_GRID + 1)]
    values = [difference(point) for point in points]
    found = []
    for index in range(_GRID):
        low, high = values[index], values[index + 1]
        if low is not None and high is not None and low * high < 0:
            root = _bisect(difference, points[index], points[index + 1])
            end = difference(root)
            # Past a pole the sign changes too, but there the difference is large. Where a side has no value is no root.
            if (
                end is not None
                and difference(round(root, 6)) is not None
                and abs(end) < 1e-3 * max(1.0, abs(low), abs(high))
            ):
                found.append(root)
    return found


def _bisect(difference: Any, low: float, high: float) -> float:
    start = difference(low)
    for _ in range(60):
        middle = (low + high) / 2
        value = difference(middle)
        if value is None:
            break
        low, high = (middle, high) if value * start > 0 else (low, middle)
    return (low + high) / 2


def describe(arguments: Arguments) -> str:
    """`x in x^2 = 4`."""
    return f"{' and '.join(arguments['unknowns'].split())} in {arguments['equations'].replace(';', ' and')}"


TOOL = Tool(
    name="equations",
    summary="equations, and systems of them",
    examples=("Solve x^2 - 5x + 6 = 0", "2x + 3 = 7", "x + y = 5 and x - y = 1", "x^2 = x + 1"),
    parameters=("equations", "unknowns"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    heavy=True,
)
