"""Which rows of a table are meant: `region is North or South`, `date > 2025-01-31 and units > price`.

A condition compares cells with values of their own kind, numbers, dates or texts; what cannot be compared is refused,
for a row that is merely left out would make a wrong answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.tables import Table, read_cell
from app.language.word_numbers import in_digits

_SHOWN = 5
_OPERATORS = {
    "=": "=", "==": "=", "is": "=", "equals": "=", "!=": "!=", "<>": "!=", "≠": "!=", "is not": "!=", ">": ">",
    "<": "<", ">=": ">=", "<=": "<=", "≥": ">=", "≤": "<=", "above": ">", "over": ">", "more than": ">",
    "greater than": ">", "after": ">", "below": "<", "under": "<", "less than": "<", "before": "<", "at least": ">=",
    "at most": "<=", "contains": "contains",
}  # fmt: skip
_OPERATORS |= {f"is {name}": sign for name, sign in _OPERATORS.items() if sign in {">", "<", ">=", "<="}}
_OPERATOR = "|".join(re.escape(name) for name in sorted(_OPERATORS, key=len, reverse=True) if name[0].isalpha())
_CONDITION = re.compile(
    rf"(?:the )?(?P<column>[^<>=!≠≥≤]+?) ?(?P<operator>(?<= )(?:{_OPERATOR})(?= )|<>|[≠≥≤]|[<>!=]=?) ?(?P<value>.+)",
    re.IGNORECASE,
)
_BETWEEN = re.compile(
    r"(?P<column>[^<>=!]{1,60}?) (?:is )?between (?P<low>[^ ]{1,30}) and (?P<high>[^ ]{1,30})", re.IGNORECASE
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}(?:-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?)?|[0-9]{2}:[0-9]{2}")
_DECIMAL_COMMA = re.compile(r"[0-9]{1,9},(?:[0-9]{1,2}|[0-9]{4,9})")
SIGNS = frozenset(_OPERATORS.values())
# Behind an operator: the value is the name of another column of the row.
COLUMN = " column"


@dataclass(frozen=True)
class Condition:
    """Cells of `column` compared by `operator` with `values`, any of which will do; with != none of which may be."""

    column: str
    operator: str
    values: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.column} {self.operator.removesuffix(COLUMN)} {' or '.join(self.values)}"

    def line(self) -> str:
        """The condition as a line of a step's argument."""
        return "\t".join((self.column, self.operator, *self.values))

    @classmethod
    def parse(cls, line: str) -> Condition:
        """Read such a line; raises ValueError for a senseless one."""
        column, operator, *values = line.split("\t")
        if operator.removesuffix(COLUMN) not in SIGNS or not values:
            raise ValueError(f"a condition is a column, one of {', '.join(sorted(SIGNS))}, and values, between tabs")
        return cls(column, operator, tuple(values))


@dataclass(frozen=True)
class Where:
    """Conditions of which all must hold, or, with `any_of`, one; none of them mean every row."""

    conditions: tuple[Condition, ...] = ()
    any_of: bool = False

    def __str__(self) -> str:
        return (" or " if self.any_of else " and ").join(map(str, self.conditions))

    def text(self) -> str:
        """As a step's argument: a line for each condition, and a first line `or`."""
        return "\n".join((*(["or"] if self.any_of else []), *(condition.line() for condition in self.conditions)))

    @classmethod
    def parse(cls, text: str) -> Where:
        """Read a step's argument; raises ValueError for a senseless one."""
        any_of = text.startswith("or\n")
        lines = text.removeprefix("or\n").split("\n") if text else []
        return cls(tuple(map(Condition.parse, lines)), any_of)

    def and_equal(self, column: str, value: str) -> Where:
        """These conditions, and one more: NotUnderstoodError after an `or`, where it would be read in two ways."""
        if self.any_of:
            raise NotUnderstoodError(value)
        return Where((*self.conditions, Condition(column, "=", (value,))))


EVERY_ROW = Where()


