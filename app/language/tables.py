"""A table pasted as text: its delimiter and header found, its numbers read whichever way they are written."""

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from fractions import Fraction

from app.language.errors import ImpossibleError, NotUnderstoodError

MOST_CHARACTERS = 65_536
MOST_ROWS = 5_000
MOST_COLUMNS = 60
_DELIMITERS = "\t;|,"
_CELL = r"[-+\u2212]?[$€£¥₹]?\s?[-+\u2212]?[0-9]"
# 1,234.5 and 1.234,5 and 1 234,5, with a currency or a percent sign; the group sign must stand before three digits.
_POINT = re.compile(r"[0-9]{1,3}(?:[, \u00a0'][0-9]{3})+(?:\.[0-9]+)?|[0-9]{1,30}(?:\.[0-9]{1,30})?|\.[0-9]{1,30}")
_COMMA = re.compile(r"[0-9]{1,3}(?:[. \u00a0'][0-9]{3})+(?:,[0-9]+)?|[0-9]{1,30}(?:,[0-9]{1,30})?|,[0-9]{1,30}")
_EXPONENT = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?e[-+]?[0-9]{1,2}", re.IGNORECASE)
# Only a comma that cannot group thousands says that commas mark decimals.
_DECIMAL_COMMA = re.compile(r"[-+\u2212]?[0-9.]*[0-9],(?:[0-9]{1,2}|[0-9]{4,})\s?[%€$£]?")
_DECORATION = re.compile(r"^[-+\u2212]?\s?[$€£¥₹]|\s?(?:[%€$£]|EUR|USD|GBP|CHF)$", re.IGNORECASE)
_YEAR = re.compile("(?:19|20)[0-9]{2}")
_ASKS = re.compile(
    r"\s*(?:how (?:many|much)|what|which|who|show|list|count|sort|find|calculate"
    r"|(?:the )?(?:mean|average|sum|total|median|max(?:imum)?|min(?:imum)?|top|highest|lowest|correlation)"
    r" (?:[a-z]+ )?(?:of|by|in|for|between)) ",
    re.IGNORECASE,
)
_CODES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}
_THREE_DIGITS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
# Only a point that cannot group thousands says that points mark decimals.
_SURE_POINT = re.compile(r"[0-9]{4,15}\.[0-9]{3}|[0-9]{1,15}\.(?:[0-9]{1,2}|[0-9]{4,15})|0\.[0-9]{1,15}")
_ADJECTIVES = re.compile(r"(?:(?:the|all|total|overall|monthly|yearly|annual|daily|weekly) ?)+", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """Columns by name, rows of cells as they were written; `comma` marks decimals if it is true."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    comma: bool
    delimiter: str = ","

    def decorations(self, name: str) -> set[str]:
        """What the numbers of a column are of: `%`, `€`, or an empty text; more than one where they are mixed."""
        position = self.index(name)
        return {_decoration(row[position]) for row in self.rows if self.number(row[position]) is not None}

    def thousands_or_decimals(self, name: str) -> str:
        """A cell such as 1.500, which is 1,500 in many countries with such a delimiter; empty where none is unclear."""
        if self.comma or self.delimiter != ";" or any(_SURE_POINT.fullmatch(cell) for row in self.rows for cell in row):
            return ""
        position = self.index(name)
        return next((row[position] for row in self.rows if _THREE_DIGITS.fullmatch(row[position])), "")

    def index(self, name: str) -> int:
        """The column of this name, whatever its case; NotUnderstoodError if there is none."""
        wanted = _plain(name)
        for position, column in enumerate(self.columns):
            if _plain(column) == wanted or (wanted and _plain(column).rstrip("s") == wanted.rstrip("s")):
                return position
        if match := re.fullmatch(r"column ([0-9]{1,2})", wanted):
            position = int(match[1]) - 1
            if 0 <= position < len(self.columns):
                return position
        raise NotUnderstoodError(name)

    def named(self, text: str) -> str:
        """The name of the column that `text` means: `the price column`, `monthly sales`; else NotUnderstoodError."""
        name = text.strip(" \"'“”`.")
        plain = name.removesuffix(" column").removeprefix("the ").removeprefix("column ")
        for form in (name, name.removeprefix("the "), f"column {name}", plain):
            try:
                return self.columns[self.index(form)]
            except NotUnderstoodError:
                continue
        # `monthly sales` are `sales`, if that is the only column so named.
        ends = [column for column in self.columns if name.lower().endswith(f" {column.lower()}")]
        if len(ends) == 1 and _ADJECTIVES.fullmatch(name[: -len(ends[0])].strip()):
            return ends[0]
        raise NotUnderstoodError(name)

    def number(self, cell: str) -> Fraction | None:
        """The number in a cell; None for a text or for nothing."""
        return read_cell(cell, comma=self.comma)


def _decoration(cell: str) -> str:
    found = re.search("[$€£¥₹%]|EUR|USD|GBP|CHF", cell, re.IGNORECASE)
    return _CODES.get(found[0].upper(), found[0].upper()) if found else ""


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[_\W]+", " ", name.lower()).split())


def read_cell(cell: str, *, comma: bool) -> Fraction | None:
    """`1,234.50`, `$12`, `45 %`, `(12)`; with `comma`, `1.234,50`."""
    text = cell.strip()
    if len(text) > 60 or not re.search("[0-9]", text):
        return None
    negative = text.startswith("(") and text.endswith(")")
    text = text[1:-1] if negative else text
    if text[:1] in "-+\u2212":
        negative ^= text[:1] != "+"
        text = text[1:].strip()
    text = _DECORATION.sub("", text).strip()
    text = _DECORATION.sub("", text).strip()
    if text[:1] == "-" and not negative:
        # $-12
        negative, text = True, text[1:]
    if _EXPONENT.fullmatch(text):
        value = Fraction(text)
    elif comma and _COMMA.fullmatch(text):
        value = Fraction(re.sub("[. \u00a0']", "", text).replace(",", "."))
    elif not comma and _POINT.fullmatch(text):
        value = Fraction(re.sub("[, \u00a0']", "", text))
    else:
        return None
    return -value if negative else value


def holds_table(text: str) -> bool:
    """Whether `text` seems to hold a pasted table: two lines or more that a delimiter cuts alike."""
    return _block(text) is not None


def split_table(text: str) -> tuple[str, str] | None:
    """The words around a table and the table's own text; None if there is no table."""
    block = _block(text)
    if block is None:
        return None
    lines, start, end, _ = block
    words = "\n".join([*lines[:start], *lines[end:]])
    return words, "\n".join(lines[start:end])


def _block(text: str) -> tuple[list[str], int, int, str] | None:
    """The lines, where the table begins and ends in them, and its delimiter."""
    if "\n" not in text or len(text) > MOST_CHARACTERS:
        return None
    lines = [line.strip("\r") for line in text.split("\n")]
    best: tuple[int, int, str] | None = None
    for delimiter in _DELIMITERS:
        counts = [_cuts(line, delimiter) for line in lines]
        start = 0
        while start < len(lines):
            end = start + 1
            # A question with a comma in it stands above a table of two columns.
            if counts[start] and not (delimiter == "," and _ASKS.match(lines[start])):
                while end < len(lines) and (counts[end] == counts[start] or (_ruler(lines[end]) and delimiter == "|")):
                    end += 1
                if end - start >= 2 and (best is None or end - start > best[1] - best[0]):
                    best = (start, end, delimiter)
            start = end
    if best is None:
        return None
    start, end, delimiter = best
    # A sentence with a comma is no row: a table of one comma has a number or a short word on each side.
    if delimiter == "," and any(len(cell) > 80 for line in lines[start:end] for cell in line.split(",")):
        return None
    if end - start == 2 and not re.search("[0-9]", lines[start + 1]):
        return None
    return lines, start, end, delimiter


def _cuts(line: str, delimiter: str) -> int:
    if '"' in line:
        line = re.sub(r'"[^"]*"', "", line)
    return line.count(delimiter)


def _ruler(line: str) -> bool:
    return bool(re.fullmatch(r"[\s|:+=-]{3,200}", line))


def read_table(text: str) -> Table:
    """The table in `text`, which holds nothing else. Raises ImpossibleError for one that is too large or ragged."""
    if len(text) > MOST_CHARACTERS:
        raise ImpossibleError(f"a table has at most {MOST_CHARACTERS:,} characters")
    block = _block(text)
    if block is None:
        raise ImpossibleError("a table has at least two lines with the same number of columns")
    lines, start, end, delimiter = block
    content = [line for line in lines[start:end] if not _ruler(line)]
    if delimiter == "|":
        content = [line.strip().removeprefix("|").removesuffix("|") for line in content]
    try:
        found = list(csv.reader(io.StringIO("\n".join(content)), delimiter=delimiter, strict=False))
    except csv.Error as error:
        raise ImpossibleError(f"the table cannot be read: {error}") from None
    cells = [tuple(cell.strip() for cell in row) for row in found if row]
    width = len(cells[0]) if cells else 0
    if any(len(row) != width for row in cells) or not 1 <= width <= MOST_COLUMNS or len(cells) > MOST_ROWS + 1:
        raise ImpossibleError(f"a table has rows of the same length, at most {MOST_ROWS:,} of {MOST_COLUMNS} columns")
    comma = delimiter != "," and any(_DECIMAL_COMMA.fullmatch(cell) for row in cells[1:] for cell in row)
    return _with_header(cells, width, delimiter, comma=comma)


def _with_header(cells: list[tuple[str, ...]], width: int, delimiter: str, *, comma: bool) -> Table:
    def is_number(cell: str) -> bool:
        return read_cell(cell, comma=comma) is not None

    first = cells[0]
    # Years, say, may head columns; then only a text among them, or texts below, tells.
    header = not all(map(is_number, first)) and (any(map(str, first)) and Counter(first).most_common(1)[0][1] == 1)
    header = header and not any(is_number(cell) and not _YEAR.fullmatch(cell) for cell in first if cell)
    if header and len(cells) > 1:
        return Table(first, tuple(cells[1:]), comma, delimiter)
    return Table(tuple(f"column {number}" for number in range(1, width + 1)), tuple(cells), comma, delimiter)
