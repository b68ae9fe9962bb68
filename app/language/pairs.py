"""Stories of two unknown numbers as two linear equations: ages, prices, heads and legs, tickets, rectangles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from app.language.quantity import Units
from app.language.unit_parser import CURRENCY_SIGNS

LONGEST = 300
_N = r"[0-9]{1,9}(?:\.[0-9]{1,4})?"


def _money(name: str) -> str:
    """A form of an amount, whose groups have this name."""
    return (
        rf"(?P<{name}_sign>[$€£]?) ?(?P<{name}>{_N})"
        rf"(?: ?(?P<{name}_unit>eur|usd|gbp|euros?|dollars?|pounds?))?"
    )


_TIMES = rf"(?:(?P<times>{_N}) times|(?P<twice>twice)|(?P<thrice>3 times|thrice))"
_POSSESSIVE = r"(?:his |her |the |my |their )?"
_TOGETHER = (
    r"(?:the sum of their ages is|their ages (?:add up|sum) to|(?:together|in total)(?:,? they)? are"
    r"|their total age is)"
    rf" (?P<sum>{_N})(?: years(?: old)?)?"
)
_WHO = r"[.;,]? how old is (?:the |my |his |her )?(?P<asked>[a-z]+)(?: now)?"
_AGES = re.compile(
    rf"(?:an?|the|my)? ?(?P<one>[a-z]+) is (?P<more>{_N}) years (?P<way>older|younger) than {_POSSESSIVE}"
    rf"(?P<other>[a-z]+)(?:[.;,]| and) {_TOGETHER}{_WHO}",
    re.IGNORECASE,
)
_TIMES_AGES = re.compile(
    rf"(?:an?|the|my)? ?(?P<one>[a-z]+) is (?:now )?{_TIMES} (?:as old as|the age of) {_POSSESSIVE}(?P<other>[a-z]+)"
    rf"(?:[.;,]| and) {_TOGETHER}{_WHO}",
    re.IGNORECASE,
)
_PRICES = re.compile(
    rf"(?:an?|the) (?P<one>[a-z]+) and (?:an?|the) (?P<other>[a-z]+) (?:together )?cost {_money('sum')}"
    rf"(?: together| in total| altogether)?[.;,]? (?:and )?the (?P<costly>[a-z]+) costs {_money('more')}"
    rf" (?P<way>more|less) than the (?P<cheap>[a-z]+)[.;,]? (?:how much does|what does) the (?P<asked>[a-z]+) cost",
    re.IGNORECASE,
)
_LEGS = {"chicken": 2, "hen": 2, "duck": 2, "bird": 2, "ostrich": 2, "rabbit": 4, "cow": 4, "pig": 4, "sheep": 4,
         "goat": 4, "horse": 4, "dog": 4, "cat": 4}  # fmt: skip
_HEADS = re.compile(
    r"(?:an? farmer (?:has|keeps)|an? farm has|there are|in a cage (?:there )?are)(?: only)? (?P<one>[a-z]+) and"
    r" (?P<other>[a-z]+)(?: (?:in|on) [a-z ]{1,20})?[.;,]?(?: (?:with|in total|together|there are|they have))?"
    rf" (?P<heads>{_N}) heads and (?P<legs>{_N}) (?:legs|feet)(?: in total| altogether)?[.;,]?"
    r" how many (?P<asked>[a-z]+)(?: are there| does (?:he|she|the farmer|it) (?:have|keep))?",
    re.IGNORECASE,
)
_TICKETS = re.compile(
    rf"(?P<one>[a-z]+) tickets cost {_money('first')}(?: each)?,? and (?P<other>[a-z]+) tickets (?:cost )?"
    rf"{_money('second')}(?: each)?[.;,]? (?:if )?(?P<count>{_N}) tickets (?:were|are) sold for"
    rf" (?:a total of )?{_money('sum')}(?: in total)?[.;,]? how many (?P<asked>[a-z]+)(?: tickets)?"
    r"(?: (?:were|are) (?:sold|there))?",
    re.IGNORECASE,
)
_RECTANGLE = re.compile(
    rf"(?:the )?perimeter of an? rectangle is (?P<perimeter>{_N})(?: ?(?P<unit>mm|cm|m|km|ft|in))?[.;,]?"
    rf" (?:and )?(?:the|its) length is (?:{_TIMES} (?:the|its) width|(?P<more>{_N})(?: ?(?:mm|cm|m|km|ft|in))?"
    r" (?:more|longer) than (?:the|its) width)[.;,]? (?:what is|find|calculate) (?:the|its)"
    r" (?P<asked>length|width|area)(?: of the rectangle)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pair:
    """Two equations a·x + b·y = c, what of x and y is asked, its unit, and whether both must be whole."""

    equations: tuple[tuple[Fraction, Fraction, Fraction], tuple[Fraction, Fraction, Fraction]]
    wanted: str
    unit: Units = ()
    whole: bool = False


def read_pair(text: str) -> Pair | None:
    """The story's equations; None for any other text, or if somebody else is asked for."""
    if len(text) > LONGEST or not re.search("[0-9]", text):
        return None
    for form, read in ((_AGES, _ages), (_TIMES_AGES, _ages), (_PRICES, _prices), (_HEADS, _heads),
                       (_TICKETS, _tickets), (_RECTANGLE, _rectangle)):  # fmt: skip
        if match := form.fullmatch(text):
            return read(match)
    return None


