"""Everyday questions of percent as formulas: sales, what is so much more or less, margins, parts of a group."""

import re

from app.language.percent_stories import AMOUNT, ASK, LONGEST, OTHER_AMOUNT, PERCENT, THING, formula_of

_PRICED = rf"{THING} (?:(?:is |was )?(?:originally )?(?:costs?|costing|priced(?: at)?)|was) {AMOUNT}[.,;]?"
_NOW = r"(?: and| but)?(?: it)?(?: is|'s)?(?: now)?(?: on sale (?:for|at|with))?(?: reduced by| discounted by)?"
_HOW_MUCH = (
    rf"(?:{ASK} (?:the|its) (?:(?:sale|new|final|reduced|discounted) )?price"
    r"|how much (?:do|does|will|must) (?:i|you|we|it) (?:have to )?(?:pay|cost))(?: for it)?(?: now)?"
)
_MORE, _LESS = r"(?:more|greater|larger|higher|bigger)", r"(?:less|smaller|lower|fewer)"
_PERCENTS = r"(?:what|how many) (?:percent|percentage|%)"
_COST_AND_PRICE = (
    rf"(?:if|when|for|with)(?: the)? cost (?:price )?(?:is|of) {AMOUNT},?(?: and)?(?: the)?(?: selling)? price"
    rf" (?:is|of) {OTHER_AMOUNT}"
)
_FORMS: tuple[tuple[str, str], ...] = (
    (rf"{_PRICED}{_NOW} {PERCENT}(?: off| discount)?[.,;]? {_HOW_MUCH}", "({v}) * (1 - {p} / 100)"),
    (
        (
            rf"(?:in a sale,? )?everything is {PERCENT} off[.,;]? (?:how much|what) does (?:an? |the )?{AMOUNT}"
            r" [a-z]+ cost"
        ),
        "({v}) * (1 - {p} / 100)",
    ),
    (
        rf"(?:if )?{PERCENT} of (?:a|the|some|what) number is {AMOUNT}[.,;]? {ASK} (?:the|that) number",
        "whole ({v}); {p}",
    ),
    (rf"{AMOUNT} is {PERCENT} {_LESS} than what(?: number| amount)?", "whole ({v}); 100 - {p}"),
    (rf"{AMOUNT} is {PERCENT} {_MORE} than what(?: number| amount)?", "whole ({v}); 100 + {p}"),
    (rf"what (?:number|amount) (?:decreased|reduced) by {PERCENT} (?:is|gives) {AMOUNT}", "whole ({v}); 100 - {p}"),
    (rf"what (?:number|amount) (?:increased|raised) by {PERCENT} (?:is|gives) {AMOUNT}", "whole ({v}); 100 + {p}"),
    (rf"{AMOUNT} is {_PERCENTS} {_MORE} than {OTHER_AMOUNT}", "share ({v}) - ({w}); ({w})"),
    (rf"how (?:many|much) percent is {AMOUNT} {_MORE} than {OTHER_AMOUNT}", "share ({v}) - ({w}); ({w})"),
    (rf"{AMOUNT} is {_PERCENTS} {_LESS} than {OTHER_AMOUNT}", "share ({w}) - ({v}); ({w})"),
    (
        rf"(?:the )?(?:percent|percentage|%) (?:decrease|drop|fall|reduction) from {AMOUNT} to {OTHER_AMOUNT}",
        "share ({v}) - ({w}); ({v})",
    ),
    (rf"(?:the )?(?:profit |gross )?margin {_COST_AND_PRICE}", "share ({w}) - ({v}); ({w})"),
    (rf"(?:the )?mark-?up {_COST_AND_PRICE}", "share ({w}) - ({v}); ({v})"),
)
_COMPILED = [(re.compile(form, re.IGNORECASE), template) for form, template in _FORMS]
_GROUP = re.compile(
    r"(?:in (?:an? |the )?(?:class|school|group|company|team|town|village|club) (?:of|with)|of|there are)(?: the)?"
    rf" (?P<n>[0-9][0-9,]{{0,12}}) (?P<all>[a-z]+)(?: in (?:an? |the )?[a-z]+)?[.,;]? {PERCENT}(?: of them)? (?:are|is)"
    r" (?P<some>[a-z]+)[.,;]? how many (?:of them )?(?:are )?(?P<not>not )?(?P<asked>[a-z]+)(?: are there| are in it)?",
    re.IGNORECASE,
)
# In such exercises, who is not the one is the other.
_OTHERS = {"boys": "girls", "girls": "boys", "men": "women", "women": "men", "male": "female", "female": "male",
           "present": "absent", "absent": "present"}  # fmt: skip


def as_everyday(text: str) -> tuple[str, str, str] | None:
    """Kind and two formulas, as as_percentage gives them; None for any other text."""
    if len(text) > LONGEST or not re.search("[0-9]", text):
        return None
    for form, template in _COMPILED:
        if match := form.fullmatch(text):
            return formula_of(template, match)
    match = _GROUP.fullmatch(text)
    if not match:
        return None
    some, asked = match["some"].lower(), match["asked"].lower()
    if asked != some and (_OTHERS.get(some) != asked or match["not"]):
        return None
    rest = asked != some or bool(match["not"])
    return "", f"({match['n']}) * " + (f"(100 - {match['p']}) / 100" if rest else f"{match['p']} / 100"), ""
