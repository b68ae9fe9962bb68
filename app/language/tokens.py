"""Text into tokens: numbers, words and signs. Anything else is not understood."""

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from app.language.errors import NotUnderstoodError
from app.language.numbers import EXPONENT, NUMBER, read_number
from app.language.quantity import APPROXIMATE, Quantity
from app.language.references import MARK, marked
from app.language.shorthand import expanded

MOST_TOKENS = 600

Kind = Literal["number", "word", "sign", "value", "reference", "end"]


@dataclass(frozen=True)
class Token:
    """A piece of the text.

    `number` is a number's value, or of a reference its step; `value` that of a canonical quantity in square brackets.
    """

    kind: Kind
    text: str
    number: Fraction = Fraction(0)
    value: Quantity | None = None


END = Token("end", "the end")

# Dates, which are no differences and quotients of numbers.
DATE = re.compile(
    r"(?<![0-9./-])(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/(?:19|20)[0-9]{2}"
    r"|[0-9]{1,2}-[0-9]{1,2}-(?:19|20)[0-9]{2})(?![0-9./-])"
)

_TOKEN = re.compile(
    rf"""\s*(?:
      (?P<mixed>[0-9]{{1,6}}[ ]+[0-9]{{1,4}}/[0-9]{{1,4}}(?![0-9.,/]))
    | (?P<based>0x[0-9a-f]{{1,64}}|0b[01]{{1,256}}|0o[0-7]{{1,86}})(?![0-9a-z])
    | (?P<number>{NUMBER}{EXPONENT}|{NUMBER})
    | (?P<value>\[{APPROXIMATE}?-?[0-9][^\[\]]*\])
    | (?P<reference>{MARK})
    | (?P<word>°?[A-Za-zµΩ][A-Za-zµΩ_]*|°|π)
    | (?P<sign>\*\*|[-+*/÷^()|%‰!;,·²³√∛$€£¥₹])
    )""",
    re.VERBOSE | re.IGNORECASE,
)

# Signs that people type or that editors put in, and the one the parser knows.
# The minus sign, the en dash, the times sign, the asterisk operator, the fraction slash, the Greek letter mu (the unit
# prefix is the micro sign), and the spaces that do not break or are narrow.
_SAME = str.maketrans("\u2212\u2013\u00d7\u2217\u2044\u03bc\u00a0\u202f\u2009", "--**/\u00b5   ")
_FRACTIONS = {
    "½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅕": "1/5", "⅖": "2/5", "⅗": "3/5", "⅘": "4/5",
    "⅙": "1/6", "⅚": "5/6", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8", "⅞": "7/8",
}  # fmt: skip
# 10²³ and 10⁻³ are powers; ² and ³ alone may belong to a unit.
_RAISED = re.compile("⁻?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
# `m2` and `cm3` are units.
_UNIT_POWER = re.compile(r"(?<![a-z])([mkcd]?m|ft|in|yd)([23])(?![0-9a-z.])", re.IGNORECASE)
_LOWERED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")

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


# Of a part that cannot be read, several readers ask for the tokens.
@lru_cache(maxsize=8)
def tokens(text: str) -> tuple[Token, ...]:
    """The tokens of `text`; raises NotUnderstoodError at a character that has no meaning here."""
    if date := DATE.search(text):
        raise NotUnderstoodError(date[0])
    text = expanded(text.translate(_SAME).replace("light-year", "light year"))
    for fraction, plain in _FRACTIONS.items():
        text = text.replace(fraction, f" {plain}")
    text = _UNIT_POWER.sub(r"\1^\2", raised(text))
    result: list[Token] = []
    position = 0
    text = text.rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match or len(result) >= MOST_TOKENS:
            raise NotUnderstoodError(text[position : position + 20])
        result.append(_token(match))
        position = match.end()
    return tuple(result)


def raised(text: str) -> str:
    """`text` with `^` for raised digits, but for a square or a cube."""
    return _RAISED.sub(lambda match: match[0] if match[0] in "²³" else f"^{match[0].translate(_LOWERED)}", text)


def _token(match: re.Match[str]) -> Token:  # noqa: PLR0911 (one for each kind of token)
    if mixed := match["mixed"]:
        return Token("number", mixed, _mixed(mixed))
    if number := match["number"]:
        return Token("number", number, read_number(number))
    if based := match["based"]:
        return Token("number", based, Fraction(int(based, 0)))
    if value := match["value"]:
        try:
            return Token("value", value, value=Quantity.parse(value[1:-1]))
        except ValueError as error:
            raise NotUnderstoodError(value) from error
    if reference := match["reference"]:
        return Token("reference", reference, Fraction(marked(reference) or 0))
    if word := match["word"]:
        if word.lower() in WORDS:
            return Token("number", word, WORDS[word.lower()])
        return Token("word", word)
    return Token("sign", match["sign"])


def _mixed(text: str) -> Fraction:
    """The value of `2 1/3`, whose fraction is a proper one."""
    whole, over, under = (int(part) for part in re.split("[ /]+", text))
    if not 0 < over < under:
        raise NotUnderstoodError(text)
    return whole + Fraction(over, under)
