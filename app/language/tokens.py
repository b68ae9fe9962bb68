"""Text into tokens: numbers, words and signs. Anything else is not understood."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from app.language.errors import NotUnderstoodError
from app.language.numbers import EXPONENT, NUMBER, read_number
from app.language.quantity import APPROXIMATE, Quantity

MOST_TOKENS = 600

Kind = Literal["number", "word", "sign", "value", "end"]


@dataclass(frozen=True)
class Token:
    """A piece of the text; `number` is a number's value, `value` that of a canonical quantity in square brackets."""

    kind: Kind
    text: str
    number: Fraction = Fraction(0)
    value: Quantity | None = None


END = Token("end", "the end")

_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<number>{NUMBER}{EXPONENT}|{NUMBER})
    | (?P<value>\[{APPROXIMATE}?-?[0-9][^\[\]]*\])
    | (?P<word>°?[A-Za-zµΩ][A-Za-zµΩ_]*|°)
    | (?P<sign>\*\*|[-+*/^()%!;,·²³$€£¥₹])
    )""",
    re.VERBOSE | re.IGNORECASE,
)

# Signs that people type or that editors put in, and the one the parser knows.
# The minus sign, the en dash, the times sign, the asterisk operator, the division sign, the fraction slash, the Greek
# letter mu (the unit prefix is the micro sign), and the space that does not break.
_SAME = str.maketrans("\u2212\u2013\u00d7\u2217\u00f7\u2044\u03bc\u00a0", "--**//\u00b5 ")
_FRACTIONS = {"½": " 1/2", "¼": " 1/4", "¾": " 3/4", "⅓": " 1/3", "⅔": " 2/3"}

# Numbers as words, of which everyday questions need few.
_SMALL = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
WORDS = {name: Fraction(value) for value, name in enumerate(_SMALL)}
MULTIPLIERS = {
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}


def tokens(text: str) -> list[Token]:
    """The tokens of `text`; raises NotUnderstoodError at a character that has no meaning here."""
    text = text.translate(_SAME)
    for fraction, plain in _FRACTIONS.items():
        text = text.replace(fraction, plain)
    result: list[Token] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match or len(result) >= MOST_TOKENS:
            raise NotUnderstoodError(text[position : position + 20])
        result.append(_token(match))
        position = match.end()
    return result


def _token(match: re.Match[str]) -> Token:
    if number := match["number"]:
        return Token("number", number, read_number(number))
    if value := match["value"]:
        try:
            return Token("value", value, value=Quantity.parse(value[1:-1]))
        except ValueError as error:
            raise NotUnderstoodError(value) from error
    if word := match["word"]:
        if word.lower() in WORDS:
            return Token("number", word, WORDS[word.lower()])
        return Token("word", word)
    return Token("sign", match["sign"])
