"""Numbers in English words and in Roman numerals, written and read."""

import re
from fractions import Fraction

from app.language.errors import ImpossibleError
from app.language.numbers import terminating_decimals

LARGEST = 10**36
_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = (
    *("", "thousand", "million", "billion", "trillion", "quadrillion", "quintillion", "sextillion", "septillion"),
    *("octillion", "nonillion", "decillion"),
)
_ROMAN = (
    *((1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L"), (40, "XL")),
    *((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")),
)


def roman(value: int) -> str:
    """The Roman numeral of 1 to 3999, as it is written today."""
    text = ""
    for number, letters in _ROMAN:
        count, value = divmod(value, number)
        text += letters * count
    return text


def unroman(text: str) -> int | None:
    """The value of a Roman numeral in lower case; None for one that is not written as they are today."""
    if not re.fullmatch("m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", text) or not text:
        return None
    values = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}[letter] for letter in text]
    # A smaller one before a larger is taken off.
    return sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))


def spelled(value: Fraction) -> str:
    """`one thousand two hundred and thirty-four`, `minus three point one four`."""
    decimals = terminating_decimals(value)
    if decimals is None or decimals > 20 or abs(value) >= LARGEST:
        raise ImpossibleError(f"numbers in words have at most 20 decimals, and are below 10^{len(str(LARGEST)) - 1}")
    whole, rest = divmod(abs(value), 1)
    text = _whole(int(whole))
    if rest:
        digits = f"{int(rest * 10**decimals):0{decimals}d}"
        text += f" point {' '.join(_ONES[int(digit)] for digit in digits)}"
    return f"minus {text}" if value < 0 else text


def _whole(value: int) -> str:
    if value < 1000:
        return _hundreds(value)
    parts: list[str] = []
    scale = 0
    first = value % 1000
    value //= 1000
    while value:
        value, group = divmod(value, 1000)
        scale += 1
        if group:
            parts.insert(0, f"{_hundreds(group)} {_SCALES[scale]}")
    if first:
        parts.append(f"and {_hundreds(first)}" if first < 100 else _hundreds(first))
    return " ".join(parts)


def _hundreds(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    below = _ONES[rest] if rest < 20 else _TENS[rest // 10] + (f"-{_ONES[rest % 10]}" if rest % 10 else "")
    if not hundreds:
        return below
    return f"{_ONES[hundreds]} hundred" + (f" and {below}" if rest else "")


def read_spelled(text: str) -> int | None:  # noqa: C901 (one branch for each kind of word)
    """The whole number in words, or None if it is none: a grammar of its own, not the writer turned round."""
    words = re.findall("[a-z]+", text.lower())
    sign = 1
    if words[:1] == ["minus"] or words[:1] == ["negative"]:
        sign, words = -1, words[1:]
    if not words or len(words) > 80 or not re.fullmatch(r"[a-z ,-]+", text.lower()):
        return None
    total = group = 0
    last_scale = len(_SCALES)
    seen = False
    for word in words:
        if word == "and" and seen:
            continue
        if word in _ONES:
            group += _ONES.index(word)
        elif word in _TENS[2:]:
            group += 10 * _TENS.index(word)
        elif word == "a" and not seen:
            group = 1
        elif word == "hundred" and 1 <= group <= 99:
            group *= 100
        elif word in _SCALES[1:] and group and _SCALES.index(word) < last_scale:
            last_scale = _SCALES.index(word)
            total, group = total + group * 1000**last_scale, 0
        else:
            return None
        if group >= 10000:
            return None
        seen = True
    return sign * (total + group)
