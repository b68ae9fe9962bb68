"""All roots of a polynomial, complex ones too; checked by putting them back, and by their sum and product."""

import re

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.algebra import Operation, parse_formula, unknowns
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.polynomials import at, coefficients
from app.language.question import bare
from app.language.symbolic import to_sympy
from app.tools.tool import Arguments, Tool

LONGEST = 300
_QUESTION = re.compile(
    r"(?:all )?(?:the )?(?P<complex>complex )?(?:roots|zeros|zeroes) of (?P<formula>[^=]+)(?:= ?(?P<right>[^=]+))?",
    re.IGNORECASE,
)
_OVER = re.compile(
    r"(?P<formula>[^=]+)=(?P<right>[^=]+?),? (?:in|over|for|with|among) (?:the )?complex"
    r"(?: (?:numbers|roots|solutions|x))?",
    re.IGNORECASE,
)
_CLOSE = 1e-7


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`roots of x^2 + 2x + 5`, `solve x^3 = 8 in complex numbers`."""
    text = bare(question)
    match = (_QUESTION.fullmatch(text) or _OVER.fullmatch(text)) if len(text) <= LONGEST else None
    if not match:
        return None
    written = (
        f"({match['formula'].strip()}) - ({match['right'].strip()})" if match["right"] else match["formula"].strip()
    )
    try:
        formula = parse_formula(written)
    except NotUnderstoodError:
        return None
    names = unknowns(formula)
    if len(names) != 1:
        return None
    return Plan([PlannedStep("roots", {"polynomial": written, "unknown": next(iter(names))})])


def _read(arguments: Arguments) -> tuple[Operation, str]:
    try:
        formula = parse_formula(arguments["polynomial"])
    except NotUnderstoodError as error:
        raise ValueError(f"not a formula: {error}") from error
    if not isinstance(formula, Operation) or not re.fullmatch("[a-df-hj-z]", arguments["unknown"]):
        raise ImpossibleError("roots are of a polynomial with one unknown, which is a letter other than e and i")
    try:
        found = coefficients(formula, arguments["unknown"])
    except NotUnderstoodError:
        raise ImpossibleError("I know all roots of polynomials only; ask for an equation's real solutions") from None
    if len(found) < 2:
        raise ImpossibleError("there is no unknown left in this polynomial")
    return formula, arguments["unknown"]


def solve(arguments: Arguments) -> Outcome:
    """With formulas up to degree 2, and where there are simple ones; else to 15 digits."""
    formula, name = _read(arguments)
    # In the process with limits only.
    import sympy  # type: ignore[import-untyped]  # noqa: PLC0415

    symbol = sympy.Symbol(name)
    polynomial = sympy.Poly(to_sympy(formula, real=False), symbol)
    exact = sympy.roots(polynomial)
    degree = polynomial.degree()
    simple = sum(exact.values()) == degree and all(len(str(root)) <= 24 for root in exact)
    found = (
        [(root, count) for root, count in exact.items()] if simple else [(root, 1) for root in polynomial.nroots(15)]
    )
    found.sort(key=lambda pair: (round(float(sympy.re(pair[0])), 9), float(sympy.im(pair[0]))))
    values, shown = [], []
    for root, count in found:
        number = complex(root.evalf(17))
        values += [f"{number.real!r} {number.imag!r}"] * count
        written = str(root).replace("**", "^").replace("*", "\u00b7").replace("I", "i") if simple else _about(number)
        shown.append(f"{name} {'=' if simple else '≈'} {written}" + (f" ({count} times)" if count > 1 else ""))
    display = ", ".join(shown)
    return Outcome("; ".join(values), display, f"{describe(arguments)}: {display}", rounded=not simple)


def _about(number: complex) -> str:
    real, size = f"{number.real:.6g}", f"{abs(number.imag):.6g}"
    if abs(number.imag) < 1e-12:
        return real
    imaginary = f"{'' if size == '1' else size + '·'}i"
    if abs(number.real) < 1e-12:
        return f"-{imaginary}" if number.imag < 0 else imaginary
    return f"{real} {'-' if number.imag < 0 else '+'} {imaginary}"


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Each root makes the polynomial vanish; their sum and product are its coefficients (Vieta)."""
    formula, name = _read(arguments)
    found = coefficients(formula, name)
    roots = [complex(*(float(part) for part in text.split(" "))) for text in outcome.value.split("; ")]
    size = sum(abs(float(item)) for item in found) * max(1.0, *(abs(root) for root in roots)) ** (len(found) - 1)
    # A root that is there several times is less sharp.
    vanish = all(abs(at(found, root)) <= _CLOSE * size for root in roots)
    top = float(found[-1])
    total, product = sum(roots), complex(1)
    for root in roots:
        product *= root
    degree = len(found) - 1
    by_sum = abs(total + float(found[-2]) / top) <= _CLOSE * size / abs(top)
    by_product = abs(product - (-1) ** degree * float(found[0]) / top) <= _CLOSE * size / abs(top)
    method = "putting the roots back, and by their sum and product"
    return Check(len(roots) == degree and vanish and by_sum and by_product, method)


def describe(arguments: Arguments) -> str:
    """`the roots of x^2 + 1`."""
    return f"the roots of {arguments['polynomial']}"


TOOL = Tool(
    name="roots",
    summary="all roots of polynomials, complex ones too",
    examples=("roots of x^2 + 2x + 5", "solve x^3 = 8 in complex numbers"),
    parameters=("polynomial", "unknown"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=9,
    heavy=True,
)
