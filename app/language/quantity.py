"""Quantities: an exact number with a unit, and the arithmetic that keeps dimensions right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from app.language.errors import ImpossibleError
from app.language.numbers import fixed, read_fraction, show
from app.language.units import Dimension, Unit, all_units

# Symbols with exponents, in the order written: km/h is (("km", 1), ("h", -1)).
Units = tuple[tuple[str, int], ...]

# Written before a number that is known only approximately, such as a square root.
APPROXIMATE = "≈"
_TEMPERATURE = (("temperature", 1),)


def _unit(symbol: str) -> Unit:
    return all_units()[symbol]


def dimension(units: Units) -> Dimension:
    """The product's dimension; empty for a pure number."""
    exponents: dict[str, int] = {}
    for symbol, power in units:
        for base, exponent in _unit(symbol).dimension:
            exponents[base] = exponents.get(base, 0) + exponent * power
    return tuple(sorted((base, exponent) for base, exponent in exponents.items() if exponent))


def factor(units: Units) -> Fraction:
    """What one of the product is in base units."""
    result = Fraction(1)
    for symbol, power in units:
        result *= _unit(symbol).factor ** power
    return result


def has_offset(units: Units) -> bool:
    """Whether the zero of the scale is not nothing, as with °C."""
    return any(_unit(symbol).offset for symbol, _ in units)


def notes(units: Units) -> list[str]:
    """What using these units assumes."""
    return [_unit(symbol).note for symbol, _ in units if _unit(symbol).note]


def unit_text(units: Units) -> str:
    """The canonical form, `kg·m/s^2`, which the parser reads back."""
    above = "·".join(symbol + (f"^{power}" if power > 1 else "") for symbol, power in units if power > 0)
    below = "".join(f"/{symbol}" + (f"^{-power}" if power < -1 else "") for symbol, power in units if power < 0)
    return (above or "1") + below


def unit_name(units: Units, *, plural: bool) -> str:
    """How a person reads the unit: `miles`, `km/h`, `m²`."""
    if len(units) == 1 and units[0][1] == 1:
        unit = _unit(units[0][0])
        return unit.plural if plural else unit.singular
    superscripts = str.maketrans("^0123456789", "\0⁰¹²³⁴⁵⁶⁷⁸⁹")
    return re.sub(r"\^[0-9]+", lambda match: match[0].translate(superscripts).replace("\0", ""), unit_text(units))


