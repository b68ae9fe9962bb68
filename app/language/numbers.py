"""Numbers as exact fractions: how they are read from text and shown to a person."""

import re
from fractions import Fraction

from app.language.errors import ImpossibleError

# 1,234,567.89 or 1234.5 or .5, with an optional power of ten.
NUMBER = r"(?:(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
EXPONENT = r"(?:e[+-]?[0-9]{1,4})?(?![0-9a-z])"

# Decimals shown of a number that has more: enough for daily use; the exact value goes with it.
SIGNIFICANT_DIGITS = 4
LEAST_DECIMALS = 2
# A terminating decimal of up to this many digits after the point is shown in full.
FULL_DECIMALS = 10
# Python refuses to print integers of over 4300 digits by default, because it takes quadratic time.
MOST_DIGITS = 4000


def read_number(text: str) -> Fraction:
    """The exact value of a number matched by NUMBER and EXPONENT; commas group thousands. Raises ImpossibleError."""
    if len(text) > MOST_DIGITS:
        raise ImpossibleError(f"numbers have at most {MOST_DIGITS:,} digits here")
    return Fraction(text.replace(",", "").lower())


def read_fraction(text: str) -> Fraction:
    """The value of a canonical number, `-7`, `7/3`: the form agents exchange. Raises ValueError on anything else."""
    if not re.fullmatch(r"-?[0-9]{1,5000}(/[0-9]{1,5000})?", text) or re.search(r"/0+$", text):
        raise ValueError(text)
    return Fraction(text)


def terminating_decimals(value: Fraction) -> int | None:
    """How many decimals write `value` exactly, or None when its decimals never end (or number over 1000)."""
    denominator = value.denominator
    twos = (denominator & -denominator).bit_length() - 1
    denominator >>= twos
    fives = 0
    while denominator % 5 == 0 and fives <= 1000:
        denominator //= 5
        fives += 1
    decimals = max(twos, fives)
    return decimals if denominator == 1 and decimals <= 1000 else None


def fixed(value: Fraction, decimals: int) -> str:
    """`value` rounded half to even, with thousands grouped: fixed(Fraction(12345, 10), 1) is `1,234.5`."""
    scaled = round(abs(value) * 10**decimals)
    whole, rest = divmod(scaled, 10**decimals)
    sign = "-" if value < 0 and scaled else ""
    if whole >= 10**MOST_DIGITS:
        raise ImpossibleError(f"the result has more than {MOST_DIGITS} digits")
    text = f"{sign}{whole:,}"
    return f"{text}.{rest:0{decimals}d}" if decimals else text


def magnitude(value: Fraction) -> int:
    """The power of ten of the leading digit: 2 for 123, -3 for 0.00123. Zero has none: ValueError."""
    if not value:
        raise ValueError("zero has no leading digit")
    value = abs(value)
    # An estimate by bits is off by one at most; then compare exactly.
    estimate = int((value.numerator.bit_length() - value.denominator.bit_length()) * 0.30103)
    while Fraction(10) ** (estimate + 1) <= value:
        estimate += 1
    while Fraction(10) ** estimate > value:
        estimate -= 1
    return estimate


def show(value: Fraction, *, exact: bool = True) -> tuple[str, bool]:
    """`value` for a person, and whether that is rounded.

    A value known only approximately (`exact=False`, a square root) is shown to ten significant digits.
    """
    decimals = terminating_decimals(value)
    if not value:
        return "0", not exact
    if decimals is not None and decimals <= FULL_DECIMALS and exact:
        return fixed(value, decimals), False
    near = Fraction(round(value * 10**FULL_DECIMALS), 10**FULL_DECIMALS)
    if not exact and near and magnitude(value) <= 30 and abs(value - near) <= abs(value) / 10**30:
        # √2 · √8 is 4, not 4.000000000.
        return show(near)[0], True
    significant = SIGNIFICANT_DIGITS if exact else 10
    leading = magnitude(value)
    # Of a large approximation only the first digits are known.
    if leading < -12 or (not exact and leading > 30):
        return scientific(value, significant), True
    return fixed(value, max(LEAST_DECIMALS, significant - 1 - leading)), True


def scientific(value: Fraction, significant: int = SIGNIFICANT_DIGITS) -> str:
    """`value` as a rounded mantissa and a power of ten: `6.626e-34`."""
    leading = magnitude(value)
    mantissa = fixed(value / Fraction(10) ** leading, significant - 1)
    if mantissa.lstrip("-").startswith("10"):
        leading += 1
        mantissa = fixed(value / Fraction(10) ** leading, significant - 1)
    return f"{mantissa}e{leading}"
