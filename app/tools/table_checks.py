"""The second method for each figure of a table: a property that only the right one has, by other sums."""

import csv
import io
from collections import Counter
from fractions import Fraction
from itertools import pairwise

from app.language.numbers import read_fraction
from app.language.quantity import Quantity
from app.language.table_questions import Request
from app.language.tables import Table
from app.tools.statistics import is_median
from app.tools.table_math import columns_of, grouped, sort_keys

_CLOSE = Fraction(1, 10**30)


def agrees(request: Request, table: Table, value: str) -> tuple[bool, str]:
    """Whether `value` is right, and the method that says so; raises ValueError for a value that is none."""
    match request.operation:
        case "correlation":
            x, y = columns_of(table, request.column, request.by)
            return _correlates(x, y, Quantity.parse(value).number), "sums of products, without deviations"
        case "regression":
            x, y = columns_of(table, request.by, request.column)
            slope, start = (read_fraction(part) for part in value.split(" "))
            errors = [b - slope * a - start for a, b in zip(x, y, strict=True)]
            right = not sum(errors) and not sum(error * a for error, a in zip(errors, x, strict=True))
            return right, "errors that add up to nothing and do not depend on what they are plotted against"
        case "rows" | "sort ascending" | "sort descending" | "highest" | "lowest":
            return _rows_agree(request, table, value)
    if request.by:
        rows = list(csv.reader(io.StringIO(value)))[1:]
        found = {row[0]: Quantity.parse(row[1]).number for row in rows if row[1]}
        # A group without a number has no figure.
        groups = {key: numbers for key, numbers in grouped(table, request).items() if numbers}
        right = set(found) == set(groups) and all(_is(request.operation, groups[key], found[key]) for key in groups)
        everything = [number for numbers in groups.values() for number in numbers]
        if request.operation in {"sum", "count"}:
            total = sum(everything, Fraction(0)) if request.operation == "sum" else len(everything)
            return right and sum(found.values()) == total, "the groups adding up to the whole"
        return right, _METHODS[request.operation]
    numbers = columns_of(table, request.column)[0] if request.column else [Fraction(1)] * len(table.rows)
    return _is(request.operation, numbers, Quantity.parse(value).number), _METHODS[request.operation]


_METHODS = {
    "mean": "deviations from the mean that add up to nothing",
    "sum": "taking the numbers off again",
    "count": "counting down",
    "min": "comparing with each number",
    "max": "comparing with each number",
    "range": "comparing with each number",
    "median": "counting on both sides",
    "standard deviation": "the squares without deviations",
}


def _is(name: str, numbers: list[Fraction], result: Fraction) -> bool:  # noqa: PLR0911 (one for each statistic)
    count = len(numbers)
    match name:
        case "mean":
            return not sum(number - result for number in numbers)
        case "sum":
            return not sum(reversed(numbers), -result)
        case "count":
            return result - count == 0
        case "min":
            return result in numbers and all(result <= number for number in numbers)
        case "max":
            return result in numbers and all(result >= number for number in numbers)
        case "range":
            return result == max(numbers) - min(numbers)
        case "median":
            return is_median(numbers, result)
        case _:
            squares = sum(number * number for number in numbers) - Fraction(sum(numbers) ** 2, count)
            variance = squares / (count - 1)
            return abs(result**2 - variance) <= _CLOSE * max(Fraction(1), variance) and result >= 0


def _correlates(x: list[Fraction], y: list[Fraction], result: Fraction) -> bool:
    count = len(x)
    products = count * sum(a * b for a, b in zip(x, y, strict=True)) - sum(x) * sum(y)
    squares = (count * sum(a * a for a in x) - sum(x) ** 2) * (count * sum(b * b for b in y) - sum(y) ** 2)
    return abs(result**2 * squares - products**2) <= _CLOSE * squares and (result >= 0) == (products >= 0)


def _rows_agree(request: Request, table: Table, value: str) -> tuple[bool, str]:
    rows = [tuple(row) for row in csv.reader(io.StringIO(value))][1:]
    have, all_rows = Counter(rows), Counter(table.rows)
    inside = all(all_rows[row] >= count for row, count in have.items())
    if request.operation == "rows":
        return inside and len(rows) == len(table.rows), "counting the rows"
    down = request.operation in {"sort descending", "highest"}
    keys = dict(zip(table.rows, sort_keys(table, request.column, down=down), strict=True))
    found = [keys[row] for row in rows] if inside else []
    steps = all((one >= other) if down else (one <= other) for one, other in pairwise(found))
    left = all_rows - have
    if request.operation in {"highest", "lowest"}:
        best = (max if down else min)(keys.values())
        right = inside and set(found) == {best} and len(rows) == sum(keys[row] == best for row in table.rows)
        return right, "comparing with each row"
    beyond = all((keys[row] <= found[-1]) if down else (keys[row] >= found[-1]) for row in left) if found else False
    right = inside and steps and beyond and len(rows) == min(request.limit or len(table.rows), len(table.rows))
    return right, "comparing neighbours, and counting"