@dataclass(frozen=True)
class Quantity:
    """A number of units; `exact` is False once a step could only approximate it."""

    number: Fraction
    units: Units = ()
    exact: bool = True

    def __str__(self) -> str:
        """The canonical form which agents exchange: `36 km`, `25/3 km/h`, `≈14142135/10000000`."""
        sign = "" if self.exact else APPROXIMATE
        return f"{sign}{self.number} {unit_text(self.units)}".removesuffix(" 1")

    @classmethod
    def parse(cls, text: str) -> Quantity:
        """Read the canonical form; raises ValueError on anything else."""
        number, _, unit = text.removeprefix(APPROXIMATE).partition(" ")
        return cls(read_fraction(number), _parse_units(unit), not text.startswith(APPROXIMATE))

    def display(self) -> tuple[str, bool]:
        """The form a person reads, and whether its number is rounded."""
        text, rounded = show(self.number, exact=self.exact)
        if self.is_money and (rounded or (self.number.denominator > 1 and (self.number * 100).denominator == 1)):
            text = fixed(self.number, 2)
        if not self.units:
            return text, rounded
        name = unit_name(self.units, plural=text not in {"1", "-1"})
        return f"{text}{'' if name.startswith('°') else ' '}{name}", rounded

    @property
    def is_money(self) -> bool:
        """Whether this is an amount in one currency."""
        return len(self.units) == 1 and self.units[0][1] == 1 and _is_currency(_unit(self.units[0][0]).dimension)

    def convert(self, units: Units) -> Quantity:
        """The same quantity in other units."""
        if dimension(self.units) != dimension(units):
            raise ImpossibleError(
                f"{describe(self.units)} cannot be converted to {describe(units)}{_currency_hint(self.units, units)}"
            )
        value = self.number * factor(self.units)
        if len(self.units) == 1 and self.units[0][1] == 1:
            value += _unit(self.units[0][0]).offset
        if len(units) == 1 and units[0][1] == 1:
            value -= _unit(units[0][0]).offset
        return Quantity(value / factor(units), units, self.exact)

    @property
    def is_below_zero(self) -> bool:
        """Whether this is a temperature below absolute zero, which nothing has."""
        if dimension(self.units) != _TEMPERATURE or len(self.units) != 1:
            return False
        return self.number * factor(self.units) + _unit(self.units[0][0]).offset < 0

    def add(self, other: Quantity, sign: int = 1) -> Quantity:
        """The sum, or with sign -1 the difference, in this quantity's units."""
        if has_offset(self.units) or has_offset(other.units):
            raise ImpossibleError("temperatures on a scale such as °C can be converted, but not added or multiplied")
        if dimension(self.units) != dimension(other.units):
            raise ImpossibleError(f"{describe(self.units)} and {describe(other.units)} cannot be added or subtracted")
        converted = other.convert(self.units)
        return Quantity(self.number + sign * converted.number, self.units, self.exact and other.exact)

    def multiply(self, other: Quantity, power: int = 1) -> Quantity:
        """The product with `other`, or with power -1 the quotient; units of one dimension are merged."""
        for operand, partner in ((self, other), (other, self)):
            if has_offset(operand.units) and partner.units:
                raise ImpossibleError(
                    "temperatures on a scale such as °C can be converted, but not added or multiplied"
                )
        if power < 0 and not other.number:
            raise ImpossibleError("a division by zero has no result")
        number = self.number * other.number**power
        merged = dict(self.units)
        for symbol, exponent in other.units:
            same = next((own for own in merged if _unit(own).dimension == _unit(symbol).dimension), symbol)
            number *= (_unit(symbol).factor / _unit(same).factor) ** (exponent * power)
            merged[same] = merged.get(same, 0) + exponent * power
        units = tuple((symbol, exponent) for symbol, exponent in merged.items() if exponent)
        if units and not dimension(units):
            number, units = number * factor(units), ()
        return Quantity(number, units, self.exact and other.exact)

    def power(self, exponent: int, most_bits: int) -> Quantity:
        """This quantity to a whole power; ImpossibleError before it would need more than `most_bits` bits."""
        if exponent < 0 and not self.number:
            raise ImpossibleError("a division by zero has no result")
        if has_offset(self.units) and exponent != 1:
            raise ImpossibleError("temperatures on a scale such as °C can be converted, but not added or multiplied")
        # n bits to the power e has more than (n - 1) * e bits; 1 to any power stays 1.
        bits = max(self.number.numerator.bit_length(), self.number.denominator.bit_length()) - 1
        if bits * abs(exponent) > most_bits or (self.units and abs(exponent) > 100):
            raise ImpossibleError("the result of the power is too large")
        units = tuple((symbol, own * exponent) for symbol, own in self.units if exponent)
        return Quantity(self.number**exponent, units, self.exact)


def describe(units: Units) -> str:
    """A product of units in a sentence."""
    return unit_name(units, plural=True) if units else "a plain number"


def _currency_hint(first: Units, second: Units) -> str:
    dimensions = dimension(first) + dimension(second)
    if all(base.startswith("currency_") for base, _ in dimensions):
        return ": there are no live exchange rates here; give the rate, as in “100 USD in EUR at 0.92”"
    return ""


def _is_currency(of: Dimension) -> bool:
    return len(of) == 1 and of[0][0].startswith("currency_")


def _parse_units(text: str) -> Units:
    result: list[tuple[str, int]] = []
    for sign, symbol, power in re.findall(r"(^|[·/])([^·/^]+)(?:\^([1-9][0-9]?))?", text):
        if symbol in all_units():
            result.append((symbol, (-1 if sign == "/" else 1) * int(power or 1)))
    if text and unit_text(tuple(result)) != text:
        raise ValueError(text)
    return tuple(result)
