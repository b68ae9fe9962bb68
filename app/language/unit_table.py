"""The table behind `units`: one row for each unit, grouped by dimension."""

from dataclasses import dataclass
from fractions import Fraction

# Prefix symbol: (name, factor). Decimal ones by SI, binary ones by IEC 80000-13.
PREFIXES: dict[str, tuple[str, Fraction]] = {
    "T": ("tera", Fraction(10**12)),
    "G": ("giga", Fraction(10**9)),
    "M": ("mega", Fraction(10**6)),
    "k": ("kilo", Fraction(1000)),
    "h": ("hecto", Fraction(100)),
    "d": ("deci", Fraction(1, 10)),
    "c": ("centi", Fraction(1, 100)),
    "m": ("milli", Fraction(1, 1000)),
    "µ": ("micro", Fraction(1, 10**6)),
    "u": ("micro", Fraction(1, 10**6)),
    "n": ("nano", Fraction(1, 10**9)),
    "P": ("peta", Fraction(10**15)),
    "Ki": ("kibi", Fraction(2**10)),
    "Mi": ("mebi", Fraction(2**20)),
    "Gi": ("gibi", Fraction(2**30)),
    "Ti": ("tebi", Fraction(2**40)),
}

SI = "T G M k h d c m µ u n"
POWERS = "T G M k m µ u n"
DATA = "k M G T P Ki Mi Gi Ti"


@dataclass(frozen=True)
class Row:
    """A unit as written here; `prefixes` lists the prefixes it takes, and `names` are long names, which take them too.

    `singular` and `plural` are what an answer says when the unit is better known by its name than by its symbol.
    """

    symbol: str
    factor: Fraction
    names: tuple[str, ...] = ()
    singular: str = ""
    plural: str = ""
    prefixes: str = ""
    note: str = ""
    offset: Fraction = Fraction(0)


def _named(factor: str | Fraction, symbol: str, singular: str, plural: str, *names: str, note: str = "") -> Row:
    return Row(symbol, Fraction(factor), names, singular, plural, note=note)


def _metric(factor: str | Fraction, symbol: str, prefixes: str, *names: str) -> Row:
    return Row(symbol, Fraction(factor), names, prefixes=prefixes)


_INCH = Fraction("0.0254")
_POUND = Fraction("0.45359237")
_US_GALLON = 231 * _INCH**3
_IMPERIAL_GALLON = Fraction("0.00454609")
_GRAVITY = Fraction("9.80665")
_YEAR_DAYS = Fraction("365.2425")


def _us(name: str) -> str:
    return f"{name} is taken as the US customary one"


def _currency(symbol: str, singular: str, plural: str, *names: str) -> tuple[str, tuple[Row, ...]]:
    # A currency is a dimension of its own: it adds up and scales, and never converts, since there are no live rates.
    rows: tuple[Row, ...] = (_named("1", symbol, singular, plural, *names),)
    if symbol == "USD":
        rows += (_named("0.01", "cent", "cent", "cents", note="a cent is taken as that of the US dollar"),)
    return f"currency_{symbol.lower()}", rows


