"""A task of several questions, cut where one may end and the next begin.

Some signs always part questions (a new line, a semicolon, "then"); others may, if both sides can be read ("and", a
comma). Nothing is cut within quotation marks or brackets.
"""

import re
from dataclasses import dataclass

MOST_CLAUSES = 20
LONGEST_TASK = 3000

# Ends of sentences: a full stop counts only before a space, so 3.5 is one number.
_HARD = re.compile(
    r"\s*(?:[;\n]+|[.?!]+(?=\s)|,?\s+(?:and\s+)?then\b,?"
    r"|(?:,|,?\s+and)\s+(?:then|after that|afterwards|finally|next|also)\b,?)\s*",
    re.IGNORECASE,
)
_SOFT = re.compile(r"\s*,\s+(?:and\s+|but\s+)?|\s+(?:and|plus also|as well as)\s+|\s+&\s+", re.IGNORECASE)
_QUOTED = re.compile(r"“[^”]*”|\"[^\"\n]*\"|(?<!\w)'[^'\n]*'(?!\w)|\([^()]*\)|\[[^\[\]]*\]|`[^`]*`")
_NUMBERING = re.compile(
    r"^\s*(?:[-*•]\s+|\(?[0-9a-h]{1,2}[.)]\s+|(?:first|second|third|fourth|fifth|last)(?:ly)?,? "
    r"(?=(?:add|subtract|multiply|divide|take|find|calculate|compute|convert|work out|square|double|halve|round)\b))",
    re.IGNORECASE,
)
_THEN = re.compile(r"^\s*(?:and\s+)?then\b,?\s+", re.IGNORECASE)
_ITEM = re.compile(r"\s*(?:[-*•]|\(?[0-9a-h]{1,2}[.)])\s+\S", re.IGNORECASE)


@dataclass(frozen=True)
class Sentence:
    """What stands between two hard ends; `cuts` are (start, end) of what may part it further."""

    text: str
    cuts: tuple[tuple[int, int], ...]


def is_list(text: str) -> bool:
    """Whether each of several lines begins with a bullet or a number."""
    lines = [line for line in text.split("\n") if line.strip()] if len(text) <= LONGEST_TASK else []
    return len(lines) > 1 and all(map(_ITEM.match, lines))


def sentences(text: str) -> list[Sentence]:
    """The sentences of a task, none of them empty; none at all for a text that is too long for several questions."""
    if len(text) > LONGEST_TASK:
        return []
    if is_list(text):
        text = "\n".join(_NUMBERING.sub("", line) for line in text.split("\n"))
    protected = [match.span() for match in _QUOTED.finditer(text)]

    def free(match: re.Match[str]) -> bool:
        return not any(start < match.end() and match.start() < end for start, end in protected)

    # A factorial is no exclamation; the mark stays with what it follows.
    ends = [match for match in _HARD.finditer(text) if free(match) and not re.match(r"\s*!", match[0])]
    pieces: list[str] = []
    start = 0
    for match in ends:
        pieces.append(text[start : match.start()])
        start = match.end()
    pieces.append(text[start:])
    found = [_sentence(_THEN.sub("", _NUMBERING.sub("", piece)).strip(" \t.,?")) for piece in pieces]
    return [sentence for sentence in found if sentence.text][: MOST_CLAUSES + 1]


def _sentence(text: str) -> Sentence:
    protected = [match.span() for match in _QUOTED.finditer(text)]
    cuts = [
        match.span()
        for match in _SOFT.finditer(text)
        if not any(start < match.end() and match.start() < end for start, end in protected)
    ]
    return Sentence(text, tuple(cuts))
