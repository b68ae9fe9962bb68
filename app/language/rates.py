"""Questions in sentences about rates, answered by their dimensions: `80 km/h for 2.5 hours: how far?`.

All quantities of the text must go together, multiplied or divided, into the kind of quantity that is asked for, and in
one way only; so words need not be understood that could not change the answer. Those that could are refused.
"""

import re
from fractions import Fraction
from itertools import product

from app.language.errors import NotUnderstoodError
from app.language.evaluate import evaluate
from app.language.expression import Binary, Convert, Node, Percentage, Value
from app.language.parser import measures, parse_units
from app.language.quantity import Quantity, Units, dimension
from app.language.units import find_unit

LONGEST = 300
MOST_QUANTITIES = 4
_LENGTH, _TIME, _SPEED = (("length", 1),), (("time", 1),), (("length", 1), ("time", -1))
_PACE = (("length", -1), ("time", 1))
_VOLUME, _MASS = (("length", 3),), (("mass", 1),)
_ENERGY = (("length", 2), ("mass", 1), ("time", -2))
_MONEY = "money"
_USUAL = ((_LENGTH, "km"), (_VOLUME, "litres"), (_ENERGY, "kWh"), (_MASS, "kg"))
_ASKED: tuple[tuple[str, object], ...] = (
    (r"how (?:much|many) (?:fuel|petrol|gas|gasoline|diesel|water|litres|liters|gallons)\b|^(?:the )?fuel\b", _VOLUME),
    (r"how (?:much|many) (?:energy|electricity|kwh|kilowatt[ -]hours)\b", _ENERGY),
    (r"how much (?:does|do|did|will|would|is|are|must|should)\b|\bcosts?\b|\bprice\b|\bpay\b", _MONEY),
    (r"how far\b|\bdistance\b|how many (?:km|kilomet(?:re|er)s|miles)\b", _LENGTH),
    (r"how long\b|how much time\b|\bwhen\b|how many (?:hours|minutes|seconds|days)\b", _TIME),
    (r"\bpace\b", _PACE),
    (r"how fast\b|\bspeed\b|\bvelocity\b", _SPEED),
    (r"\bweigh\b|\bmass\b|how heavy\b", _MASS),
)
# What may change the arithmetic.
_OTHERWISE = re.compile(
    r"\b(?:return|round trip|back|twice|half|double|each way|both|another|other|opposite|towards|apart|faster|slower|"
    r"longer|less|more|than|remaining|left|rest|stops?|breaks?|then|before|after|late|early|percent|discount|tax|vat|together|"
    r"upstream|downstream|current|wind|increases?|decreases?|accelerat\w*|average of|quarter|third|full|empty|pair|"
    r"couple|dozen|delay\w*|echo\w*|radar|sonar|reflect\w*|bounces?|plus|minus|shipping|delivery|fees?|tips?|each|every|daily|"
    r"weekly|monthly|yearly|already|except|without|several|times|wait\w*|pauses?)\b|%",
    re.IGNORECASE,
)
# What happens each day, and for how many days: `45 minutes each day … in a week`.
_EACH_DAY = re.compile(r",? (?:each|every|a|per) day\b|\bdaily\b", re.IGNORECASE)
_DAYS = re.compile(
    r",? ?\b(?:in|for|over|during|within) (?P<count>an?|[0-9]{1,3}) (?P<unit>day|week)s?\b", re.IGNORECASE
)
# Nobody said on how many days of a week one works.
_AT_WORK = re.compile(r"\b(?:work\w*|earn\w*|paid|wages?|salary|shifts?)\b", re.IGNORECASE)
_TAX = re.compile(
    r",? (?:and|plus) (?P<percent>[0-9]{1,3}(?:\.[0-9]{1,4})?) ?(?:%|percent)"
    r" (?:vat|tax|sales tax|gst|tip|service charge)(?=[ .?!]*$)",
    re.IGNORECASE,
)
_QUESTIONS = re.compile(r"\b(?:how|what|when|where|which)\b", re.IGNORECASE)
_ONE = re.compile(r"\b(?P<lead>in|for|over|within|after|during) an? (?P<unit>[a-z]{3,12})\b", re.IGNORECASE)
_SHORTEST_NAME = 3
_IN = re.compile(r",? (?:in|as) (?P<unit>(?!an?\b|all\b)[a-zµ€$£][^,.?!]{0,30}?)[ .?!]*$", re.IGNORECASE)
_PER = re.compile(r"how many (?P<unit>[a-z]{1,15} per [a-z]{1,15})\b[^0-9]{0,40}$", re.IGNORECASE)