TABLE: dict[str, tuple[Row, ...]] = {
    "length": (
        _metric("1", "m", SI, "meter", "meters", "metre", "metres"),
        _named(_INCH, "in", "inch", "inches"),
        _named(12 * _INCH, "ft", "foot", "feet"),
        _named(36 * _INCH, "yd", "yard", "yards"),
        _named(63360 * _INCH, "mi", "mile", "miles"),
        _named(7920 * _INCH, "furlong", "furlong", "furlongs"),
        _named("1852", "nmi", "nautical mile", "nautical miles"),
        _named("149597870700", "au", "astronomical unit", "astronomical units"),
        _named(Fraction(299792458 * 31557600), "ly", "light year", "light years", "lightyear", "lightyears"),
    ),
    "mass": (
        Row("g", Fraction(1, 1000), ("gram", "grams", "gramme", "grammes"), prefixes=SI),
        _named("1000", "t", "tonne", "tonnes", "metric ton", "metric tons", "metric tonne", "metric tonnes"),
        _named(2000 * _POUND, "short_ton", "short ton", "short tons"),
        _named(2240 * _POUND, "long_ton", "long ton", "long tons"),
        _named("1000", "ton", "ton", "tons", note="a ton is taken as the metric tonne of 1,000 kg"),
        _named(_POUND, "lb", "pound", "pounds", "lbs"),
        _named(_POUND / 16, "oz", "ounce", "ounces"),
        _named(14 * _POUND, "st", "stone", "stones"),
        _named("0.0002", "ct", "carat", "carats"),
    ),
    "time": (
        _metric("1", "s", "m µ u n", "second", "seconds", "sec", "secs"),
        _named("60", "min", "minute", "minutes", "mins"),
        _named("3600", "h", "hour", "hours", "hr", "hrs"),
        _named("86400", "day", "day", "days"),
        _named("604800", "week", "week", "weeks"),
        _named("1209600", "fortnight", "fortnight", "fortnights"),
        _named(
            86400 * _YEAR_DAYS / 12, "month", "month", "months", note="a month is taken as a twelfth of 365.2425 days"
        ),
        _named(86400 * _YEAR_DAYS, "year", "year", "years", "yr", note="a year is taken as 365.2425 days"),
    ),
    "temperature": (
        _metric("1", "K", "m", "kelvin", "kelvins"),
        Row("°C", Fraction(1), ("C", "celsius", "centigrade", "degC"), offset=Fraction("273.15")),
        Row(
            "°F",
            Fraction(5, 9),
            ("F", "fahrenheit", "degF"),
            offset=Fraction("459.67") * 5 / 9,
        ),
    ),
    "length2": (
        _metric("10000", "ha", "", "hectare", "hectares"),
        _named(4840 * (36 * _INCH) ** 2, "acre", "acre", "acres"),
    ),
    "length3": (
        Row("l", Fraction(1, 1000), ("liter", "liters", "litre", "litres"), prefixes="h d c m µ u"),
        Row("L", Fraction(1, 1000), (), prefixes="h d c m µ u"),
        _named(_US_GALLON, "gal", "gallon", "gallons", "US gallon", "US gallons", note=_us("a gallon")),
        _named(_US_GALLON / 4, "qt", "quart", "quarts", note=_us("a quart")),
        _named(_US_GALLON / 8, "pt", "pint", "pints", "US pint", "US pints", note=_us("a pint")),
        _named(_US_GALLON / 16, "cup", "cup", "cups", note=_us("a cup")),
        _named(_US_GALLON / 128, "fl_oz", "fluid ounce", "fluid ounces", "floz", "fl oz", note=_us("a fluid ounce")),
        _named(_US_GALLON / 256, "tbsp", "tablespoon", "tablespoons", note=_us("a tablespoon")),
        _named(_US_GALLON / 768, "tsp", "teaspoon", "teaspoons", note=_us("a teaspoon")),
        _named(
            _US_GALLON * 42, "bbl", "barrel", "barrels", note="a barrel is taken as the oil barrel of 42 US gallons"
        ),
        _named(_IMPERIAL_GALLON, "imperial_gallon", "imperial gallon", "imperial gallons"),
        _named(_IMPERIAL_GALLON / 8, "imperial_pint", "imperial pint", "imperial pints"),
    ),
    "length time-1": (
        _named(63360 * _INCH / 3600, "mph", "mph", "mph"),
        _named(Fraction(1000, 3600), "kph", "km/h", "km/h", "kmh", "kmph"),
        _named(Fraction(1852, 3600), "kn", "knot", "knots", "kt", "kts"),
    ),
    "length mass time-2": (
        _metric("1", "N", "M k m", "newton", "newtons"),
        _named(_POUND * _GRAVITY, "lbf", "lbf", "lbf"),
    ),
    "length-1 mass time-2": (
        _metric("1", "Pa", "G M k h m", "pascal", "pascals"),
        _metric("100000", "bar", "m", "bars"),
        _named("101325", "atm", "atmosphere", "atmospheres"),
        _named(_POUND * _GRAVITY / _INCH**2, "psi", "psi", "psi"),
        _named("133.322387415", "mmHg", "mmHg", "mmHg"),
    ),
    "length2 mass time-2": (
        _metric("1", "J", "T G M k m", "joule", "joules"),
        Row("Wh", Fraction(3600), ("watt hour", "watt hours"), prefixes="T G M k m"),
        Row("eV", Fraction("1.602176634e-19"), ("electronvolt", "electronvolts"), prefixes="T G M k m"),
        Row("cal", Fraction("4.184"), ("calorie", "calories"), prefixes="k", note="a calorie is taken as 4.184 J"),
        _named("1055.05585262", "BTU", "BTU", "BTU"),
    ),
    "length2 mass time-3": (
        _metric("1", "W", "T G M k m µ u", "watt", "watts"),
        _named(550 * 12 * _INCH * _POUND * _GRAVITY, "hp", "horsepower", "horsepower"),
    ),
    "time-1": (_metric("1", "Hz", "T G M k m", "hertz"), _named(Fraction(1, 60), "rpm", "rpm", "rpm")),
    "current": (_metric("1", "A", "k m µ u", "ampere", "amperes", "amp", "amps"),),
    "current-1 length2 mass time-3": (_metric("1", "V", "M k m µ u", "volt", "volts"),),
    "current-2 length2 mass time-3": (Row("ohm", Fraction(1), ("ohms", "Ω"), prefixes="M k m"),),
    "current time": (Row("Ah", Fraction(3600), ("amp hour", "amp hours"), prefixes="m"),),
    "information": (
        Row("bit", Fraction(1), ("bit", "bits"), "bit", "bits", prefixes="k M G T"),
        Row("b", Fraction(1), (), "bit", "bits", prefixes="k M G T"),
        Row("B", Fraction(8), ("byte", "bytes"), "byte", "bytes", prefixes=DATA),
    ),
    "information time-1": (Row("bps", Fraction(1), ("bits per second",), prefixes="k M G T"),),
    "angle": (
        _named("1", "°", "degree", "degrees", "deg"),
        _named(Fraction(1, 60), "arcmin", "arcminute", "arcminutes"),
        _named(Fraction(1, 3600), "arcsec", "arcsecond", "arcseconds"),
        _named("360", "turn", "turn", "turns", "revolution", "revolutions"),
        _named(Fraction(9, 10), "gon", "gon", "gons", "gradian", "gradians"),
    ),
    "count": (_named("12", "dozen", "dozen", "dozen"),),
    **dict(
        (
            _currency("USD", "USD", "USD", "$", "dollar", "dollars", "usd"),
            _currency("EUR", "EUR", "EUR", "€", "euro", "euros", "eur"),
            _currency("GBP", "GBP", "GBP", "£", "quid"),
            _currency("JPY", "JPY", "JPY", "¥", "yen"),
            _currency("CHF", "CHF", "CHF", "franc", "francs"),
            _currency("INR", "INR", "INR", "₹", "rupee", "rupees"),
            _currency("CAD", "CAD", "CAD", "canadian dollar", "canadian dollars"),
            _currency("AUD", "AUD", "AUD", "australian dollar", "australian dollars"),
            _currency("NZD", "NZD", "NZD"),
            _currency("CNY", "CNY", "CNY", "yuan", "renminbi"),
            _currency("KRW", "KRW", "KRW"),
            _currency("SEK", "SEK", "SEK", "kronor"),
            _currency("NOK", "NOK", "NOK", "kroner"),
            _currency("DKK", "DKK", "DKK"),
            _currency("PLN", "PLN", "PLN", "zloty", "zlotys"),
            _currency("CZK", "CZK", "CZK"),
            _currency("HUF", "HUF", "HUF", "forint", "forints"),
            _currency("BRL", "BRL", "BRL"),
            _currency("MXN", "MXN", "MXN"),
            _currency("ZAR", "ZAR", "ZAR"),
            _currency("SGD", "SGD", "SGD"),
            _currency("HKD", "HKD", "HKD"),
        )
    ),
}
