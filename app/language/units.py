"""Units of measure: exact factors to base units, names as people write them, and the assumptions a name hides.

Factors are the legal definitions (BIPM, The International System of Units, 9th edition; NIST Special Publication 811,
appendix B), written as exact decimals or products, so that a conversion is exact rational arithmetic.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cache

from app.language.unit_table import PREFIXES, TABLE

# Symbols with an s, and words for short, of units with a prefix.
_OTHERS = {"kgs": "kg", "kilo": "kg", "kilos": "kg", "kms": "km", "cms": "cm", "mms": "mm", "mls": "ml"}
# Exponents of base units, sorted by name: speed is (("length", 1), ("time", -1)).
Dimension = tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Unit:
    """One unit: `value * factor + offset` is in base units of `dimension`; `note` is what choosing it assumes."""

    symbol: str
    singular: str
    plural: str
    dimension: Dimension
    factor: Fraction
    offset: Fraction = Fraction(0)
    note: str = ""


def _dimension(text: str) -> Dimension:
    """`length time-2` as a Dimension."""
    exponents: dict[str, int] = {}
    for part in text.split():
        name, minus, digits = part.partition("-")
        if minus:
            exponents[name] = -int(digits)
        else:
            name = part.rstrip("0123456789")
            exponents[name] = int(part[len(name) :] or 1)
    return tuple(sorted(exponents.items()))


@cache
def _units() -> tuple[dict[str, Unit], dict[str, Unit]]:
    """Units by the spelling people write: as it is (`Mb` is not `MB`), and in lower case where only one unit fits."""
    exact: dict[str, Unit] = {}
    for dimension, rows in TABLE.items():
        for row in rows:
            unit = Unit(
                row.symbol,
                row.singular or row.symbol,
                row.plural or row.singular or row.symbol,
                _dimension(dimension),
                row.factor,
                row.offset,
                row.note,
            )
            for name in (row.symbol, unit.singular, unit.plural, *row.names):
                exact.setdefault(name, unit)
            for prefix, (long_prefix, power) in PREFIXES.items():
                if prefix not in row.prefixes.split():
                    continue
                symbol = prefix + row.symbol
                scaled = Unit(symbol, symbol, symbol, unit.dimension, row.factor * power, note=row.note)
                exact.setdefault(symbol, scaled)
                for name in row.names:
                    exact.setdefault(long_prefix + name, scaled)
    for name, symbol in _OTHERS.items():
        exact.setdefault(name, exact[symbol])
    folded: dict[str, list[Unit]] = {}
    for name, unit in exact.items():
        folded.setdefault(name.casefold(), []).append(unit)
    return exact, {name: units[0] for name, units in folded.items() if len(set(units)) == 1}


def find_unit(name: str) -> Unit | None:
    """The unit a person means by `name`, or None. Case matters only where two units differ by it."""
    exact, folded = _units()
    return exact.get(name) or folded.get(name.casefold())


@cache
def all_units() -> dict[str, Unit]:
    """Every unit by its symbol, which is how agents name it to each other."""
    return {unit.symbol: unit for unit in _units()[0].values()}
