"""Mixtures: how much of one must be added to another, or what becomes of both; parts in percent or prices by weight."""

import re

LONGEST = 300
_UNIT = r"(?:litres?|liters?|l|ml|gallons?|kg|g|grams?|pounds?)"
_AMOUNT = r"(?P<{0}>[0-9][0-9,]{{0,8}}(?:\.[0-9]{{1,4}})?) ?(?P<{0}_unit>" + _UNIT + ")"
_PERCENT = r"(?P<{0}>[0-9]{{1,2}}(?:\.[0-9]{{1,4}})?|100) ?(?:%|percent)"
_STUFF = (
    r"(?: (?:an? )?(?:[a-z]+ ){0,2}"
    r"(?:solution|acid|alcohol|alloy|salt|saline|water|mixture|syrup|juice|brine|antifreeze))?"
)
_TO = (
    r"(?: in order)?,? to (?:get|make|obtain|produce|give|have|make it|raise it to|reduce it to|dilute it to)(?: it)?"
    r"(?: an?| the)?(?: mixture| solution)?(?: (?:that is|of|with))?(?: an?)? "
)
_MIXED = (
    r"(?:must|should|do (?:i|we|you) (?:have to |need to )?|need to|has to|have to|needs to)?(?: be)?"
    r" ?(?:mix|mixed|add|added|combined?)"
)
_FIRST = _PERCENT.format("first")
_SECOND = _PERCENT.format("second")
_TARGET = _PERCENT.format("target")
_KNOWN = rf"{_AMOUNT.format('amount')} of (?:an? )?(?:the )?{_SECOND}{_STUFF}"
_ADDED = re.compile(
    rf"how (?:many {_UNIT}|much)(?: of)?(?: an?| the)? (?:{_FIRST}{_STUFF}|(?P<water>(?:pure |distilled )?water))"
    rf" {_MIXED} (?:with|to) {_KNOWN}{_TO}{_TARGET}{_STUFF}",
    re.IGNORECASE,
)
_BOTH = re.compile(
    rf"(?:if )?(?:(?:i|we|you) )?(?:mix|combine|add) {_AMOUNT.format('one')} of (?:an? )?{_FIRST}{_STUFF}"
    rf" (?:with|and|to) {_AMOUNT.format('two')} of (?:an? )?{_SECOND}{_STUFF}"
    r"[.,;]? (?:what (?:is|will be)|find) (?:the |its )?(?:(?:final|resulting|new) )?"
    r"(?:concentration|percentage|strength)(?: of (?:the|this) (?:mixture|solution|result))?",
    re.IGNORECASE,
)


def read_mixture(text: str) -> tuple[str, list[str]] | None:
    """`added`: the known amount with its unit, its percent, that of what is added, the target; `both`: two of each.

    None for any other text.
    """
    if len(text) > LONGEST:
        return None
    if match := _ADDED.fullmatch(text):
        amount = f"{match['amount']} {match['amount_unit']}"
        return "added", [amount, match["second"], match["first"] or "0", match["target"]]
    if match := _BOTH.fullmatch(text):
        one, two = (f"{match[name]} {match[name + '_unit']}" for name in ("one", "two"))
        return "both", [one, match["first"], two, match["second"]]
    return None