def as_rate(text: str) -> Node | None:
    """The expression that answers a question about rates; None for any other text."""
    # Several questions are several parts.
    if len(text) > LONGEST or not re.search("[0-9]", text) or len(_QUESTIONS.findall(text)) > 1:
        return None
    tax = _TAX.search(text)
    node = _rate(text[: tax.start()] if tax else text)
    if tax and node:
        return Percentage("increase", Value(Quantity(Fraction(tax["percent"]))), node)
    return node


def _rate(text: str) -> Node | None:
    text, target = _target(text)
    wanted = next((kind for form, kind in _ASKED if re.search(form, text, re.IGNORECASE)), dimension(target) or None)
    text, days = _scheduled(text) if wanted else (text, 0)
    if wanted is None or _OTHERWISE.search(text):
        return None
    text = _ONE.sub(lambda match: f"{match['lead']} {'1' if find_unit(match['unit']) else 'a'} {match['unit']}", text)
    try:
        found, words = measures(text)
        ways = [
            signs
            for signs in product((1, -1), repeat=min(len(found), MOST_QUANTITIES + 1))
            if len(found) <= MOST_QUANTITIES and 1 in signs and _is(wanted, _dimension(found, signs))
        ]
    except NotUnderstoodError:
        return None
    if len(found) < (1 if days else 2) or len(ways) != 1 or _stray_units(words):
        return None
    node = _joined(found, ways[0])
    if days:
        node = Binary("*", node, Value(Quantity(Fraction(days))))
    target = target or _usual(wanted, evaluate(node))
    return Convert(node, target) if target else node


def _scheduled(text: str) -> tuple[str, int]:
    """The text without what is done each day, and for how long; and the number of days, or nothing."""
    each, days = _EACH_DAY.search(text), _DAYS.search(text)
    if not each or not days or _AT_WORK.search(text):
        return text, 0
    text = _DAYS.sub("", _EACH_DAY.sub("", text, count=1), count=1)
    count = 1 if days["count"].lower().startswith("a") else int(days["count"])
    return text, count * (7 if days["unit"].lower() == "week" else 1)


def _stray_units(words: list[str]) -> bool:
    """Whether a unit stands without a number, and is not what is asked for: `in a week`, `an hour's delay`."""
    return any(
        len(word) >= _SHORTEST_NAME and find_unit(word) and (not index or words[index - 1] not in {"many", "much"})
        for index, word in enumerate(words)
    )


def _usual(wanted: object, result: Quantity) -> Units:
    """The unit in which a person would say the result; none if it is in one."""
    if wanted == _MONEY and len(result.units) > 1:
        return next(((symbol, 1),) for symbol, power in result.units if Quantity(Fraction(1), ((symbol, 1),)).is_money)
    if wanted == _SPEED and dict(result.units).get("min") == -1:
        return (*((symbol, 1) for symbol, power in result.units if power == 1), ("h", -1))
    if len(result.units) < 2:
        return ()
    if wanted == _TIME:
        seconds = result.convert(parse_units("s")).number
        return parse_units("hours" if seconds >= 3600 else "minutes" if seconds >= 60 else "s")
    # `kWh/W` is a time, but nobody says so.
    return next((parse_units(unit) for kind, unit in _USUAL if kind == wanted), ())


def _target(text: str) -> tuple[str, Units]:
    """The text without the unit asked for at its end, and that unit."""
    match = _IN.search(text) or _PER.search(text)
    if match:
        try:
            return text[: match.start()], parse_units(match["unit"])
        except NotUnderstoodError:
            pass
    return text, ()


def _is(wanted: object, found: tuple[tuple[str, int], ...]) -> bool:
    if wanted == _MONEY:
        return len(found) == 1 and found[0][0].startswith("currency_") and found[0][1] == 1
    return found == wanted


def _dimension(found: list[Node], signs: tuple[int, ...]) -> tuple[tuple[str, int], ...]:
    exponents: dict[str, int] = {}
    for node, sign in zip(found, signs, strict=True):
        for base, exponent in _units(node):
            exponents[base] = exponents.get(base, 0) + sign * exponent
    return tuple(sorted((base, exponent) for base, exponent in exponents.items() if exponent))


def _units(node: Node) -> tuple[tuple[str, int], ...]:
    match node:
        case Value(value):
            if not value.units:
                raise NotUnderstoodError("a number without a unit")
            return dimension(value.units)
        case Binary("/", left, right):
            return _dimension([left, right], (1, -1))
        case Binary("+" | "-", left, _):
            return _units(left)
        case _:
            raise NotUnderstoodError("no quantity")


def _joined(found: list[Node], signs: tuple[int, ...]) -> Node:
    above = [node for node, sign in zip(found, signs, strict=True) if sign > 0]
    below = [node for node, sign in zip(found, signs, strict=True) if sign < 0]
    result = above[0]
    for node in above[1:]:
        result = Binary("*", result, node)
    for node in below:
        result = Binary("/", result, node)
    return result
