"""What is asked about a table: `mean and max of price by region where year >= 2024; top 3 by sales`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from app.language.errors import NotUnderstoodError
from app.language.question import bare
from app.language.table_conditions import EVERY_ROW, Where, read_where
from app.language.tables import Table

SAMPLE = "the numbers are taken as a sample, so the divisor is their count less one"
MOST_REQUESTS = 12
LONGEST = 400
_STATISTICS = {
    "mean": "mean", "average": "mean", "avg": "mean", "median": "median", "sum": "sum", "total": "sum",
    "minimum": "min", "min": "min", "lowest": "min", "smallest": "min", "maximum": "max", "max": "max",
    "highest": "max", "largest": "max", "count": "count", "number": "count", "range": "range",
    "standard deviation": "standard deviation", "stdev": "standard deviation", "sd": "standard deviation",
}  # fmt: skip
_NAME = "|".join(sorted(_STATISTICS, key=len, reverse=True))
_NAMES = rf"(?P<names>(?:{_NAME})(?:(?:, and |, | and )(?:the )?(?:{_NAME}))*)"
_WHERE = re.compile(
    r"(?P<head>.*?),? ?\b(?:where|with|for which|if|only for rows where|whose) (?P<where>.+)", re.IGNORECASE
)
_BY = r"(?:,? (?:by|per|for each|for every|grouped by|group by|in each) (?:the )?(?P<by>.+?))?"
_ROWS = r"(?:rows?|records?|entries|lines|items)"
_FORMS = (
    ("correlation", re.compile((
        r"(?:the )?correlation(?: coefficient)? (?:of|between) (?P<column>.+?) (?:and|with)"
        r" (?P<by>.+)"
    ), re.IGNORECASE)),
    ("regression", re.compile((
        r"(?:the )?(?:linear )?(?:regression|regress|fit|trend line|line of best fit)(?:"
        r" line)? ?(?:of |for )?(?P<column>.+?) (?:on|against|over|by|vs\.?|versus) (?P<by>.+)"
    ), re.IGNORECASE)),
    ("top", re.compile((
        rf"(?:show |list )?(?:the )?(?P<way>top|first|bottom|last) (?P<limit>[0-9]{{1,4}})(?:"
        rf" {_ROWS})? (?:by|in|of|for) (?P<column>.+)"
    ), re.IGNORECASE)),
    ("most", re.compile((
        rf"(?:show |list )?(?:the )?(?P<limit>[0-9]{{1,4}})? ?(?:{_ROWS} )?(?:with )?(?:the"
        r" )?(?P<way>highest|largest|biggest|most|lowest|smallest|least|fewest) (?P<column>.+)"
    ), re.IGNORECASE)),
    ("sort", re.compile((
        rf"(?:sort|order)(?:ed)?(?: (?:the )?(?:table|{_ROWS}|it|them|this))? (?:by"
        r" )(?P<column>.+?)(?:,? ?(?P<way>descending|ascending|desc|asc|high(?:est)? (?:to"
        r" low|first)|low(?:est)? (?:to high|first)))?(?:,? (?:and )?(?:show |take |keep )?(?:the )"
        rf"?(?:top|first) (?P<limit>[0-9]{{1,4}}))?"
    ), re.IGNORECASE)),
    ("rows", re.compile(rf"(?:show |list |filter |keep |only )*(?:the |all )?(?:{_ROWS}|table)?", re.IGNORECASE)),
)  # fmt: skip
_STATISTIC = re.compile(
    rf"(?:the )?{_NAMES}(?: (?:(?:of|for|in) )?(?:the )?(?:column )?(?P<column>.+?))?{_BY}", re.IGNORECASE
)
_COLUMN_FIRST = re.compile(rf"(?:the )?(?P<column>.+?) (?P<names>{_NAME}){_BY}", re.IGNORECASE)
_COUNT = re.compile(
    rf"(?:(?:how many|count(?: of)?(?: the)?|(?:the )?number of) {_ROWS}(?: (?:are (?:there)?|there are))?|count){_BY}",
    re.IGNORECASE,
)
# `Which product has the highest price?` and `the highest price` ask for the row.
_ROW = re.compile(
    r"^(?:(?:which|what|who) (?:[a-z]+ ){0,3}?(?:has|had|have|is|was) )?(?:the )?"
    r"(?=(?:highest|largest|biggest|most|lowest|smallest|least|fewest) (?!of\b))",
    re.IGNORECASE,
)
_OF_VALUE = re.compile(r"(?P<head>.+) (?:of|in|for|from|at) (?:the )?(?P<value>.{1,60})", re.IGNORECASE)
# Of `how many women` nobody knows which rows they are.
_COUNT_ANY = re.compile(
    r"(?:how many|(?:the )?(?:number|count) of|count(?: the)?) (?P<noun>[a-z]+)"
    r"(?: (?:are|are there|there are|work|live|is|belong|come|were))?",
    re.IGNORECASE,
)
_ANY_ROW = {"people", "persons", "employees", "rows", "records", "entries", "items", "lines"}
_FILLER = re.compile(
    (
        r"(?:here is|this is|given|from|in|of|for|using|with)?(?: ?the| this| my|"
        r" following| data| table| csv| below| above)*:?"
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Request:
    """One thing to do with a table, with the rows that `where` means."""

    operation: str
    column: str = ""
    by: str = ""
    where: Where = EVERY_ROW
    limit: int = 0
    label: str = ""

    def arguments(self) -> dict[str, str]:
        """The arguments of a step, but for the table."""
        limit = str(self.limit) if self.limit else ""
        return {
            "operation": self.operation,
            "column": self.column,
            "by": self.by,
            "where": self.where.text(),
            "limit": limit,
        }

    @classmethod
    def parse(cls, arguments: Mapping[str, str]) -> Request:
        """Read a step's arguments; raises ValueError for senseless ones."""
        limit = arguments["limit"] or "0"
        if not re.fullmatch("[0-9]{1,4}", limit):
            raise ValueError("limit is a whole number")
        return cls(
            arguments["operation"], arguments["column"], arguments["by"], Where.parse(arguments["where"]), int(limit)
        )

    def described(self) -> str:  # noqa: PLR0911 (one for each operation)
        """The request in a few words."""
        where = f" where {self.where}" if self.where.conditions else ""
        by = f" by {self.by}" if self.by else ""
        match self.operation:
            case "correlation":
                return f"the correlation of {self.column} and {self.by}{where}"
            case "regression":
                return f"the line of best fit of {self.column} on {self.by}{where}"
            case "rows":
                return f"the rows{where}"
            case "highest" | "lowest":
                return f"the rows{where} with the {self.operation} {self.column}"
            case "sort ascending" | "sort descending":
                some = "the first row" if self.limit == 1 else f"the first {self.limit} rows"
                first = some if self.limit else "the rows"
                return f"{first}{where} sorted by {self.column}, {self.operation.removeprefix('sort ')}"
            case "count" if not self.column:
                return f"the number of rows{by}{where}"
            case name:
                return f"the {name} of {self.column}{by}{where}"


