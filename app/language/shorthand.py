"""Multiples written short or in words as plain figures: `200k` is 200000, `3 thousand` is 3000, `a dozen` is 12."""

import re
from fractions import Fraction

_WORDS = {
    "dozen": 12, "hundred": 100, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12,
}  # fmt: skip
_LETTERS = {"k": 10**3, "m": 10**6, "mn": 10**6, "bn": 10**9}
_FIGURES = r"[0-9](?:[0-9,]{0,18}[0-9])?(?:\.[0-9]{1,10})?"
# `2 dozen in dozen` is a conversion, for which a dozen is a unit.
_MULTIPLE = re.compile(
    rf"(?<![\w.,/^])(?P<count>{_FIGURES}|half an?|an?)(?P<words>(?: (?:{'|'.join(_WORDS)}))+)\b"
    r"(?!s)(?! (?:in|to|into|as)\b)",
    re.IGNORECASE,
)
# A large M or a small k stands right behind the number; a small m only with a currency, for otherwise it is metres.
_LETTER = re.compile(
    rf"(?<![\w.,/^])(?:(?P<count>{_FIGURES})(?P<letter>k|M|[mb]n)"
    rf"|(?P<sign>[$€£¥₹] ?)(?P<money>{_FIGURES})(?P<any>[kKmM]))(?![\w²³^(])"
)
# Where k is an unknown or kelvins, it is no thousand.
_NOT_THOUSANDS = re.compile(
    r"\bk\b|=|\b(?:simplify|expand|factor\w*|deriv\w+|differentiate|integra\w+|solve|limit|celsius|fahrenheit|kelvin)\b|°",
    re.IGNORECASE,
)


def expanded(text: str) -> str:
    """`text` with multiples in plain figures."""
    text = _MULTIPLE.sub(_in_words, text)
    return text if _NOT_THOUSANDS.search(text) else _LETTER.sub(_by_letter, text)


def _in_words(match: re.Match[str]) -> str:
    count = match["count"].lower()
    number = Fraction(1, 2) if count.startswith("half") else Fraction(1) if count[0] == "a" else _number(count)
    for word in match["words"].lower().split():
        number *= _WORDS[word]
    return _plain(number, match[0])


def _by_letter(match: re.Match[str]) -> str:
    count, letter = (match["count"], match["letter"]) if match["count"] else (match["money"], match["any"])
    return (match["sign"] or "") + _plain(_number(count) * _LETTERS[letter.lower()], match[0])


def _number(figures: str) -> Fraction:
    return Fraction(figures.replace(",", ""))


def _plain(number: Fraction, written: str) -> str:
    """A whole number; what would have decimals is left as it was written."""
    return str(number) if number.denominator == 1 else written
