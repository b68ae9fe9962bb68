"""Number words within a sentence as digits: `twenty-three times two thirds` is `23 times (2/3)`."""

import re

from app.language.spelled import read_spelled

LONGEST = 4000

_ONE = "(?:one|two|three|four|five|six|seven|eight|nine)"
_TEEN = "(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
_TEN = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
_BELOW_100 = rf"(?:{_TEN}(?:[ -]{_ONE})?|{_TEEN}|{_ONE})"
_BELOW_1000 = rf"(?:(?:{_BELOW_100}|an?) hundred(?:(?: and)? {_BELOW_100})?|{_BELOW_100})"
_SCALE = "(?:thousand|million|billion|trillion)"
_NUMBER = re.compile(
    rf"\b(?:(?:(?:{_BELOW_1000}|an?) {_SCALE})(?:,? {_BELOW_1000} {_SCALE}){{0,3}}(?:(?:,|,? and)? {_BELOW_1000})?"
    rf"|{_BELOW_1000})\b(?! {_SCALE})",
    re.IGNORECASE,
)
_PARTS = {
    "half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8,
    "ninth": 9, "tenth": 10, "twelfth": 12, "hundredth": 100,
}  # fmt: skip
# One of them is named too: `one third`; `4 third` is nothing.
_FRACTION = re.compile(
    rf"\b(?P<over>[0-9]{{1,4}})[ -](?P<part>{'|'.join(_PARTS)})(?P<many>s?)\b(?! (?:of )?(?:power|root))",
    re.IGNORECASE,
)


# `2 and a quarter`, `1 and 3 quarters`.
_MIXED = re.compile(
    rf"\b(?P<whole>[0-9]{{1,6}}) and (?P<over>an?|[0-9]{{1,3}}) (?P<part>{'|'.join(_PARTS)})(?P<many>s?)\b"
    r"(?! (?:of|power|root)\b)",
    re.IGNORECASE,
)


def in_digits(text: str) -> str:
    """`text` with numbers in words, and fractions of them, in digits; as it is when it is too long for a question."""
    if len(text) > LONGEST:
        return text
    text = _MIXED.sub(_mixed, _NUMBER.sub(_number, text))
    return _FRACTION.sub(_fraction, text)


def _number(match: re.Match[str]) -> str:
    words = re.sub(r"\ban?\b", "one", match[0].lower())
    value = read_spelled(words)
    return match[0] if value is None else str(value)


def _mixed(match: re.Match[str]) -> str:
    over, under = match["over"].lower().replace("an", "1").replace("a", "1"), _PARTS[match["part"].lower()]
    plural = bool(match["many"]) or match["part"].lower() == "halves"
    if (over == "1") == plural or int(over) >= under:
        return match[0]
    return f"{match['whole']} {over}/{under}"


def _fraction(match: re.Match[str]) -> str:
    over, part = int(match["over"]), match["part"].lower()
    if (over == 1) == bool(match["many"] or part == "halves"):
        return match[0]
    return f"{over}/{_PARTS[part]}"