def read_requests(words: str, table: Table) -> list[Request]:
    """What is asked about `table`; raises NotUnderstoodError for what is no request, or of no column of it."""
    words = words.replace("```csv", " ").replace("```", " ").strip()
    if len(words) > LONGEST:
        raise NotUnderstoodError("a question that long")
    found: list[Request] = []
    for piece in re.split(r"[;?\n]|\. |, then | then |,? and (?=(?:the|how|also|sort|count|show|top|list) )", words):
        text = bare(piece).strip(" :.,")
        if text and not _FILLER.fullmatch(text):
            found += _one_or_more(text, table)
    return found[:MOST_REQUESTS]


def _one_or_more(text: str, table: Table) -> list[Request]:
    """One request, or several between commas: `mean of price, sum of units`."""
    try:
        return _request(text, table)
    except NotUnderstoodError:
        pieces = re.split(r", and |, | and ", text)
        if len(pieces) == 1:
            raise
        return [request for piece in pieces for request in _request(piece, table)]


def _request(text: str, table: Table) -> list[Request]:
    head = text
    where = EVERY_ROW
    if match := _WHERE.fullmatch(text):
        head, where = match["head"].strip(), read_where(match["where"], table)
    head = re.sub(
        r"(?:,? (?:in|of|from|for|using)(?: the| this| my)? (?:following |pasted )?(?:table|data|csv)(?: below)?)$",
        "",
        head,
        flags=re.IGNORECASE,
    )
    try:
        return _of_rows(head, where, table, text)
    except NotUnderstoodError:
        # `average salary of IT`: of the rows with that in a column.
        match = _OF_VALUE.fullmatch(head)
        found = _with_value(match["value"], table) if match else None
        if not match or not found:
            raise
        where = where.and_equal(*found)
        count = _COUNT_ANY.fullmatch(match["head"])
        if count and (count["noun"].lower() in _ANY_ROW or table.named(count["noun"])):
            return [Request("count", "", "", where, label=text)]
        return _of_rows(match["head"], where, table, text)


