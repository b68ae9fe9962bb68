"""Formulas as MathML: what tools write in the grammar of `app.language.algebra`, and what a model writes in LaTeX.

Nothing here is safe by itself: `app.web.render` cleans all that a page shows.
"""

import re
from html import escape

from app.language.algebra import Formula, Function, Name, Number, Operation, parse_formula
from app.language.errors import NotUnderstoodError
from app.language.numbers import fixed, terminating_decimals

_JOINED = re.compile(r"(, | or | and |; )")
_RELATION = re.compile(r"\s*([=≈])\s*")
# A product without a sign may be words; a formula worth typesetting has a sign or a function in it.
_SIGN = re.compile(r"[\^*·/=≈(]")
_SCIENTIFIC = re.compile(r"(-?[0-9.]+)e([+-]?)0*([0-9]+)")
_INVISIBLE_TIMES = "<mo>\u2062</mo>"
_TIMES = "\u00d7"
_MINUS = "<mo>\u2212</mo>"
_LOOSEST, _PRODUCT, _POWER, _ATOM = range(4)
_LONGEST_LATEX = 2_000


def of_text(text: str) -> str | None:
    """`x = 2 or x = 3`, `x^3/3 + C`, `sqrt(2)/2 ≈ 0.707107` as HTML with MathML; None for anything else."""
    if not _SIGN.search(text) or any(sign.isupper() for sign in text.removesuffix(" + C")):
        return None
    parts = _JOINED.split(text)
    try:
        statements = [_statement(part) for part in parts[::2]]
    except NotUnderstoodError:
        return None
    joints = [f" {escape(joint.strip())} ".replace(" ,", ",").replace(" ;", ";") for joint in parts[1::2]] + [""]
    return "".join(
        f'<math displaystyle="true">{statement}</math>{joint}'
        for statement, joint in zip(statements, joints, strict=True)
    )


def of_latex(latex: str, *, block: bool) -> str | None:
    """LaTeX as MathML; None for what cannot be read."""
    # Only with a model does anyone write LaTeX: others need not carry it.
    from latex2mathml.converter import convert  # noqa: PLC0415

    if len(latex) > _LONGEST_LATEX:
        return None
    # What would be a tag after `\text{` is a sign, as everywhere else.
    latex = latex.replace("<", r"\lt ").replace(">", r"\gt ")
    try:
        return convert(latex, display="block" if block else "inline")
    except Exception:  # noqa: BLE001 (its own errors have no common base, and bad LaTeX also raises IndexError)
        return None


def _statement(text: str) -> str:
    """A formula, or several with = or ≈ between; raises NotUnderstoodError unless there is something to typeset."""
    pieces = _RELATION.split(text)
    formulas = []
    interesting = False
    for piece in pieces[::2]:
        if match := _SCIENTIFIC.fullmatch(piece):
            formulas.append(_scientific(match))
            continue
        if re.search(r"[0-9]e[+-]?[0-9]", piece):
            raise NotUnderstoodError(piece)
        constant = piece.endswith(" + C")
        formula = parse_formula(piece.removesuffix(" + C"))
        # Not dates and plain fractions, which have neither letters nor powers.
        interesting |= constant or _has_letters(formula)
        formulas.append(_write(formula, _LOOSEST) + ("<mo>+</mo><mi>C</mi>" if constant else ""))
    if not interesting:
        raise NotUnderstoodError(text)
    signs = [f"<mo>{sign}</mo>" for sign in pieces[1::2]] + [""]
    return "".join(formula + sign for formula, sign in zip(formulas, signs, strict=True))


def _scientific(match: re.Match[str]) -> str:
    mantissa, sign, exponent = match.groups()
    minus = _MINUS if sign == "-" else ""
    return f"{_number_text(mantissa)}<mo>{_TIMES}</mo><msup><mn>10</mn><mrow>{minus}<mn>{exponent}</mn></mrow></msup>"


def _has_letters(formula: Formula) -> bool:
    match formula:
        case Number():
            return False
        case Operation(sign, left, right):
            return sign == "^" or _has_letters(left) or _has_letters(right)
        case _:
            return True


def _write(formula: Formula, around: int) -> str:
    """The formula, in brackets if it binds looser than what is `around` it."""
    match formula:
        case Number(value):
            decimals = terminating_decimals(value)
            text = fixed(value, decimals or 0)
            return _bracketed(_number_text(text), value < 0 and around > _LOOSEST)
        case Name(name):
            return f"<mi>{escape({'pi': 'π'}.get(name, name))}</mi>"
        case Function(name, argument):
            return _function(name, argument, "")
        case Operation("^", Function(name, argument), Number() as exponent) if name not in {"sqrt", "abs", "exp"}:
            return _function(name, argument, _write(exponent, _LOOSEST))
        case Operation(sign, left, right):
            inner, binds = _operation(sign, left, right)
            return _bracketed(inner, around > binds)


def _operation(sign: str, left: Formula, right: Formula) -> tuple[str, int]:
    """The operation, and how tight it binds."""
    match sign:
        case "^":
            return f"<msup>{_row(_write(left, _ATOM))}{_row(_write(right, _LOOSEST))}</msup>", _POWER
        case "/":
            return f"<mfrac>{_row(_write(left, _LOOSEST))}{_row(_write(right, _LOOSEST))}</mfrac>", _POWER
        case "*":
            return _product(left, right), _PRODUCT
        case "-":
            return f"{_write(left, _LOOSEST)}{_MINUS}{_write(right, _PRODUCT)}", _LOOSEST
        case _:
            return f"{_write(left, _LOOSEST)}<mo>+</mo>{_write(right, _LOOSEST)}", _LOOSEST


def _product(left: Formula, right: Formula) -> str:
    if isinstance(left, Number) and left.value == -1:
        return _row(f"{_MINUS}{_write(right, _PRODUCT)}")
    first = _write(left, _LOOSEST if isinstance(left, Number) else _PRODUCT)
    sign = "<mo>·</mo>" if _starts_with_number(right) else _INVISIBLE_TIMES
    return f"{first}{sign}{_write(right, _PRODUCT)}"


def _starts_with_number(formula: Formula) -> bool:
    match formula:
        case Operation("*" | "^", left, _):
            return _starts_with_number(left)
        case Operation("/", _, _):
            return True
        case _:
            return isinstance(formula, Number)


def _function(name: str, argument: Formula, exponent: str) -> str:
    inner = _write(argument, _LOOSEST)
    match name:
        case "sqrt":
            return f"<msqrt>{inner}</msqrt>"
        case "exp":
            return f"<msup><mi>e</mi>{_row(inner)}</msup>"
        case "abs":
            return f"<mrow><mo>|</mo>{inner}<mo>|</mo></mrow>"
    head = f"<mi>{escape(name)}</mi>"
    if exponent:
        head = f"<msup>{head}{_row(exponent)}</msup>"
    return f'<mspace width="0.17em"></mspace>{head}<mo>\u2061</mo>{_bracketed(inner, needed=True)}'


def _number_text(text: str) -> str:
    # First in its row, the sign is one of the number and not of a difference.
    return _row(f"{_MINUS}<mn>{text[1:]}</mn>") if text.startswith("-") else f"<mn>{text}</mn>"


def _bracketed(inner: str, needed: bool) -> str:
    return f"<mrow><mo>(</mo>{inner}<mo>)</mo></mrow>" if needed else inner


def _row(inner: str) -> str:
    return f"<mrow>{inner}</mrow>"