def read_where(text: str, table: Table) -> Where:
    """What stands after `where`; NotUnderstoodError for what is no condition on a column of the table.

    Raises ImpossibleError for what cannot be compared, AmbiguousError for a decimal comma.
    """
    text = _BETWEEN.sub(r"\g<column> >= \g<low> and \g<column> <= \g<high>", text)
    first, *more = re.split(r",? (and|or) ", text, flags=re.IGNORECASE)
    found = [_condition(first, table)]
    joined: list[str] = []
    for joiner, piece in zip(more[::2], more[1::2], strict=True):
        try:
            found.append(_condition(piece, table))
            joined.append(joiner.lower())
        except NotUnderstoodError:
            found[-1] = _more(found[-1], joiner.lower(), piece, table)
    if len(set(joined)) > 1:
        raise ImpossibleError("conditions joined by both “and” and “or” can be read in two ways; please ask one by one")
    return Where(tuple(_comparable(condition, table) for condition in found), "or" in joined)


def _condition(text: str, table: Table) -> Condition:
    match = _CONDITION.fullmatch(text.strip())
    if not match:
        raise NotUnderstoodError(text)
    return Condition(table.named(match["column"]), _OPERATORS[match["operator"].lower()], (_cleaned(match["value"]),))


def _more(condition: Condition, joiner: str, text: str, table: Table) -> Condition:
    """The condition with another value, `North or South`, or with a longer one, `Trinidad and Tobago`."""
    *others, last = condition.values
    value = _cleaned(text)
    whole = f"{last} {joiner} {value}"
    if any(whole.casefold() == row[table.index(condition.column)].casefold() for row in table.rows):
        return Condition(condition.column, condition.operator, (*others, whole))
    if (joiner, condition.operator) in {("or", "="), ("or", "!="), ("and", "!=")}:
        return Condition(condition.column, condition.operator, (*condition.values, value))
    raise NotUnderstoodError(text)


def _cleaned(value: str) -> str:
    return value.strip(" \"'“”.").replace("\t", " ")


def _comparable(condition: Condition, table: Table) -> Condition:
    """The condition with values that can be compared with the column's cells, or else an error that says why not."""
    position = table.index(condition.column)
    cells = [row[position] for row in table.rows if row[position]]
    operator = condition.operator
    if operator == "contains":
        return condition
    if operator in {"=", "!="}:
        values = tuple(_equal(value, cells, condition, table) for value in condition.values)
        return Condition(condition.column, operator, values)
    value = condition.values[0]
    value = _readable(value, table)
    kind = type(key(value, comma=table.comma))
    if kind is str and (other := _other_column(value, table)) is not None:
        return Condition(condition.column, operator + COLUMN, (other,))
    if kind is str and not _DATE.fullmatch(value):
        raise ImpossibleError(f"“{value[:40]}” is no number or date (2025-01-31) that cells could be compared with")
    for cell in cells:
        if type(key(cell, comma=table.comma)) is not kind or (kind is str and not _DATE.fullmatch(cell)):
            raise ImpossibleError(f"“{cell[:40]}” in the column {condition.column} cannot be compared with {value}")
    return Condition(condition.column, operator, (value,))


def _equal(value: str, cells: list[str], condition: Condition, table: Table) -> str:
    """A value that cells may be equal to: a number, or a text that some cell is."""
    if any(value.casefold() == cell.casefold() for cell in cells):
        return value
    number = _readable(value, table)
    if isinstance(key(number, comma=table.comma), Fraction) or _DATE.fullmatch(number):
        return number
    there = list(dict.fromkeys(cells))
    listed = ", ".join(cell[:40] for cell in there[:_SHOWN]) + (" …" if len(there) > _SHOWN else "")
    raise ImpossibleError(f"“{value[:40]}” is in no row of the column {condition.column}, which has {listed}")


def _readable(value: str, table: Table) -> str:
    """A number as the table writes them: `ten` and, where commas mark decimals, `2.5` are read too."""
    value = in_digits(value)
    number = read_cell(value, comma=table.comma)
    if number is None and not table.comma and _DECIMAL_COMMA.fullmatch(value):
        point = value.replace(",", ".")
        raise AmbiguousError(
            f"Does {value} mean {point}? In this table a point marks decimals.",
            value,
            {f"Yes, {point}": point, f"No, {value.replace(',', '')}": value.replace(",", "")},
        )
    if number is None and table.comma and read_cell(value, comma=False) is not None:
        return value.replace(".", ",")
    return value


def _other_column(value: str, table: Table) -> str | None:
    try:
        return table.named(value)
    except NotUnderstoodError:
        return None


def key(cell: str, *, comma: bool) -> Fraction | str:
    """What a cell is compared by: its number, or its text without case; dates are written so that texts will do."""
    number = None if _DATE.fullmatch(cell) else read_cell(cell, comma=comma)
    return cell.casefold() if number is None else number
