"""Units as people write them: `km/h`, `miles per hour`, `square metres`, `kg·m/s^2`."""

import re
from collections.abc import Sequence

from app.language.quantity import Units
from app.language.tokens import END, Token
from app.language.units import Unit, find_unit

CURRENCY_SIGNS = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR"}

# The longest name, "US fluid ounces" apart, has two words: "nautical miles", "degrees celsius".
_LONGEST_NAME = 2
_POWERS = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_SUFFIXES = {"squared": 2, "²": 2, "cubed": 3, "³": 3}
_DEGREES = {"degree", "degrees", "deg"}


def read_units(tokens: Sequence[Token], start: int) -> tuple[Units, int]:
    """The unit that begins at token `start`, and the position after it; no unit is () and `start`."""
    exponents: dict[str, int] = {}
    position = start
    sign = 1
    while True:
        found = _factor(tokens, position)
        if found is None:
            break
        symbol, power, position = found
        exponents[symbol] = exponents.get(symbol, 0) + sign * power
        end = position
        separator = _text(tokens, position)
        if separator not in {"/", "per", "·"}:
            break
        sign = 1 if separator == "·" else -1
        if _factor(tokens, position + 1) is None:
            break
        position += 1
    if not exponents:
        return (), start
    return tuple((symbol, power) for symbol, power in exponents.items() if power), end


def _text(tokens: Sequence[Token], position: int) -> str:
    return (tokens[position] if position < len(tokens) else END).text.lower()


def _factor(tokens: Sequence[Token], position: int) -> tuple[str, int, int] | None:
    """One unit with its power: (symbol, power, position after it)."""
    power = _POWERS.get(_text(tokens, position), 1)
    if power != 1:
        position += 1
    found = _name(tokens, position)
    if found is None:
        return None
    unit, position = found
    if (suffix := _SUFFIXES.get(_text(tokens, position))) is not None:
        return unit.symbol, power * suffix, position + 1
    following = tokens[position + 1] if position + 1 < len(tokens) else END
    if _text(tokens, position) in {"^", "**"} and re.fullmatch("[1-9]", following.text):
        return unit.symbol, power * int(following.text), position + 2
    return unit.symbol, power, position


def _name(tokens: Sequence[Token], position: int) -> tuple[Unit, int] | None:
    if _text(tokens, position) in CURRENCY_SIGNS:
        unit = find_unit(CURRENCY_SIGNS[_text(tokens, position)])
        return (unit, position + 1) if unit else None
    if _text(tokens, position) in _DEGREES and position + 1 < len(tokens):
        scale = find_unit("°" + tokens[position + 1].text[:1].upper())
        if scale and tokens[position + 1].text.lower() in {"c", "f", "celsius", "fahrenheit", "centigrade"}:
            return scale, position + 2
    for length in range(_LONGEST_NAME, 0, -1):
        words = tokens[position : position + length]
        if len(words) == length and all(token.kind == "word" for token in words):
            unit = find_unit(" ".join(token.text for token in words))
            if unit:
                return unit, position + length
    return None
