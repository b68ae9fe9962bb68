"""What is computed of a table's columns, in exact fractions."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import Any

from app.language.errors import ImpossibleError
from app.language.evaluate import root
from app.language.quantity import Quantity
from app.language.table_conditions import COLUMN, Condition, key
from app.language.table_questions import Request
from app.language.tables import Table

NUMERIC = ("mean", "median", "sum", "min", "max", "count", "range", "standard deviation")
Row = tuple[str, ...]


def selected(table: Table, request: Request) -> Table:
    """The rows that meet the request's conditions; NotUnderstoodError for a column that is not there."""
    for name in filter(None, (request.column, request.by)):
        table.index(name)
    conditions = request.where.conditions
    for condition in conditions:
        table.index(condition.column)
    together = any if request.where.any_of else all
    rows = tuple(
        row
        for row in table.rows
        if not conditions or together(_holds(row, table, condition) for condition in conditions)
    )
    return replace(table, rows=rows)


def _holds(row: Row, table: Table, condition: Condition) -> bool:
    """Whether a row meets a condition: as numbers if both are, else as texts without case; an empty cell meets none."""
    cell = row[table.index(condition.column)]
    if condition.operator == "contains":
        return condition.values[0].casefold() in cell.casefold()
    operator = condition.operator.removesuffix(COLUMN)
    other = condition.operator != operator
    values = [row[table.index(value)] for value in condition.values] if other else list(condition.values)
    one, many = key(cell, comma=table.comma), [key(value, comma=table.comma) for value in values]
    if operator in {"=", "!="}:
        return (one in many) == (operator == "=")
    if not cell or not values[0]:
        return False
    if type(one) is not type(many[0]):
        raise ImpossibleError(f"“{cell[:40]}” and “{values[0][:40]}” cannot be compared")
    return _COMPARE[operator](one, many[0])


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {">": gt, "<": lt, ">=": ge, "<=": le}


def columns_of(table: Table, *names: str) -> list[list[Fraction]]:
    """The numbers of columns, in the rows where all of them have one; what is not there is left out."""
    positions = [table.index(name) for name in names]
    for name in names:
        unit_of(table, name)
    rows = []
    for row in table.rows:
        numbers = [table.number(row[position]) for position in positions]
        missing = [position for position, number in zip(positions, numbers, strict=True) if number is None]
        if any(row[position] for position in missing):
            text = next(row[position] for position in missing if row[position])
            raise ImpossibleError(f"“{text[:40]}” in the column {table.columns[missing[0]]} is no number")
        if not missing:
            rows.append([number for number in numbers if number is not None])
    if not rows:
        raise ImpossibleError("there are no numbers in these rows")
    return [list(column) for column in zip(*rows, strict=True)]


def unit_of(table: Table, column: str) -> str:
    """`%` or a currency that all numbers of a column are of; ImpossibleError where they are of several."""
    units = table.decorations(column)
    if len(units - {""}) > 1:
        raise ImpossibleError(f"the numbers in the column {column} are of different units: {', '.join(sorted(units))}")
    return units.pop() if len(units) == 1 else ""


def statistic(name: str, numbers: Sequence[Fraction]) -> Quantity:  # noqa: PLR0911 (one for each statistic)
    """A statistic by its definition; counts may be of nothing."""
    count = len(numbers)
    if name == "count":
        return Quantity(Fraction(count))
    if not count:
        raise ImpossibleError("there are no numbers in these rows")
    sorted_numbers = sorted(numbers)
    match name:
        case "sum":
            return Quantity(sum(numbers, Fraction(0)))
        case "mean":
            return Quantity(sum(numbers, Fraction(0)) / count)
        case "min":
            return Quantity(sorted_numbers[0])
        case "max":
            return Quantity(sorted_numbers[-1])
        case "range":
            return Quantity(sorted_numbers[-1] - sorted_numbers[0])
        case "median":
            return Quantity((sorted_numbers[(count - 1) // 2] + sorted_numbers[count // 2]) / 2)
        case _:
            if count < 2:
                raise ImpossibleError("a standard deviation needs at least two numbers")
            mean = sum(numbers, Fraction(0)) / count
            return root(Quantity(sum(((number - mean) ** 2 for number in numbers), Fraction(0)) / (count - 1)), 2)


def grouped(table: Table, request: Request) -> dict[str, list[Fraction]]:
    """The column's numbers by the values of another, in the order in which these come."""
    by = table.index(request.by)
    groups: dict[str, list[Fraction]] = {}
    position = table.index(request.column) if request.column else None
    for row in table.rows:
        numbers = groups.setdefault(row[by] or "(empty)", [])
        if position is None:
            numbers.append(Fraction(1))
        elif row[position]:
            number = table.number(row[position])
            if number is None:
                raise ImpossibleError(f"“{row[position][:40]}” in the column {request.column} is no number")
            numbers.append(number)
    if not groups:
        raise ImpossibleError("no rows are left")
    if request.column:
        unit_of(table, request.column)
    return groups


def ordered(table: Table, request: Request) -> list[Row]:
    """The rows as asked for: sorted by a column, as numbers if all are, and cut; equal ones stay in order."""
    rows = list(table.rows)
    if not rows:
        raise ImpossibleError("no rows are left")
    down = request.operation in {"sort descending", "highest"}
    if request.operation != "rows":
        keys = sort_keys(table, request.column, down=down)
        order = sorted(range(len(rows)), key=keys.__getitem__, reverse=down)
        if request.operation in {"highest", "lowest"}:
            order = [number for number in order if keys[number] == keys[order[0]]]
        rows = [rows[number] for number in order]
    return rows[: request.limit or len(rows)]


def sort_keys(table: Table, column: str, *, down: bool) -> list[tuple[bool, Fraction, str]]:
    """What to compare rows by: numbers come before texts, also where the order goes down."""
    position = table.index(column)
    keys = []
    for row in table.rows:
        number = table.number(row[position])
        keys.append(
            ((number is None) != down, number or Fraction(0), "" if number is not None else row[position].casefold())
        )
    return keys


def correlation(first: Sequence[Fraction], second: Sequence[Fraction]) -> Quantity:
    """Pearson's coefficient, from deviations."""
    count = len(first)
    one, other = sum(first, Fraction(0)) / count, sum(second, Fraction(0)) / count
    products = sum(((x - one) * (y - other) for x, y in zip(first, second, strict=True)), Fraction(0))
    squares = sum(((x - one) ** 2 for x in first), Fraction(0)) * sum(((y - other) ** 2 for y in second), Fraction(0))
    if count < 2 or not squares:
        raise ImpossibleError("a correlation needs two columns that both vary")
    size = root(Quantity(products**2 / squares), 2)
    return Quantity(-size.number if products < 0 else size.number, (), size.exact)


def line(x: Sequence[Fraction], y: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """Slope and start of the line of least squares."""
    count = len(x)
    mean_x, mean_y = sum(x, Fraction(0)) / count, sum(y, Fraction(0)) / count
    squares = sum(((value - mean_x) ** 2 for value in x), Fraction(0))
    if count < 2 or not squares:
        raise ImpossibleError("a line needs at least two different values to depend on")
    products = sum(((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)), Fraction(0))
    slope = products / squares
    return slope, mean_y - slope * mean_x


def as_text(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows as CSV."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return buffer.getvalue()
