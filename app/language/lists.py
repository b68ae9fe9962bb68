"""A list in a question as its items: `1,000, 2,000 and 3,000` is three numbers, `1,2,3` too.

A comma parts numbers or groups thousands. With a blank after it, it parts; within digits it groups if the list has
other signs that part, or its groups are such. Where both can be, the person is asked. One pass, nothing is tried again.
"""

import re
from collections.abc import Sequence

from app.language.errors import AmbiguousError, NotUnderstoodError
from app.language.evaluate import evaluate
from app.language.parser import parse
from app.language.quantity import Quantity

LONGEST = 4000
MOST_ITEMS = 400
_CUT = re.compile(r" ?(?:;|,(?= )) ?(?:and )?| ?,and | and ", re.IGNORECASE)
_GROUPED = re.compile(r"[-+$€£¥₹]{0,2}[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])[^,]*")
_DIGITS = re.compile(r"-?[0-9]")
_NUMBER = re.compile(r"[-+$€£]{0,2}(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:/[0-9]+)?")
_BRACKETS = {"[": "]", "(": ")", "{": "}"}
_INNER = re.compile(r"\([^()]*\)")
_SIGN = re.compile(r"[0-9a-z)%] ?(?:[+*÷\u00d7]|[-\u2212](?![0-9]))|[0-9)](?: [-/x] ?|-)[0-9(]"
                   r"|\b(?:plus|minus|times|divided|multiplied|less|over)\b", re.IGNORECASE)  # fmt: skip


def items(text: str) -> list[str]:
    """The items of `text`, which has single blanks; one alone is no list, but an item.

    Raises NotUnderstoodError for too many, AmbiguousError where a comma may part numbers or group digits.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise NotUnderstoodError("a list that long")
    if _BRACKETS.get(text[:1]) == text[-1:]:
        text = text[1:-1].strip()
    parts = _CUT.split(text)
    if len(parts) == 1 and "," not in text and all(map(_NUMBER.fullmatch, text.split(" "))):
        parts = text.split(" ")
    spaced = ", " in text or ";" in text
    found: list[str] = []
    for part in parts:
        found += [part] if "," not in part else _within(part, parts, spaced=spaced)
    found = [item.strip() for item in found]
    if len(found) > MOST_ITEMS or not all(found):
        raise NotUnderstoodError(text[:40])
    return found


def _within(part: str, parts: Sequence[str], *, spaced: bool) -> list[str]:
    """The items in a part whose commas have no blank after them."""
    pieces = part.split(",")
    if not all(map(_DIGITS.match, pieces[1:])):
        # `pear,apple`
        return pieces
    grouped = _grouped(pieces)
    several = spaced or len(parts) > 1
    if len(grouped) == len(pieces):
        # No comma can group: `2,5` may be a decimal, if other signs part the list.
        if not several or len(pieces) > 2:
            return pieces
        decimal = ".".join(pieces)
        raise _which(part, [decimal, "; ".join(pieces)] if _NUMBER.fullmatch(decimal) else ["; ".join(pieces)])
    zeros = any(piece.startswith("0") for piece in pieces[1:])
    if len(grouped) == 1:
        short = len(pieces) == 2 and len(pieces[0].lstrip("-$€£¥₹")) < 3
        if spaced or zeros or (several and (short or all("," in other for other in parts))):
            return grouped
        if not several and len(pieces[0]) == 3:
            # One number is no list.
            return pieces
    raise _which(part, ["; ".join(grouped), "; ".join(pieces)])


def _grouped(pieces: Sequence[str]) -> list[str]:
    """The pieces put together wherever three digits may be a group of the number before."""
    found: list[str] = []
    for piece in pieces:
        if found and _GROUPED.fullmatch(f"{found[-1]},{piece}"):
            found[-1] += f",{piece}"
        else:
            found.append(piece)
    return found


def _which(part: str, readings: Sequence[str]) -> AmbiguousError:
    choices = {reading.replace("; ", " and "): reading for reading in readings}
    return AmbiguousError(
        f"Does {part} mean {', or '.join(choices)}? Here a point marks decimals; a blank after a comma parts numbers.",
        part,
        choices,
    )


def quantities(text: str) -> list[Quantity]:
    """The values in a list, as they are written; raises as `items`, and NotUnderstoodError for what is no value."""
    return [_quantity(item) for item in items(text)]


def _quantity(item: str) -> Quantity:
    if is_loose(item):
        raise NotUnderstoodError(item)
    return evaluate(parse(item))


def is_loose(text: str) -> bool:
    """Whether a sign or a word for one joins parts of `text` outside brackets, so that it is more than one operand."""
    while (less := _INNER.sub("(", text)) != text:
        text = less
    return _SIGN.search(text) is not None