def _which(match: re.Match[str], one: str, other: str) -> str:
    """x for the first, y for the second, empty for anyone else."""
    asked = match["asked"].lower()
    return "x" if asked == one.lower() else "y" if asked == other.lower() else ""


def _times(match: re.Match[str]) -> Fraction:
    return Fraction(2) if match["twice"] else Fraction(3) if match["thrice"] else Fraction(match["times"])


def _equations(first: tuple[object, object, object], second: tuple[object, object, object]) -> tuple[
    tuple[Fraction, Fraction, Fraction], tuple[Fraction, Fraction, Fraction]
]:  # fmt: skip
    one, two = (tuple(Fraction(str(value)) for value in equation) for equation in (first, second))
    return (one[0], one[1], one[2]), (two[0], two[1], two[2])


def _ages(match: re.Match[str]) -> Pair | None:
    wanted = _which(match, match["one"], match["other"])
    if "way" in match.groupdict():
        more = Fraction(match["more"]) * (1 if match["way"].lower() == "older" else -1)
        return Pair(_equations((1, 1, match["sum"]), (1, -1, more)), wanted, (("year", 1),)) if wanted else None
    return Pair(_equations((1, 1, match["sum"]), (1, -_times(match), 0)), wanted, (("year", 1),)) if wanted else None


def _currency(match: re.Match[str], *names: str) -> Units | None:
    """The only currency of these amounts; None where there are several."""
    codes = {"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pound": "GBP", "pounds": "GBP"}
    found = set()
    for name in names:
        if sign := match[f"{name}_sign"]:
            found.add(CURRENCY_SIGNS[sign])
        elif unit := match[f"{name}_unit"]:
            found.add(codes.get(unit.lower(), unit.upper()))
    return None if len(found) > 1 else ((found.pop(), 1),) if found else ()


def _prices(match: re.Match[str]) -> Pair | None:
    one, other = match["costly"], match["cheap"]
    wanted, unit = _which(match, one, other), _currency(match, "sum", "more")
    if not wanted or unit is None or {one.lower(), other.lower()} != {match["one"].lower(), match["other"].lower()}:
        return None
    more = Fraction(match["more"]) * (1 if match["way"].lower() == "more" else -1)
    return Pair(_equations((1, 1, match["sum"]), (1, -1, more)), wanted, unit)


def _heads(match: re.Match[str]) -> Pair | None:
    legs = [
        _LEGS.get(match[name].lower().removesuffix("s")) or _LEGS.get(match[name].lower()) for name in ("one", "other")
    ]
    wanted = _which(match, match["one"], match["other"])
    if not wanted or None in legs or legs[0] == legs[1]:
        return None
    return Pair(_equations((1, 1, match["heads"]), (legs[0], legs[1], match["legs"])), wanted, whole=True)


def _tickets(match: re.Match[str]) -> Pair | None:
    wanted = _which(match, match["one"], match["other"])
    if not wanted or _currency(match, "first", "second", "sum") is None:
        return None
    return Pair(_equations((1, 1, match["count"]), (match["first"], match["second"], match["sum"])), wanted, whole=True)


def _rectangle(match: re.Match[str]) -> Pair:
    second = (1, -1, match["more"]) if match["more"] else (1, -_times(match), 0)
    unit = ((match["unit"].lower(), 1),) if match["unit"] else ()
    wanted = {"length": "x", "width": "y", "area": "product"}[match["asked"].lower()]
    return Pair(_equations((2, 2, match["perimeter"]), second), wanted, unit)
