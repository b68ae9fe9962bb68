"""Averages with weights, standard scores, and two lists that belong together."""

import re

from app.language.lists import items
from app.language.numbers import NUMBER

LONGEST = 600
_NUMBER = r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?"
_LIST = "[-0-9.][-0-9., and]*[0-9]"
_WEIGHTED = re.compile(
    rf"(?:the )?weighted (?:mean|average) of (?P<values>{_LIST}),? (?:with|by|using)(?: the)? weights? (?:of"
    rf" )?(?P<weights>{_LIST})",
    re.IGNORECASE,
)
_SCORE = re.compile(
    rf"(?:the )?(?:z-?score|standard score) (?:of|for) (?:a value of )?(?P<x>{_NUMBER}),?"
    rf" (?:with|if|when|given)(?: an?| the)? mean"
    rf"(?: of| is| =)? (?P<mean>{_NUMBER}),? and(?: an?| the)? standard deviation(?: of| is| =)? (?P<sd>{_NUMBER})",
    re.IGNORECASE,
)
_SHORT = "[-0-9.][-0-9., ]*[0-9]"
_X = rf"(?:x ?= ?|\[|\()?(?P<x>{_SHORT})[\])]?"
_Y = rf"(?:y ?= ?|\[|\()?(?P<y>{_SHORT})[\])]?"
_PAIRS = re.compile(
    rf"(?:the )?(?P<way>(?:linear )?regression(?: line)?|line of best fit|correlation(?: coefficient)?)"
    rf" (?:of|between|for|through)"
    rf" {_X},? (?:and|with) {_Y}",
    re.IGNORECASE,
)


def as_average(text: str) -> str | None:
    """The formula for a weighted mean or a standard score; None for any other text."""
    if len(text) > LONGEST:
        return None
    if match := _SCORE.fullmatch(text):
        return f"(({match['x']}) - ({match['mean']})) / ({match['sd']})"
    match = _WEIGHTED.fullmatch(text)
    if not match:
        return None
    values, weights = (_numbers(match[name]) for name in ("values", "weights"))
    if len(values) != len(weights) or not values:
        return None
    products = " + ".join(f"({value}) * ({weight})" for value, weight in zip(values, weights, strict=True))
    return f"({products}) / ({' + '.join(weights)})"


def pairs(text: str) -> tuple[str, str] | None:
    """What is asked of two lists of one length, correlation or regression, and both as a table of x and y."""
    match = _PAIRS.fullmatch(text) if len(text) <= LONGEST else None
    if not match:
        return None
    x, y = (_numbers(match[name]) for name in ("x", "y"))
    if len(x) != len(y) or not x:
        return None
    table = "\n".join(["x,y", *(f"{one},{other}" for one, other in zip(x, y, strict=True))])
    return "correlation" if match["way"].lower().startswith("correlation") else "regression", table


def _numbers(text: str) -> list[str]:
    """The numbers of a list, without the commas that group digits; none of what is something else."""
    found = items(text)
    if len(found) < 2 or not all(re.fullmatch(rf"-?{NUMBER}", item) for item in found):
        return []
    return [item.replace(",", "") for item in found]
