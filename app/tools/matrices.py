"""Matrices in exact fractions: determinant, inverse, product, rank; checked modulo primes or by multiplying."""

import re
from collections.abc import Callable
from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError
from app.language.forms import compiled, first_read
from app.language.numbers import read_fraction, show
from app.language.question import bare
from app.language.residues import PRIMES
from app.tools.tool import Arguments, Tool

LONGEST = 2000
LARGEST = 8
Matrix = list[list[Fraction]]
_NUMBER = r"[-+]?[0-9]{1,30}(?:\.[0-9]{1,20})?(?:/[1-9][0-9]{0,20})?"
_ROW = rf"\[ ?{_NUMBER}(?: ?[, ] ?{_NUMBER}){{0,7}} ?\]"
_MATRIX = rf"\[ ?{_ROW}(?: ?,? ?{_ROW}){{0,7}} ?\]"
_THE = r"(?:the )?(?:matrix )?"
_FORMS: tuple[tuple[str, str], ...] = (
    ("determinant", rf"(?:the )?(?:determinant|det)(?: of)? ?\(?{_THE}(?P<a>{_MATRIX})\)?"),
    ("inverse", rf"(?:the )?(?:inverse(?: of)?|invert|inv) ?\(?{_THE}(?P<a>{_MATRIX})\)?(?:\^-1)?"),
    ("inverse", rf"(?P<a>{_MATRIX})\^\(?-1\)?"),
    ("transpose", rf"(?:the )?transpose(?: of)? ?\(?{_THE}(?P<a>{_MATRIX})\)?"),
    ("rank", rf"(?:the )?rank(?: of)? ?\(?{_THE}(?P<a>{_MATRIX})\)?"),
    ("trace", rf"(?:the )?trace(?: of)? ?\(?{_THE}(?P<a>{_MATRIX})\)?"),
    ("product", (
        rf"(?:multiply |(?:the )?product of )?(?P<a>{_MATRIX})"
        rf" ?(?:\*|x|times|by|with|and|·|\u00d7) ?(?P<b>{_MATRIX})"
    )),
    ("sum", rf"(?:add |(?:the )?sum of )?(?P<a>{_MATRIX}) ?(?:\+|plus|and|to) ?(?P<b>{_MATRIX})"),
    ("difference", rf"(?P<a>{_MATRIX}) ?(?:-|minus) ?(?P<b>{_MATRIX})"),
)  # fmt: skip
_COMPILED = compiled(_FORMS)


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """`determinant of [[1, 2], [3, 4]]`, `[[1, 2], [3, 4]] * [[0, 1], [1, 0]]`."""
    if "[[" not in question.replace(" ", "") or len(question) > LONGEST:
        return None
    text = bare(question.replace("\u2212", "-"))
    return first_read(text, _COMPILED, _plan)


def _plan(kind: str, match: re.Match[str]) -> Plan:
    second = match.groupdict().get("b") or ""
    return Plan(
        [PlannedStep("matrices", {"kind": kind, "first": _canonical(match["a"]), "second": _canonical(second)})]
    )


def _canonical(text: str) -> str:
    """`1 2; 3 4`."""
    rows = re.findall(r"\[([^\[\]]+)\]", text)
    return "; ".join(" ".join(str(Fraction(item)) for item in re.findall(_NUMBER, row)) for row in rows)


def _matrix(text: str) -> Matrix:
    rows = [[read_fraction(item) for item in row.split()] for row in text.split(";")]
    if not rows[0] or len({len(row) for row in rows}) != 1:
        raise ImpossibleError("a matrix has rows of the same length")
    if len(rows) > LARGEST or len(rows[0]) > LARGEST:
        raise ImpossibleError(f"a matrix has at most {LARGEST} rows and columns here")
    return rows


