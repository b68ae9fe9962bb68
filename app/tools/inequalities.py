"""Inequalities with polynomials of one unknown; checked by trying numbers inside and outside of what was found."""

import re
from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.algebra import Name, parse_formula, unknowns, value_at
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.polynomials import added, coefficients
from app.language.question import bare
from app.language.symbolic import from_sympy, to_sympy
from app.tools.tool import Arguments, Tool

LONGEST = 200
_QUESTION = re.compile(
    r"(?:the )?(?:inequality:? )?(?:for [a-z]:? )?(?P<left>[^<>=≤≥]+)(?P<sign><=|>=|<|>|≤|≥)"
    r"(?P<right>[^<>=≤≥]+?)(?:,? for [a-z])?",
    re.IGNORECASE,
)
_SIGNS = {"≤": "<=", "≥": ">="}
_HOLDS = {
    "<": lambda one, other: one < other,
    ">": lambda one, other: one > other,
    "<=": lambda one, other: one <= other,
    ">=": lambda one, other: one >= other,
}
_INFINITE = "oo"


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`solve 2x + 3 < 7`, `x^2 - 5x + 6 >= 0`."""
    text = bare(question)
    match = _QUESTION.fullmatch(text) if len(text) <= LONGEST else None
    if not match:
        return None
    try:
        names = unknowns(parse_formula(match["left"])) | unknowns(parse_formula(match["right"]))
    except NotUnderstoodError:
        return None
    if len(names) != 1:
        return None
    sign = _SIGNS.get(match["sign"], match["sign"])
    arguments = {"left": match["left"].strip(), "sign": sign, "right": match["right"].strip()}
    return Plan([PlannedStep("inequalities", {**arguments, "unknown": next(iter(names))})])


def _difference(arguments: Arguments) -> list[Fraction]:
    name = arguments["unknown"]
    if arguments["sign"] not in _HOLDS or not re.fullmatch("[a-df-z]", name):
        raise ValueError("sign is <, >, <= or >=, and the unknown a letter")
    try:
        sides = [coefficients(parse_formula(arguments[side]), name) for side in ("left", "right")]
    except NotUnderstoodError:
        raise ImpossibleError("I can solve inequalities of polynomials only") from None
    return added(sides[0], sides[1], -1)


def solve(arguments: Arguments) -> Outcome:
    """The intervals between real roots where the difference has the right sign."""
    found, name, sign = _difference(arguments), arguments["unknown"], arguments["sign"]
    # In the process with limits only.
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415

    symbol = to_sympy(Name(name))
    polynomial = sum(sympy.Rational(c.numerator, c.denominator) * symbol**power for power, c in enumerate(found))
    compared = {"<": sympy.Lt, ">": sympy.Gt, "<=": sympy.Le, ">=": sympy.Ge}[sign](polynomial, 0)
    if compared in {sympy.true, sympy.false}:
        result = sympy.S.Reals if compared == sympy.true else sympy.S.EmptySet
    else:
        result = sympy.solve_univariate_inequality(compared, symbol, relational=False)
    parts = list(result.args) if isinstance(result, sympy.Union) else [result]
    if result == sympy.S.EmptySet:
        return Outcome("", f"no real number {name} does", f"{describe(arguments)}: none")
    values, shown = [], []
    for part in parts:
        for low, high, open_low, open_high in _intervals(sympy, part):
            values.append(f"{'(' if open_low else '['}{_bound(low)}, {_bound(high)}{')' if open_high else ']'}")
            shown.append(_words(name, _bound(low), _bound(high), open_low=open_low, open_high=open_high))
    display = " or ".join(shown)
    return Outcome(" | ".join(values), display, f"{describe(arguments)}: {display}")


def _intervals(sympy: object, part: object) -> list[tuple[object, object, bool, bool]]:
    if part.__class__.__name__ == "FiniteSet":
        return [(point, point, False, False) for point in part]  # type: ignore[attr-defined]
    if part.__class__.__name__ == "Reals":
        return [(-sympy.oo, sympy.oo, True, True)]  # type: ignore[attr-defined]
    if part.__class__.__name__ != "Interval":
        raise ImpossibleError("I cannot write where this holds")
    return [(part.start, part.end, bool(part.left_open), bool(part.right_open))]  # type: ignore[attr-defined]


def _bound(value: object) -> str:
    text = str(value)
    return text if text in {_INFINITE, f"-{_INFINITE}"} else from_sympy(value)


def _words(name: str, low: str, high: str, *, open_low: bool, open_high: bool) -> str:
    if low == high:
        return f"{name} = {_shown(low)}"
    if low == f"-{_INFINITE}" and high == _INFINITE:
        return f"every real number {name}"
    if low == f"-{_INFINITE}":
        return f"{name} {'<' if open_high else '≤'} {_shown(high)}"
    if high == _INFINITE:
        return f"{name} {'>' if open_low else '≥'} {_shown(low)}"
    return f"{_shown(low)} {'<' if open_low else '≤'} {name} {'<' if open_high else '≤'} {_shown(high)}"


def _shown(bound: str) -> str:
    return bound.replace("*", "\u00b7")


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Between and beyond all ends, and close to each, numbers are put into both sides."""
    name, method = arguments["unknown"], "trying numbers inside and outside"
    _difference(arguments)
    left, right = parse_formula(arguments["left"]), parse_formula(arguments["right"])
    parts = [_parsed(text) for text in outcome.value.split(" | ")] if outcome.value else []
    ends = sorted({end for part in parts for end in part[:2] if abs(end) != float("inf")})
    reach = 2 * max([5.0, *(abs(end) for end in ends)])
    tried = [reach * (number / 500 - 1) + 0.00123 for number in range(1001)]
    tried += [end + step * max(1.0, abs(end)) for end in ends for step in (-1e-5, 1e-5)]
    for x in tried:
        if any(abs(x - end) < 1e-7 * max(1.0, abs(end)) for end in ends):
            continue
        inside = any(low < x < high for low, high, _, _ in parts)
        if _HOLDS[arguments["sign"]](value_at(left, {name: x}), value_at(right, {name: x})) != inside:
            return Check(agrees=False, method=method)
    # At the ends both sides are equal, so they belong to it only where equality does.
    equal = all(
        abs(value_at(left, {name: end}) - value_at(right, {name: end})) <= 1e-6 * max(1.0, reach**2) for end in ends
    )
    strict = arguments["sign"] in {"<", ">"}
    closed = all(
        opened == strict for low, high, *opens in parts for end, opened in zip((low, high), opens, strict=True)
        if abs(end) != float("inf")
    )  # fmt: skip
    return Check(equal and closed, method)


def _parsed(text: str) -> tuple[float, float, bool, bool]:
    match = re.fullmatch(r"([(\[])(.+), (.+)([)\]])", text)
    if not match:
        raise ValueError(text)
    ends = [_float(match[2]), _float(match[3])]
    return ends[0], ends[1], match[1] == "(", match[4] == ")"


def _float(text: str) -> float:
    if text in {_INFINITE, f"-{_INFINITE}"}:
        return float("-inf" if text.startswith("-") else "inf")
    return value_at(parse_formula(text), {})


def describe(arguments: Arguments) -> str:
    """`where 2x + 3 < 7`."""
    return f"where {arguments['left']} {arguments['sign']} {arguments['right']}"


TOOL = Tool(
    name="inequalities",
    summary="inequalities",
    examples=("solve 2x + 3 < 7", "x^2 - 5x + 6 >= 0"),
    parameters=("left", "sign", "right", "unknown"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=9,
    heavy=True,
)
