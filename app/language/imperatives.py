"""Arithmetic in words as a formula: `add 5 to 3` is `(3) + (5)`, `round 2.345 to 2 decimals` is `round(2.345, 2)`.

What is left out is said of the result before, whose mark then stands in front: `multiply by 3` after a step.
"""

import re

from app.language.chances import CHANCES, as_bag
from app.language.errors import NotUnderstoodError
from app.language.lists import is_loose
from app.language.references import MARK
from app.language.series import as_series

LONGEST = 400
_A, _B = r"(?P<a>.+?)", r"(?P<b>.+)"
# One operand: with a sign outside brackets it might be two.
_T = r"(?P<t>.+)"
_PLAIN = r"(?![^,]{0,60}(?:%|percent|per cent))[0-9][^,]{0,60}?"
_IT = rf"(?P<it>{MARK}) "
_ROUND, _ROUNDED = "(?:round )?(?:off )?", "(?:,? rounded| correct)?(?: off)?"
_PLACES = r"(?P<places>[0-9]{1,2}) (?:decimals?|decimal places?|d\.?p\.?|digits?|places?)(?: after the point)?"
_FIGURES = r"(?P<figures>[0-9]{1,2}) (?:significant (?:figures?|digits?)|s\.?f\.?|sig figs?)"
_NEAREST = {
    "whole number": "0", "whole": "0", "integer": "0", "unit": "0", "one": "0", "1": "0", "euro": "0", "dollar": "0",
    "tenth": "1", "hundredth": "2", "cent": "2", "penny": "2", "thousandth": "3",
    "10": "-1", "hundred": "-2", "100": "-2", "thousand": "-3", "1000": "-3", "1,000": "-3", "10000": "-4",
    "10,000": "-4", "million": "-6",
}  # fmt: skip
_NEAREST_TO = rf"(?:the )?nearest (?P<nearest>{'|'.join(sorted(_NEAREST, key=len, reverse=True))})s?"
_AMONG = "(?:by|among|between|into)"
_SHARERS = "(?:people|persons|parts|ways|friends|shares|children|months|days)"
# A difference of temperatures has no zero to shift.
_CELSIUS, _FAHRENHEIT = r"(?:degrees? |°)? ?(?:c|celsius)", r"(?:degrees? |°)? ?(?:f|fahrenheit)"
_RISE = r"(?:an? )?temperature (?:rise|drop|difference|change|increase|decrease|fall) of (?P<a>[0-9.]{1,8}) ?"
_DEGREES_C, _DEGREES_F = f"{_RISE}{_CELSIUS}", f"{_RISE}{_FAHRENHEIT}"
_IS_IN = "(?:is (?:how many|what in)|in|to|equals how many)"
# What is rounded is the result of all that stands before.
_ROUNDING: tuple[tuple[str, str], ...] = (
    (rf"{_IT}round(?:ed)?(?: it)? to {_PLACES}", "round({it}, {places})"),
    (rf"{_IT}round(?:ed)?(?: it)? to {_FIGURES}", "significant({it}; {figures})"),
    (rf"{_IT}round(?:ed)?(?: it)? to {_NEAREST_TO}", "round({it}, {nearest})"),
    (rf"{_ROUND}{_A}{_ROUNDED} to {_PLACES}", "round(({a}), {places})"),
    (rf"{_ROUND}{_A}{_ROUNDED} to {_FIGURES}", "significant(({a}); {figures})"),
    (rf"{_ROUND}{_A}{_ROUNDED} to {_NEAREST_TO}", "round(({a}), {nearest})"),
    (rf"{_IT}round(?: it)?", "round({it})"),
    (rf"round {_B}", "round({b})"),
)
_FORMS: tuple[tuple[str, str], ...] = (
    (r"(?P<a>-[0-9.]{1,20}) factorial", "({a})!"),
    (rf"(?:the )?remainder (?:of|when|from|if) {_A} (?:is )?divided by {_T}", "({a}) mod ({t})"),
    (rf"how (?:many times|often) does {_A} (?:go|fit) in(?:to)? {_B}", "({b}) / ({a})"),
    (rf"what (?:fraction|part) of {_A} is {_B}", "({b}) / ({a})"),
    (rf"how much (?:more|greater|larger|bigger|higher) is {_A} than {_T}", "({a}) - ({t})"),
    (rf"how much (?:less|smaller|lower) is {_T} than {_A}", "({a}) - ({t})"),
    (rf"(?P<t>{_PLAIN}) (?:less|fewer|smaller) than {_B}", "({b}) - ({t})"),
    (rf"(?P<t>{_PLAIN}) (?:more|greater|larger) than {_B}", "({b}) + ({t})"),
    (r"(?P<a>[0-9.]{1,12}) ?(?:degrees?|°) (?:in|to|as) rad(?:ian)?s?", "({a}) * pi / 180"),
    (r"(?P<a>[0-9.*/ ]{0,12}?(?:pi|π)?[0-9./ ]{0,8}) rad(?:ian)?s? (?:in|to|as) degrees?", "({a}) * 180 / pi"),
    (rf"{_DEGREES_C} {_IS_IN} {_FAHRENHEIT}", "({a}) * 9 / 5"),
    (rf"{_DEGREES_F} {_IS_IN} {_CELSIUS}", "({a}) * 5 / 9"),
    (
        (r"(?P<a>[0-9.]{1,8}) ?(?:l|litres?|liters?) ?(?:per|/) ?100 ?km (?:in|to|into) (?:us )?(?:mpg|miles per"
        r" gallon)"),
        "100 km / ({a} l) in miles per gallon",
    ),
    (
        (r"(?P<a>[0-9.]{1,8}) ?(?:us )?(?:mpg|miles per gallon) (?:in|to|into) ?(?:l|litres?|liters?) ?(?:per|/)"
        r" ?100 ?km"),
        "100 km / ({a} miles per gallon) in litres",
    ),
    (r"(?P<a>[0-9][0-9.,/ ]{0,12} ?[a-z]{1,12}) of [a-z]{2,15} (?P<b>(?:in|to|into) .{1,30})", "{a} {b}"),
    (rf"add {_A} to {_B}", "({b}) + ({a})"),
    (rf"add {_A} and {_B}", "({a}) + ({b})"),
    (rf"{_IT}(?:add|plus) {_B}", "{it} + ({b})"),
    (rf"(?:subtract|take away|take|deduct|remove) {_A} (?:away )?from {_B}", "({b}) - ({a})"),
    (rf"{_IT}(?:subtract|take away|take|deduct|remove|minus|less) {_T}", "{it} - ({t})"),
    (rf"multiply {_A} (?:by|with|and) {_T}", "({a}) * ({t})"),
    (rf"{_IT}multiply (?:by|with) {_T}", "{it} * ({t})"),
    (rf"(?:divide|split|share) {_A} (?:equally )?{_AMONG} {_B} {_SHARERS}", "({a}) / ({b})"),
    (rf"(?:divide|split) {_A} by {_T}", "({a}) / ({t})"),
    (rf"{_A} (?:split|shared|divided) (?:equally )?{_AMONG} (?P<b>[0-9]+|{MARK})(?: {_SHARERS})?", "({a}) / ({b})"),
    (rf"{_IT}(?:divide|split|share) (?:equally )?{_AMONG} (?P<b>\S+)(?: {_SHARERS})?", "{it} / ({b})"),
    (rf"raise {_A} to the (?:power(?: of)? )?(?P<b>[-0-9.]+)(?:st|nd|rd|th)?(?: power)?", "({a}) ^ ({b})"),
    (rf"{_IT}raise to the (?:power(?: of)? )?(?P<b>[-0-9.]+)(?:st|nd|rd|th)?(?: power)?", "{it} ^ ({b})"),
    (rf"{_IT}(?:square|squared)(?: it)?", "{it} ^ 2"),
    (rf"{_IT}(?:cube|cubed)(?: it)?", "{it} ^ 3"),
    (rf"square (?!root|of){_T}", "({t}) ^ 2"),
    (rf"cube (?!root|of){_T}", "({t}) ^ 3"),
    (rf"{_IT}double(?: it)?", "{it} * 2"),
    (rf"{_IT}triple(?: it)?", "{it} * 3"),
    (rf"{_IT}halve(?: it)?", "{it} / 2"),
    (rf"(?:the )?(?P<degree>[0-9]{{1,3}})(?:st|nd|rd|th) root of {_T}", "({t}) ^ (1/{degree})"),
    (rf"{_IT}(?:take )?(?:its |the )?square root(?: of it)?", "sqrt({it})"),
    (r"take (?P<a>(?:the )?(?:square|cube) root of .+)", "{a}"),
)  # fmt: skip
# The same for what other tools compute: the mean of a list, a monthly payment.
ROUNDED = re.compile(rf"{_ROUND}{_A}{_ROUNDED} to (?:{_PLACES}|{_FIGURES})", re.IGNORECASE)
_COMPILED = [(re.compile(form, re.IGNORECASE), template) for form, template in (*CHANCES, *_ROUNDING, *_FORMS)]


def as_formula(text: str) -> str:
    """`text` as a formula, or as it is if it is none of the forms above.

    Raises NotUnderstoodError where signs after an operand in words leave open what that is: `divide 10 by 2 plus 3`.
    """
    if len(text) > LONGEST:
        return text
    if (formula := as_series(text) or as_bag(text)) is not None:
        return formula
    for form, template in _COMPILED:
        if match := form.fullmatch(text):
            parts = {name: value or "" for name, value in match.groupdict().items()}
            if is_loose(parts.get("t", "")):
                raise NotUnderstoodError(parts["t"])
            if "nearest" in parts:
                parts["nearest"] = _NEAREST[parts["nearest"].lower()]
            return template.format(**{name: as_formula(value) for name, value in parts.items()})
    return text