def _read(arguments: Arguments) -> tuple[str, Matrix, Matrix]:
    kind = arguments["kind"]
    if kind not in {name for name, _ in _FORMS}:
        raise ValueError("kind is determinant, inverse, transpose, rank, trace, product, sum or difference")
    first = _matrix(arguments["first"])
    second = _matrix(arguments["second"]) if arguments["second"] else first
    square = len(first) == len(first[0])
    if kind in {"determinant", "inverse", "trace"} and not square:
        raise ImpossibleError(f"only a square matrix has {'an' if kind == 'inverse' else 'a'} {kind}")
    if kind == "product" and len(first[0]) != len(second):
        raise ImpossibleError("a product needs as many columns in the first matrix as rows in the second")
    if kind in {"sum", "difference"} and (len(first), len(first[0])) != (len(second), len(second[0])):
        raise ImpossibleError("matrices that are added must have the same size")
    return kind, first, second


def solve(arguments: Arguments) -> Outcome:
    """By Gauss's elimination, or the definition."""
    kind, first, second = _read(arguments)
    if kind in {"determinant", "rank", "trace"}:
        number = {"determinant": determinant, "rank": rank, "trace": _trace}[kind](first)
        display, rounded = show(number)
        display = str(number) if rounded else display
        return Outcome(str(number), display, f"{describe(arguments)} is {display}")
    result: Matrix = _MAKERS[kind](first, second)
    value = "; ".join(" ".join(map(str, row)) for row in result)
    return Outcome(value, _written(result), f"{describe(arguments)} is {_written(result)}")


def _written(matrix: Matrix) -> str:
    return "[" + ", ".join("[" + ", ".join(map(str, row)) + "]" for row in matrix) + "]"


def _trace(matrix: Matrix) -> Fraction:
    return sum((matrix[index][index] for index in range(len(matrix))), Fraction(0))


def determinant(matrix: Matrix) -> Fraction:
    """By elimination."""
    rows, result = [row[:] for row in matrix], Fraction(1)
    for column in range(len(rows)):
        pivot = next((index for index in range(column, len(rows)) if rows[index][column]), None)
        if pivot is None:
            return Fraction(0)
        if pivot != column:
            rows[column], rows[pivot], result = rows[pivot], rows[column], -result
        result *= rows[column][column]
        for index in range(column + 1, len(rows)):
            factor = rows[index][column] / rows[column][column]
            rows[index] = [one - factor * other for one, other in zip(rows[index], rows[column], strict=True)]
    return result


