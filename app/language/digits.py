"""Numbers in digits: in another base, and as decimals with what repeats in brackets; written and read back."""

import re
from fractions import Fraction

from app.language.errors import ImpossibleError

MOST_DIGITS = 1200
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def in_base(value: int, base: int) -> str:
    """`value` in a base of 2 to 36; in base 10 with its thousands grouped."""
    if base == 10:
        return f"{value:,}"
    digits, rest = "", abs(value)
    while rest:
        rest, digit = divmod(rest, base)
        digits = DIGITS[digit] + digits
        if len(digits) > MOST_DIGITS * 4:
            raise ImpossibleError("this number is too long")
    return ("-" if value < 0 else "") + (digits or "0")


def decimals(value: Fraction) -> str:
    """All decimals of `value`; what repeats stands in brackets: `0.1(6)`."""
    whole, rest = divmod(abs(value.numerator), value.denominator)
    digits, seen = "", dict[int, int]()
    while rest and rest not in seen and len(digits) < 200:
        seen[rest] = len(digits)
        digit, rest = divmod(rest * 10, value.denominator)
        digits += str(digit)
    if rest and rest not in seen:
        raise ImpossibleError("its decimals repeat only after more than 200")
    if rest:
        digits = f"{digits[: seen[rest]]}({digits[seen[rest] :]})"
    return ("-" if value < 0 else "") + f"{whole:,}" + (f".{digits}" if digits else "")


_REPEATING = re.compile(
    r"(?<![0-9.])(?P<whole>[0-9]{1,20})\.(?P<before>[0-9]{0,20})\((?P<block>[0-9]{1,20})\)"
    r"|(?<![0-9.])(?P<start>[0-9]{1,20})\.(?P<digits>[0-9]{2,60}) ?(?:\.{2,3}|…)"
    r"|(?<![0-9.])(?P<one>[0-9]{1,20})\.(?P<few>[0-9]{1,20}) (?:repeating|recurring)"
)


def repeating(text: str) -> str:
    """`text` with decimals that repeat as fractions: `0.333...`, `0.1(6)`, `0.3 repeating`."""
    return _REPEATING.sub(_repeated, text)


def _repeated(match: re.Match[str]) -> str:
    if match["block"]:
        return f"({read_decimals(match[0])})"
    if match["few"]:
        return _fraction(match["one"], "", match["few"])
    digits = match["digits"]
    for size in range(1, len(digits) // 2 + 1):
        block = digits[-size:]
        if digits.endswith(block * 2) and (size > 1 or digits.endswith(block * 3) or len(digits) == 2):
            before = digits
            while before.endswith(block):
                before = before[:-size]
            return _fraction(match["start"], before, block)
    # Nothing repeats, so what comes next is anybody's guess.
    return match[0]


def _fraction(whole: str, before: str, block: str) -> str:
    return f"({read_decimals(f'{whole}.{before}({block})')})"


def read_decimals(text: str) -> Fraction:
    """The value of what `decimals` wrote; ValueError for anything else."""
    match = re.fullmatch(r"(-?)([0-9,]+)(?:\.([0-9]*)(?:\(([0-9]+)\))?)?", text)
    if not match:
        raise ValueError(text)
    before, again = match[3] or "", match[4] or ""
    value = Fraction(int(match[2].replace(",", ""))) + Fraction(int(before or 0), 10 ** len(before))
    if again:
        # A block of n digits repeating is the block over n nines.
        value += Fraction(int(again), (10 ** len(again) - 1) * 10 ** len(before))
    return -value if match[1] else value
