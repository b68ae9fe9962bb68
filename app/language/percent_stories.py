"""Exercises on percentages as formulas: prices before a discount or tax, one discount after another, growth,"
" profit."""

import re

LONGEST = 300
_V = (
    r"(?P<v>(?:[$€£¥₹] ?)?[0-9](?:[0-9,]{0,14}[0-9])?(?:\.[0-9]{1,6})?"
    r"(?: (?!(?:out|bill|after|with|and|by|at)\b)[a-z]{3,8})?)"
)
_W = _V.replace("?P<v>", "?P<w>")
_P = r"(?P<p>[0-9]{1,4}(?:\.[0-9]{1,6})?) ?(?:%|percent|per cent)"
_Q = _P.replace("?P<p>", "?P<q>")
_N = r"(?P<n>[0-9]{1,4})"
_TAX = r"(?:vat|sales tax|value added tax|gst|tax)"
_OFF = r"(?:discount|reduction|rebate|markdown|price cut|price reduction)"
_THING = r"(?:(?:an?|the|my|this|that) )?(?:[a-z-]+ ){0,3}?[a-z-]+"
_UP = r"(?:rises?|rose|increases?|increased|grows?|grew|goes up|went up|climbs?|climbed|has risen|has increased)"
_DOWN = (
    r"(?:falls?|fell|decreases?|decreased|drops?|dropped|goes down|went down|shrinks?|shrank|has fallen|sinks?|sank)"
)
_COSTS = r"(?:costs?|is|was|sells for|sold for|comes to|costs me)"
_BEFORE = r"(?:original|regular|normal|full|old|list|initial)"
_ASK = r"(?:what (?:is|was)|what's|find|calculate|work out)"
_LATER = r"(?:after|in|over)"
_I = r"(?:i|we|he|she|you|they)"
_MY = r"(?:my|the|our|his|her|your|their)"
# Bought for v, sold for w.
_TRADE = (
    rf"(?:if )?{_I} (?:bought|buy) {_THING} (?:for|at) {_V},? and (?:sold|sell) (?:them|it|this|that) (?:for|at)"
    rf" {_W}[.,;]?"
)
# What v must do to become w: `must 80 be increased to give 100`.
_MUST = rf"(?:must|should|does|did|do|has) {_V} (?:have to |to )?(?:be )?"
_GROWN = r"(?:increased?|raised?|grow|change|rise)"
_SHRUNK = r"(?:decreased?|reduced?|lowered|fall|drop|shrink)"
_REACHES = rf"(?:to )?(?:give|get|reach|become|be|equal)? ?(?:to )?{_W}"

