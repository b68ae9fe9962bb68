"""Formulas whose unknowns are given by equations, and equations of several unknowns solved for one of them.

Checked by putting the solutions back, and by computing in floating point.
"""

from math import isclose

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome, Step
from app.agents.plan import Plan, PlannedStep, plan_expression
from app.language.algebra import parse_formula, unknowns, value_at
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.given_values import read_given, read_rearranged, read_sides, with_values
from app.language.parser import parse
from app.language.symbolic import from_sympy, to_sympy
from app.tools import equations
from app.tools.tool import Arguments, Tool

_KINDS = {"value", "rearranged"}
# Of the other unknowns, where an equation solved for one is tried out.
_POINTS = (1.7, 2.3, 3.1, 0.6, 4.4, 1.2, 2.9)


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`If 2x = 10, what is x + 1?`, `solve v = u + a*t for t`."""
    if rearranged := read_rearranged(question):
        equation, name = rearranged
        return Plan([_step("rearranged", equation, name, name)])
    found = read_given(question)
    if found is None:
        return None
    if values := found.values():
        try:
            return plan_expression(parse(with_values(parse_formula(found.formula), values)))
        except NotUnderstoodError:
            pass
    return Plan([_step("value", "; ".join(found.equations), " ".join(sorted(found.names)), found.formula)])


def _step(kind: str, given: str, names: str, formula: str) -> PlannedStep:
    return PlannedStep("values", {"kind": kind, "equations": given, "unknowns": names, "formula": formula})


def _read(arguments: Arguments) -> tuple[str, list[str], str, list[str]]:
    """Kind, equations, formula, unknowns."""
    kind, texts, names = arguments["kind"], arguments["equations"].split(";"), arguments["unknowns"].split()
    try:
        found = set().union(*(unknowns(side) for text in texts for side in read_sides(text)))
        wanted = unknowns(parse_formula(arguments["formula"]))
    except NotUnderstoodError as error:
        raise ValueError(f"not equations and a formula: {error}") from error
    if kind not in _KINDS or not set(names) <= found | wanted or not wanted <= set(names):
        raise ValueError(f"kind is one of {', '.join(sorted(_KINDS))}, and the formula's unknowns are in the equations")
    return kind, texts, arguments["formula"], names


def solve(arguments: Arguments) -> Outcome:
    """The formula's value for each solution of the equations, exact where there is a formula for it."""
    kind, texts, formula, _ = _read(arguments)
    # In the process with limits only.
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415

    if kind == "rearranged":
        left, right = (to_sympy(side, real=False) for side in read_sides(texts[0]))
        try:
            results = sympy.solve(left - right, to_sympy(parse_formula(formula), real=False))
        except NotImplementedError:
            results = []
        if not results:
            raise ImpossibleError(f"I know no way to solve this equation for {formula}")
        written = [from_sympy(sympy.simplify(result)) for result in results]
        display = " or ".join(f"{formula} = {text}" for text in written)
        return Outcome(" | ".join(written), display, f"{texts[0].strip()} solved for {formula}: {display}")
    solved = equations.solve(_equations(arguments)).value
    if solved == equations.NONE:
        raise ImpossibleError("no real numbers solve the equations")
    values = []
    for solution in solved.split(" | "):
        puts = [part.split(" = ") for part in solution.split("; ")]
        exact = to_sympy(parse_formula(formula)).subs(
            {to_sympy(parse_formula(name)): to_sympy(parse_formula(text)) for name, text in puts}
        )
        values.append(sympy.simplify(exact))
    values = sorted(set(values), key=lambda value: float(sympy.re(value.evalf(15))))
    if any(not value.is_finite or value.is_real is False for value in values):
        raise ImpossibleError("the formula has no finite real value there")
    display = " or ".join(_shown(value) for value in values)
    text = " | ".join(str(value) if value.is_Rational else from_sympy(value) for value in values)
    return Outcome(text, display, f"{describe(arguments)} is {display}", rounded="≈" in display)


def _shown(value: object) -> str:
    about = f"{float(value):.10g}"  # type: ignore[arg-type]
    return str(value) if getattr(value, "is_Rational", False) else f"{from_sympy(value).replace('*', '·')} ≈ {about}"


def _equations(arguments: Arguments) -> dict[str, str]:
    return {"equations": arguments["equations"], "unknowns": arguments["unknowns"]}


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:
    """The solutions put back into the equations, and from them the formula in floating point."""
    kind, texts, formula, _ = _read(arguments)
    found = [parse_formula(text) for text in outcome.value.split("|")]
    if kind == "rearranged":
        left, right = read_sides(texts[0])
        others = sorted((unknowns(left) | unknowns(right)) - {formula})
        tries = [
            {name: _POINTS[(start + offset) % len(_POINTS)] for offset, name in enumerate(others)}
            for start in range(len(_POINTS))
        ]
        same = [
            isclose(value_at(left, point), value_at(right, point), rel_tol=1e-9, abs_tol=1e-9)
            for values in tries
            for result in found
            for point in [values | _valued(formula, result, values)]
            if formula in point
        ]
        return Check(bool(same) and all(same), "putting it back for several values of the others")
    step = _equations(arguments)
    solved = ask(Step("equations", step))
    right_solutions = equations.check(step, solved, ask).agrees
    values = [
        value_at(parse_formula(formula), {name: value_at(parse_formula(text), {}) for name, text in puts})
        for solution in solved.value.split(" | ")
        for puts in [[part.split(" = ") for part in solution.split("; ")]]
    ]
    results = [value_at(result, {}) for result in found]
    same_values = all(any(isclose(one, two, rel_tol=1e-9, abs_tol=1e-9) for two in results) for one in values)
    back = all(any(isclose(one, two, rel_tol=1e-9, abs_tol=1e-9) for two in values) for one in results)
    return Check(right_solutions and same_values and back, "putting the solutions back, and floating point")


def _valued(name: str, result: object, values: dict[str, float]) -> dict[str, float]:
    """The value of `name` by a result, where it has one."""
    try:
        return {name: value_at(result, values)}  # type: ignore[arg-type]
    except (ValueError, ZeroDivisionError, OverflowError):
        return {}


def describe(arguments: Arguments) -> str:
    """`x + 1 where 2x = 10`."""
    given = arguments["equations"].replace(";", " and")
    if arguments["kind"] == "rearranged":
        return f"{arguments['formula']} in {given}"
    return f"{arguments['formula']} where {given}"


TOOL = Tool(
    name="values",
    summary="formulas whose unknowns are given, and equations solved for one of several unknowns",
    examples=("If 2x = 10, what is x + 1?", "solve v = u + a*t for t"),
    parameters=("kind", "equations", "unknowns", "formula"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=9,
    heavy=True,
)
