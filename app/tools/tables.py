"""Tables pasted as CSV: statistics of a column, by group, filtered; rows sorted; correlation and regression."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.numbers import show
from app.language.quantity import Quantity
from app.language.table_questions import SAMPLE, Request, read_requests
from app.language.tables import Table, read_table, split_table
from app.tools.table_checks import agrees
from app.tools.table_math import (
    NUMERIC,
    as_text,
    columns_of,
    correlation,
    grouped,
    line,
    ordered,
    selected,
    statistic,
    unit_of,
)
from app.tools.tool import Arguments, Tool

# In bytes of JSON: with what else is in a step it still fits into a request of 64 KiB.
MOST_BYTES = 64_000


def read(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """Words around a pasted table: `mean of price by region`, `top 3 by sales`."""
    parts = split_table(question)
    if parts is None:
        return None
    words, text = parts
    table = read_table(text)
    try:
        requests = _requests(words, table)
    except NotUnderstoodError as error:
        if not any(word in words.lower() for word in _ABOUT):
            return None
        raise ImpossibleError(
            f"I cannot find {str(error)!r} in the table; its columns are {', '.join(table.columns)}, and I can do "
            "mean, median, sum, min, max, count, standard deviation, by group and with a filter, sorting, top n, "
            "correlation of two columns and linear regression"
        ) from None
    if not requests:
        return None
    _ask_thousands(requests, table, text)
    if len(json.dumps(text, ensure_ascii=False).encode()) > MOST_BYTES:
        raise ImpossibleError(f"a table has at most {MOST_BYTES:,} bytes here")
    steps = [PlannedStep("tables", {**request.arguments(), "table": text}, label=request.label) for request in requests]
    steps = steps if len(steps) > 1 else [PlannedStep("tables", steps[0].arguments)]
    return Plan(steps, [SAMPLE] if any("deviation" in request.operation for request in requests) else [])


def _requests(words: str, table: Table) -> list[Request]:
    """What each line asks, or what all of them ask together."""
    try:
        return read_requests(words, table)
    except NotUnderstoodError:
        if "\n" not in words.strip():
            raise
        return read_requests(" ".join(words.split()), table)


def _ask_thousands(requests: list[Request], table: Table, text: str) -> None:
    """Raise AmbiguousError where 1.500 may be more than a thousand."""
    used = {
        name for request in requests if request.operation != "count" for name in (request.column, request.by) if name
    }
    cell = next(filter(None, map(table.thousands_or_decimals, sorted(used))), "")
    if cell:
        raise AmbiguousError(
            f"Is {cell} in the table {float(cell):g}, or {int(cell.replace('.', '')):,}?",
            text,
            {
                f"{float(cell):g}": re.sub(r"(?<=;)([0-9]{1,3}\.[0-9]{3})(?=[;\n]|$)", r"\g<1>0", text),
                f"{int(cell.replace('.', '')):,}": re.sub(r"(?<=[0-9])\.(?=[0-9]{3}(?:[;.\n]|$))", "", text),
            },
        )


_ABOUT = ("table", "column", "row", "mean", "average", "sum", "total", "median", "sort", "top", "group", "correlation")


def _read(arguments: Arguments) -> tuple[Request, Table]:
    request = Request.parse(arguments)
    table = read_table(arguments["table"])
    try:
        return request, selected(table, request)
    except NotUnderstoodError as error:
        raise ImpossibleError(f"there is no column {str(error)!r}") from None


def solve(arguments: Arguments) -> Outcome:
    """The figure, or the rows."""
    request, table = _read(arguments)
    name = request.operation
    if name == "correlation":
        result = correlation(*columns_of(table, request.column, request.by))
        display = show(result.number, exact=False)[0] if not result.exact else result.display()[0]
        return Outcome(str(result), display, f"{describe(arguments)} is {display}", rounded=not result.exact)
    if name == "regression":
        slope, start = line(*columns_of(table, request.by, request.column))
        display = _equation(request.column, request.by, slope, start)
        return Outcome(f"{slope} {start}", display, f"{describe(arguments)}: {display}", rounded=True)
    if name in {"sort ascending", "sort descending", "highest", "lowest", "rows"}:
        rows = ordered(table, request)
        value = as_text(table.columns, rows)
        count = f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
        return Outcome(value, _markdown(table.columns, rows), f"{describe(arguments)}: {count}")
    if name not in NUMERIC:
        raise ValueError(f"operation is one of {', '.join(NUMERIC)}, correlation, regression, rows, or a way to sort")
    if request.by:
        groups = grouped(table, request)
        values = {
            key: None if not numbers and name != "count" else statistic(name, numbers)
            for key, numbers in groups.items()
        }
        rows = [(key, str(value) if value else "") for key, value in values.items()]
        shown = [(key, _with_unit(value, request, table) if value else "no numbers") for key, value in values.items()]
        head = (request.by, f"{name} of {request.column}" if request.column else name)
        rounded = any(value.display()[1] for value in values.values() if value)
        working = f"{describe(arguments)}: {len(groups):,} groups"
        return Outcome(as_text(head, rows), _markdown(head, shown), working, rounded)
    numbers = columns_of(table, request.column)[0] if request.column else [Fraction(1)] * len(table.rows)
    figure = statistic(name, numbers)
    display, rounded = _with_unit(figure, request, table), figure.display()[1]
    return Outcome(str(figure), display, f"{describe(arguments)} is {display} ({len(numbers):,} values)", rounded)


def _with_unit(figure: Quantity, request: Request, table: Table) -> str:
    """A figure for a person: of percents a percent, of prices a price."""
    unit = unit_of(table, request.column) if request.column and request.operation != "count" else ""
    if not unit:
        return figure.display()[0]
    if unit == "%":
        return f"{figure.display()[0]}%"
    return Quantity(figure.number, ((unit, 1),), figure.exact).display()[0]


def _equation(y: str, x: str, slope: Fraction, start: Fraction) -> str:
    sign = "-" if start < 0 else "+"
    return f"{y} = {show(slope)[0]} · {x} {sign} {show(abs(start))[0]}"


def _markdown(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    def row(cells: tuple[str, ...]) -> str:
        return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"

    return "\n".join([row(head), f"|{'---|' * len(head)}", *map(row, rows)])


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Properties that only the right figure or order has, from cells cut anew."""
    request, table = _read(arguments)
    same, method = agrees(request, table, outcome.value)
    return Check(same, method)


def describe(arguments: Arguments) -> str:
    """`the mean of price by region`."""
    return Request.parse(arguments).described()


TOOL = Tool(
    name="tables",
    summary="tables pasted as CSV: statistics of a column, by group, filtered, sorting, correlation, regression",
    examples=(
        "mean of price by fruit:\nfruit,price\napple,3\npear,4\napple,5",
        "top 2 by price\nfruit;price\napple;3,50\npear;4,25\nfig;9,00",
        "correlation of x and y\nx,y\n1,2\n2,4\n3,7",
    ),
    parameters=("operation", "column", "by", "where", "limit", "table"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=1,
)