def _with_value(value: str, table: Table) -> tuple[str, str] | None:
    """The only column that has `value` in a cell, and the cell."""
    wanted = value.strip(" \"'“”").casefold()
    found = {
        (table.columns[position], cell)
        for row in table.rows
        for position, cell in enumerate(row)
        if cell.casefold() == wanted
    }
    return found.pop() if len(found) == 1 else None


def _of_rows(head: str, where: Where, table: Table, text: str) -> list[Request]:
    if match := _ROW.match(head):
        with suppress(NotUnderstoodError):
            return [_other(head[match.end() :], where, table, text)]
    if match := _COUNT.fullmatch(head):
        by = table.named(match["by"]) if match["by"] else ""
        return [Request("count", "", by, where, label=text)]
    for form in (_STATISTIC, _COLUMN_FIRST):
        if match := form.fullmatch(head):
            try:
                return _statistics(match, where, table, text)
            except NotUnderstoodError:
                continue
    return [_other(head, where, table, text)]


def _statistics(match: re.Match[str], where: Where, table: Table, text: str) -> list[Request]:
    names = re.split(r", and |, | and ", match["names"].lower())
    column = table.named(match["column"]) if match["column"] else ""
    by = table.named(match["by"]) if match["by"] else ""
    operations = [_STATISTICS[name.removeprefix("the ")] for name in names]
    if not column and operations != ["count"]:
        raise NotUnderstoodError(text)
    several = len(operations) > 1
    made = [Request(name, column, by, where) for name in operations]
    return [
        Request(one.operation, column, by, where, label=one.described().removeprefix("the ") if several else text)
        for one in made
    ]


def _other(head: str, where: Where, table: Table, text: str) -> Request:
    for name, form in _FORMS:
        match = form.fullmatch(head)
        if not match:
            continue
        found = match.groupdict()
        if name in {"correlation", "regression"}:
            return Request(name, table.named(found["column"]), table.named(found["by"]), where, label=text)
        if name == "rows":
            if not where.conditions:
                raise NotUnderstoodError(head)
            return Request("rows", where=where, label=text)
        way = (found.get("way") or "").lower()
        down = way in {"top", "first", "highest", "largest", "biggest", "most"} or way.startswith(("desc", "high"))
        limit = int(found.get("limit") or 0)
        operation = "sort descending" if down else "sort ascending"
        if name == "most" and not limit:
            # All of them, if several are equal.
            operation = "highest" if down else "lowest"
        return Request(operation, table.named(found["column"]), where=where, limit=limit, label=text)
    raise NotUnderstoodError(head)
