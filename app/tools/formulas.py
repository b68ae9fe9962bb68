"""Formulas expanded, factored, simplified, and their values; checked with numbers in place of unknowns."""

import math
import re
from contextlib import suppress

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.algebra import Formula, Function, Name, Operation, parse_formula, unknowns, value_at
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.logarithms import ask_which_log
from app.language.question import asked
from app.language.symbolic import from_sympy, to_sympy
from app.tools.tool import Arguments, Tool

LONGEST = 250
_KINDS = {
    "expand": "expand", "multiply out": "expand", "factor": "factor", "factorise": "factor", "factorize": "factor",
    "simplify": "simplify",
}  # fmt: skip
_REWRITE = re.compile(
    rf"(?P<verb>{'|'.join(sorted(_KINDS, key=len, reverse=True))})(?: the)?(?:"
    rf" (?:expression|formula|polynomial|brackets))?:? (?P<formula>[^=]+)",
    re.IGNORECASE,
)
_NAMES = {"sine": "sin", "cosine": "cos", "tangent": "tan", "natural logarithm": "ln", "natural log": "ln",
          "arcsine": "asin", "arccosine": "acos", "arctangent": "atan", "common logarithm": "lg"}  # fmt: skip
_OF = re.compile(
    rf"\b(?:the )?(?P<name>{'|'.join(sorted(_NAMES, key=len, reverse=True))}) of (?P<of>[0-9./πa-z°]{{1,20}})",
    re.IGNORECASE,
)
_BASE = re.compile(
    r"\b(?:the )?(?:log(?:arithm)?)(?:(?: to)? (?:the )?base |_)(?P<base>[0-9]{1,6})(?: of)?"
    r" ?\(?(?P<of>[0-9][0-9,./]{0,20})\)?"
    r"|\b(?:the )?log(?:arithm)? of (?P<late>[0-9][0-9,./]{0,20}) (?:to|in|with) (?:the )?base (?P<last>[0-9]{1,6})",
    re.IGNORECASE,
)
_ANGLE = re.compile(
    r"\b(?P<name>sin|cos|tan)\s*\(?\s*(?P<number>[0-9]+(?:\.[0-9]+)?)\s*\)?(?!\s*(?:°|deg|rad|[0-9a-z./*^π]))",
    re.IGNORECASE,
)
_RADIANS = re.compile(r" ?rad(?:ians?)?\b")
_GIVEN = re.compile(
    r"(?:if |given |let |suppose )?(?P<f>[fgh])\((?P<x>[a-z])\) ?= ?(?P<formula>[^=]{1,120}?)(?:[,.;]| and)?"
    r" (?:then )?"
    r"(?:find|what is|what's|calculate|evaluate|compute|determine) (?P<again>[fgh])\((?P<at>[^()a-z]{1,20})\)",
    re.IGNORECASE,
)
_EVALUATE = re.compile(
    r"(?P<formula>[^=]{1,120}?),? (?:at|for|when|if|where) (?P<x>[a-z]) ?(?:=|is) ?(?P<at>[^=a-z]{1,20})", re.IGNORECASE
)
_POINTS = (0.3137, 0.7391, 1.2713, 1.9127, 2.6431, 3.7717)


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`expand (x + 2)(x - 3)`, `sin(30°)`, `log base 2 of 1024`."""
    text = asked(question)
    if len(text) > LONGEST:
        return None
    with suppress(NotUnderstoodError):
        if match := _REWRITE.fullmatch(text):
            parse_formula(match["formula"])
            ask_which_log(match["formula"])
            return _plan(_KINDS[match["verb"].lower()], match["formula"], least=1)
        for form in (_GIVEN, _EVALUATE):
            if (match := form.fullmatch(text)) and match.groupdict().get("again", match[1]) == match[1]:
                parse_formula(match["formula"])
                return _plan(
                    "value", re.sub(rf"(?<![a-z]){match['x']}(?![a-z(])", f"({match['at']})", match["formula"])
                )
        text = re.sub(r" ?degrees?\b", "°", text)
        written = _OF.sub(lambda found: f"{_NAMES[found['name'].lower()]}({found['of']})", text)
        written = _BASE.sub(_logarithm, written)
        written = re.sub(r"\blog10\b", "lg", re.sub(r"\blog2\b", "lb", written))
        if not re.search(r"[a-zπ]", written) or not _is_special(parse_formula(_RADIANS.sub("", written))):
            return None
        if (match := _ANGLE.search(written)) and float(match["number"]):
            name, number = match["name"], match["number"]
            raise AmbiguousError(
                f"Is the angle {number} in degrees or in radians?",
                match[0],
                {"degrees": f"{name}({number}°)", "radians": f"{name}({number} rad)"},
            )
        _refuse_logarithms(parse_formula(_RADIANS.sub("", written)))
        ask_which_log(written)
        return _plan("value", _RADIANS.sub("", written))
    return None


def _logarithm(match: re.Match[str]) -> str:
    base, number = match["base"] or match["last"], (match["of"] or match["late"]).replace(",", "")
    return f"(ln({number})/ln({base}))"


def _refuse_logarithms(formula: Formula) -> None:
    """Raise ImpossibleError for a logarithm that no base has."""
    match formula:
        case Function(name, argument):
            _refuse_logarithms(argument)
            if name in {"log", "ln", "lg", "lb"} and not unknowns(argument):
                with suppress(ValueError, ZeroDivisionError, OverflowError):
                    if value_at(argument, {}) <= 0:
                        raise ImpossibleError("a logarithm is of a number above zero")
        case Operation(_, left, right):
            _refuse_logarithms(left)
            _refuse_logarithms(right)
        case _:
            pass


def _is_special(formula: Formula) -> bool:
    """Whether there are functions or constants in it, which arithmetic has not."""
    match formula:
        case Function(name, argument):
            return name not in {"sqrt", "abs"} or _is_special(argument)
        case Name(name):
            return name != "pi"
        case Operation(_, left, right):
            return _is_special(left) or _is_special(right)
        case _:
            return False


def _plan(kind: str, formula: str, least: int = 0) -> Plan:
    names = unknowns(parse_formula(formula))
    if len(names) < least or (names and kind == "value") or len(names) > 4:
        raise NotUnderstoodError(formula)
    return Plan([PlannedStep("formulas", {"kind": kind, "formula": formula})])


def _read(arguments: Arguments) -> tuple[str, Formula]:
    if arguments["kind"] not in {"value", *_KINDS.values()}:
        raise ValueError("kind is expand, factor, simplify or value")
    try:
        return arguments["kind"], parse_formula(arguments["formula"])
    except NotUnderstoodError as error:
        raise ValueError(f"not a formula: {error}") from error


def solve(arguments: Arguments) -> Outcome:
    """The formula in the other form, or its value."""
    kind, formula = _read(arguments)
    # In the process with limits only.
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415

    expression = to_sympy(formula)
    result = {"expand": sympy.expand, "factor": sympy.factor}.get(kind, sympy.simplify)(expression)
    if result.has(sympy.oo, sympy.zoo, sympy.nan, sympy.I):
        raise ImpossibleError("this has no finite real value")
    text = from_sympy(result)
    display = text.replace("*", "\u00b7")
    about = kind == "value" and not result.is_Rational
    display += f" ≈ {float(result):.10g}" if about else ""
    return Outcome(text, display, f"{describe(arguments)} is {display}", rounded=about)


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Both formulas have the same value wherever numbers are put into them."""
    kind, formula = _read(arguments)
    try:
        result = parse_formula(outcome.value)
    except NotUnderstoodError as error:
        raise ValueError(str(error)) from error
    names = sorted(unknowns(formula) | unknowns(result))
    if kind == "factor" and names and not isinstance(result, Operation | Name):
        return Check(agrees=False, method="putting numbers in")
    seen = 0
    for start in range(len(_POINTS)):
        values = {name: _POINTS[(start + offset) % len(_POINTS)] for offset, name in enumerate(names)}
        with suppress(ValueError, ZeroDivisionError, OverflowError):
            one, other = value_at(formula, values), value_at(result, values)
            if not math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9):
                return Check(agrees=False, method="putting numbers in")
            seen += 1
    return Check(seen >= 2, "putting numbers in" if names else "floating-point arithmetic")


def describe(arguments: Arguments) -> str:
    """`(x + 2)(x - 3) expanded`."""
    names = {"expand": " expanded", "factor": " in factors", "simplify": " simplified"}
    return f"{arguments['formula']}{names.get(arguments['kind'], '')}"


TOOL = Tool(
    name="formulas",
    summary="formulas expanded, factored, simplified; sines, logarithms and other functions",
    examples=("expand (x + 2)(x - 3)", "factor x^2 - 9", "sin(30°)", "log base 2 of 1024"),
    parameters=("kind", "formula"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=99,
    heavy=True,
)