# v, w: amounts; p, q: percents; n: a count. Each template is a question for the parser.
_FORMS: tuple[tuple[str, str], ...] = (
    (
        (rf"(?:after|with) (?:an? )?{_P} {_OFF},? {_THING} {_COSTS} {_V}[.,;]? (?:{_ASK} )?(?:the|its) {_BEFORE}"
        rf" (?:price|cost)"
        r"(?: before the discount)?"),
        "whole ({v}); 100 - {p}",
    ),
    (
        rf"{_THING} {_COSTS} {_V} after (?:an? )?{_P} {_OFF}[.,;]? (?:{_ASK} )?(?:the|its) {_BEFORE} (?:price|cost)",
        "whole ({v}); 100 - {p}",
    ),
    (
        (rf"(?:the )?{_BEFORE} price (?:of {_THING} )?(?:if|when) (?:it|the (?:sale )?price) {_COSTS} {_V} after"
        rf" (?:an? )?{_P} {_OFF}"),
        "whole ({v}); 100 - {p}",
    ),
    (
        (rf"(?:the )?(?:net|pre-?tax) (?:price|amount|value|sum) (?:of|for|in|if|when) {_V}"
        rf" (?:including|with|incl\.?|includes) {_P}"
        rf" {_TAX}"),
        "whole ({v}); 100 + {p}",
    ),
    (
        (rf"{_V} (?:including|incl\.?|gross with) {_P} {_TAX}[.,;]? (?:{_ASK} )?(?:the )?(?:net|pre-?tax)"
        rf" (?:price|amount|value|sum)"),
        "whole ({v}); 100 + {p}",
    ),
    ((rf"(?:the )?price (?:without|before|excluding) {_TAX} (?:of|if|when|for) {_V} (?:includes|including)"
    rf" {_P}(?: {_TAX})?"),
     "whole ({v}); 100 + {p}"),
    (
        (rf"(?:how much|{_ASK})? ?(?:the )?{_TAX} (?:is )?(?:included|contained)? ?in {_V},? (?:at|with|if the"
        rf" rate is)"
        rf" {_P}(?: {_TAX})?"),
        "({v}) * {p} / (100 + {p})",
    ),
    (
        (rf"(?:the |an? )?(?:price|bill|amount|total) (?:including|with) {_P} {_TAX} (?:is|of) {_V}[.,;]? {_ASK}"
        rf" (?:the )?{_TAX}"),
        "({v}) * {p} / (100 + {p})",
    ),
    (
        (rf"{_THING} (?:costs?|costing|priced at|is priced at|was) {_V}[.,;]? (?:it )?(?:is|was|gets?) (?:first"
        rf" )?(?:reduced|discounted|cut)"
        rf" by {_P},? (?:and )?(?:then )?(?:by )?(?:a further |another |again by |then )?{_Q}[.,;]? {_ASK}"
        rf" (?:the|its)"
        r" (?:final|new|end|sale) price"),
        "({v}) * (1 - {p} / 100) * (1 - {q} / 100)",
    ),
    (
        (rf"(?:what |which )?(?:the )?single (?:percentage )?{_OFF} (?:is |would be )?(?:equivalent|equal) to"
        rf" (?:successive discounts of )?{_P}"
        rf"(?: {_OFF})? (?:followed by|and then|then|and) (?:an? (?:further )?)?{_Q}(?: {_OFF})?"),
        "share 1 - (1 - {p} / 100) * (1 - {q} / 100); 1",
    ),
    (
        (rf"(?:split|share|divide) (?:an? |the )?{_V}(?: bill| check)? (?:with|plus|including) (?:an? )?{_P}"
        rf" (?:tip|service charge)"
        rf" (?:between|among|by|evenly between|equally between) {_N} (?:people|friends|persons|of us)"),
        "({v}) * (1 + {p} / 100) / {n}",
    ),
    (
        (rf"(?:if )?{_THING} of {_V} (?:grows|increases|rises) (?:by|at) {_P} (?:per year|a year|each year|every"
        rf" year|annually|yearly),?"
        rf" (?:how (?:big|large|many|much) (?:is|will|would|are) (?:it|they|there|this)(?: be)?|{_ASK} (?:it|its"
        rf" size|the population))"
        rf"(?: be)? {_LATER} {_N} years"),
        "({v}) * (1 + {p} / 100) ^ {n}",
    ),
    (
        (rf"(?:if )?{_THING} (?:worth|of|costing) {_V} (?:loses|depreciates(?: by)?|shrinks by|falls"
        rf" by|decreases by) {_P}(?: of its value)?"
        rf" (?:per year|a year|each year|every year|annually|yearly),? (?:what|how much) (?:is|will|would)"
        rf" (?:it|its value)(?: be)?"
        rf"(?: worth)? {_LATER} {_N} years"),
        "({v}) * (1 - {p} / 100) ^ {n}",
    ),
    (
        (rf"{_TRADE} {_ASK} {_MY} (?:(?:percentage|percent|%) (?:profit|loss|gain|return)|return"
        rf"|(?:profit|loss|gain|return) (?:in percent|percentage|percent|as an? percent(?:age)?))"),
        "change ({v}); ({w})",
    ),
    (rf"{_TRADE} (?:{_ASK} {_MY}|how much) (?:profit|gain)(?: (?:do|did|does|have) {_I} (?:make|made))?",
     "({w}) - ({v})"),
    (rf"{_TRADE} (?:{_ASK} {_MY}|how much) loss(?: (?:do|did|does|have) {_I} (?:make|made))?", "({v}) - ({w})"),
    (rf"{_TRADE} how much (?:do|did|does|have) {_I} (?:gain|make|earn|earned|made|gained)", "({w}) - ({v})"),
    (rf"{_TRADE} how much (?:do|did|does|have) {_I} (?:lose|lost)", "({v}) - ({w})"),
    (
        (rf"(?:if )?{_THING} (?:{_UP}|{_DOWN}|changes?|changed|went) from {_V} to {_W}[.,;]? (?:by )?(?:{_ASK}"
        rf" )?(?:the|what)"
        r" (?:percentage|percent) (?:(?:of )?(?:increase|decrease|change|rise|fall|drop|growth)|did it"
        r" (?:rise|fall|change|grow))"),
        "change ({v}); ({w})",
    ),
    (rf"by (?:what|how many) (?:percentage|percent|%) {_MUST}(?:{_GROWN}|{_SHRUNK}) {_REACHES}", "change ({v}); ({w})"),
    (rf"by (?:what|how much) (?:amount )?{_MUST}{_GROWN} {_REACHES}", "({w}) - ({v})"),
    (rf"by (?:what|how much) (?:amount )?{_MUST}{_SHRUNK} {_REACHES}", "({v}) - ({w})"),
    (rf"what (?:percent|percentage|%) is {_V} (?:out )?of {_W}", "share ({v}); ({w})"),
    ((rf"(?:an? )?(?:score|mark|grade|result)? ?(?:of )?{_V} (?:out of|of|from) {_W},? (?:as|in) (?:an?"
    rf" )?(?:percentage|percent|%)"),
     "share ({v}); ({w})"),
    (r"(?P<v>[0-9./]{1,20}) (?:as|in|to|into) (?:an? )?(?:percentage|percent|%)", "share ({v}); 1"),
)  # fmt: skip
_COMPILED = [(re.compile(form, re.IGNORECASE), template) for form, template in _FORMS]
_POINTS = re.compile(
    rf"(?:if )?{_THING} (?:{_UP}|{_DOWN}|changed|changes) from {_P} to {_Q}[.,;]? by how many (?:percentage )?points"
    r"(?:,? and by how many percent| and percent)?",
    re.IGNORECASE,
)

# For other exercises on percentages.
AMOUNT, OTHER_AMOUNT, PERCENT, THING, ASK = _V, _W, _P, _THING, _ASK


def as_percentage(text: str) -> tuple[str, str, str] | None:
    """Kind and two formulas, as in Percentage; kind is empty for a formula alone. None for any other text."""
    if len(text) > LONGEST:
        return None
    for form, template in _COMPILED:
        if match := form.fullmatch(text):
            return formula_of(template, match)
    return None


def formula_of(template: str, match: re.Match[str]) -> tuple[str, str, str]:
    """The kind and the formulas of a form: `share ({v}); ({w})`, or a formula alone."""
    formula = template.format(**match.groupdict())
    kind, _, rest = formula.partition(" ")
    if kind not in {"whole", "share", "change"}:
        return "", formula, ""
    first, _, second = rest.partition("; ")
    return (kind, second, first) if kind == "whole" else (kind, first, second)


def in_points(text: str) -> tuple[str, str] | None:
    """The two percents of a change that is asked for in points and in percent."""
    match = _POINTS.fullmatch(text) if len(text) <= LONGEST else None
    return (match["p"], match["q"]) if match else None
