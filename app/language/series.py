"""Sums and products of several numbers as a formula: a list of them, or `1 + 2 + ... + 100`."""

import re
from fractions import Fraction

from app.language.lists import is_loose, items
from app.language.numbers import NUMBER, read_number

MOST = 60
_LIST = re.compile(
    r"(?:(?:the )?(?P<way>sum|total|product) of|(?P<verb>add|multiply)(?: up| together)?):? (?P<list>.+)", re.IGNORECASE
)
_DOTS = re.compile(
    rf"(?:the sum )?(?P<one>{NUMBER}) ?\+ ?(?P<two>{NUMBER}) ?\+ ?(?:(?P<three>{NUMBER}) ?\+ ?)?(?:"
    rf"(?:\.{{2,3}}|…) ?\+ ?)(?P<last>{NUMBER})",
)
_KINDS = r"(?:(?P<kind>even|odd) )?(?:natural |positive |whole )?(?:numbers|integers)"
_FIRST = re.compile(rf"(?:the )?sum of (?:all )?(?:the )?first (?P<count>[0-9,]{{1,12}}) {_KINDS}", re.IGNORECASE)
_RANGE = re.compile(
    rf"(?:the )?sum of (?:all )?(?:the )?{_KINDS} (?:from|between) (?P<low>[0-9,]{{1,12}}) (?:to|and|up to)"
    r" (?P<high>[0-9,]{1,12})(?: inclusive)?",
    re.IGNORECASE,
)


def as_series(text: str) -> str | None:
    """The formula, or None if the text is no such sum or product."""
    if (match := _LIST.fullmatch(text)) and (
        joined := _joined((match["way"] or match["verb"]).lower(), match["list"].removesuffix(" together"))
    ):
        return joined
    if match := _DOTS.fullmatch(text):
        return _arithmetic(*(read_number(match[name]) if match[name] else None for name in ("one", "two", "three")),
                           last=read_number(match["last"]))  # fmt: skip
    if match := _FIRST.fullmatch(text):
        count, kind = int(match["count"].replace(",", "")), (match["kind"] or "").lower()
        return {"even": f"{count} * ({count} + 1)", "odd": f"{count} ^ 2"}.get(kind, f"{count} * ({count} + 1) / 2")
    if (match := _RANGE.fullmatch(text)) and not match["kind"]:
        low, high = (int(match[name].replace(",", "")) for name in ("low", "high"))
        return _arithmetic(Fraction(low), Fraction(low + 1), None, last=Fraction(high))
    return None


def _joined(way: str, written: str) -> str | None:
    found = items(written)
    if not 3 <= len(found) <= MOST or any(map(is_loose, found)):
        return None
    return (" * " if way in {"product", "multiply"} else " + ").join(f"({item})" for item in found)


def _arithmetic(one: Fraction | None, two: Fraction | None, three: Fraction | None, *, last: Fraction) -> str | None:
    """The sum of an arithmetic series: its count times the mean of its ends; None for what is no such series."""
    if one is None or two is None or two == one:
        return None
    step = two - one
    count = (last - one) / step + 1
    if count.denominator != 1 or count < 2 or (three is not None and three - two != step):
        return None
    return f"{count} * (({one}) + ({last})) / 2"