def rank(matrix: Matrix) -> Fraction:
    """By elimination."""
    rows, found = [row[:] for row in matrix], 0
    for column in range(len(rows[0])):
        pivot = next((index for index in range(found, len(rows)) if rows[index][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for index in range(found + 1, len(rows)):
            factor = rows[index][column] / rows[found][column]
            rows[index] = [one - factor * other for one, other in zip(rows[index], rows[found], strict=True)]
        found += 1
    return Fraction(found)


def _inverse(matrix: Matrix, _: Matrix) -> Matrix:
    size = len(matrix)
    rows = [[*row, *(Fraction(index == column) for column in range(size))] for index, row in enumerate(matrix)]
    for column in range(size):
        pivot = next((index for index in range(column, size) if rows[index][column]), None)
        if pivot is None:
            raise ImpossibleError("this matrix has no inverse: its determinant is 0")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [item / rows[column][column] for item in rows[column]]
        for index in range(size):
            if index != column:
                factor = rows[index][column]
                rows[index] = [one - factor * other for one, other in zip(rows[index], rows[column], strict=True)]
    return [row[size:] for row in rows]


def product(first: Matrix, second: Matrix) -> Matrix:
    """Rows by columns."""
    return [
        [
            sum((a * row[column] for a, row in zip(line, second, strict=True)), Fraction(0))
            for column in range(len(second[0]))
        ]
        for line in first
    ]


_MAKERS: dict[str, Callable[[Matrix, Matrix], Matrix]] = {
    "inverse": _inverse,
    "transpose": lambda first, _: [list(column) for column in zip(*first, strict=True)],
    "product": product,
    "sum": lambda first, second: _each(first, second, 1),
    "difference": lambda first, second: _each(first, second, -1),
}


def _each(first: Matrix, second: Matrix, sign: int) -> Matrix:
    return [[a + sign * b for a, b in zip(*rows, strict=True)] for rows in zip(first, second, strict=True)]


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """An inverse times the matrix is one; determinants and products are compared modulo two primes."""
    kind, first, second = _read(arguments)
    if kind == "inverse":
        found = _matrix(outcome.value)
        size = len(first)
        identity = [[Fraction(row == column) for column in range(size)] for row in range(size)]
        return Check(len(found) == size and product(found, first) == identity, "multiplying it by the matrix")
    if kind == "trace":
        rest = read_fraction(outcome.value)
        for index in reversed(range(len(first))):
            rest -= first[index][index]
        return Check(not rest, "taking the diagonal off again")
    if kind in {"determinant", "rank"}:
        number = read_fraction(outcome.value)
        right = all(_modular(kind, first, number, prime) for prime in PRIMES)
        return Check(right, "elimination modulo two primes")
    found = _matrix(outcome.value)
    if kind == "transpose":
        same = all(found[j][i] == first[i][j] for i in range(len(first)) for j in range(len(first[0])))
        return Check(same and (len(found), len(found[0])) == (len(first[0]), len(first)), "comparing each item")
    if kind in {"sum", "difference"}:
        return Check(_each(found, second, -1 if kind == "sum" else 1) == first, "going back from the result")
    # Each vector of units, then one with no pattern, goes the same way by both matrices as by their product.
    vectors = [[Fraction(row == column) for row in range(len(second[0]))] for column in range(len(second[0]))]
    vectors.append([Fraction(7919, 3 + index) for index in range(len(second[0]))])
    shape = len(found) == len(first) and len(found[0]) == len(second[0])
    return Check(
        shape and all(_times(found, v) == _times(first, _times(second, v)) for v in vectors), "applying it to vectors"
    )


def _times(matrix: Matrix, vector: list[Fraction]) -> list[Fraction]:
    return [sum((a * b for a, b in zip(row, vector, strict=True)), Fraction(0)) for row in matrix]


def _modular(kind: str, matrix: Matrix, expected: Fraction, prime: int) -> bool:
    try:
        rows = [[item.numerator * pow(item.denominator, -1, prime) % prime for item in row] for row in matrix]
        wanted = expected.numerator * pow(expected.denominator, -1, prime) % prime
    except ValueError:
        return False
    found, result = 0, 1
    for column in range(len(rows[0])):
        pivot = next((index for index in range(found, len(rows)) if rows[index][column]), None)
        if pivot is None:
            result = 0
            continue
        if pivot != found:
            rows[found], rows[pivot], result = rows[pivot], rows[found], -result
        result = result * rows[found][column] % prime
        inverse = pow(rows[found][column], -1, prime)
        for index in range(found + 1, len(rows)):
            factor = rows[index][column] * inverse % prime
            rows[index] = [(a - factor * b) % prime for a, b in zip(rows[index], rows[found], strict=True)]
        found += 1
    return (found if kind == "rank" else result % prime) == wanted


def describe(arguments: Arguments) -> str:
    """`the determinant of [[1, 2], [3, 4]]`."""
    kind, first, second = _read(arguments)
    sign = {"product": "\u00d7", "sum": "+", "difference": "-"}.get(kind)
    return f"{_written(first)} {sign} {_written(second)}" if sign else f"the {kind} of {_written(first)}"


TOOL = Tool(
    name="matrices",
    summary="matrices: determinant, inverse, product, transpose, rank",
    examples=(
        "determinant of [[1, 2], [3, 4]]",
        "inverse of [[2, 1], [5, 3]]",
        "[[1, 2], [3, 4]] * [[0, 1], [1, 0]]",
    ),
    parameters=("kind", "first", "second"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=8,
)
