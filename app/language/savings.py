"""Questions about savings and loans in sentences: what is asked for, and the amounts, rate, terms and periods"
" in them."""

import re
from dataclasses import dataclass
from fractions import Fraction

LONGEST = 300
PERIODS = {"yearly": 1, "annually": 1, "semi-annually": 2, "semiannually": 2, "half-yearly": 2, "quarterly": 4,
           "monthly": 12, "weekly": 52, "daily": 365}  # fmt: skip
_V = (
    r"(?P<v>(?:[$€£¥₹] ?)?[0-9](?:[0-9,]{0,14}[0-9])?(?:\.[0-9]{1,6})?(?: (?:million|thousand))?"
    r"(?: (?:eur|usd|gbp|chf|euros?|dollars?|yen))?)"
)
_W = _V.replace("?P<v>", "?P<w>")
_RATE = re.compile(
    r",? ?\b(?:(?:at|with|of|for|if|and|earning|paying) )?(?:an? |the"
    r" )?(?:(?:annual|yearly|nominal|interest|discount|growth) )*(?:rate )?(?:of )?"
    r"(?P<rate>[0-9]{1,3}(?:\.[0-9]{1,8})?) ?(?:%|percent|per cent)"
    r"(?: (?:annual|nominal|yearly|compound(?:ed)?(?= interest)|interest|rate|apr|a year|per year|per"
    r" annum|p\.a\.)(?![a-z]))*",
    re.IGNORECASE,
)
_TERM = re.compile(
    r",? ?\b(?P<lead>(?:over|for|in|after|from now in|within)"
    r" )?(?P<count>[0-9]{1,4}(?:\.[0-9]{1,4})?)[ -](?P<unit>year|month)s?(?: from now| later)?\b",
    re.IGNORECASE,
)
_EACH = re.compile(
    rf",? ?\b(?:with )?(?:interest )?(?:nominal )?(?:compounded|compounding|compound|added|credited) (?:interest"
    rf" )?(?P<each>{'|'.join(PERIODS)})|,? (?P<late>{'|'.join(PERIODS)}) compounding",
    re.IGNORECASE,
)
_MONTHLY = r"(?:(?:a|per|each|every) month|monthly)"
_I = r"(?:i|we|you|one|he|she|they)"
_HAVE = (
    rf"[.,;]? ?(?:how much (?:money )?(?:will|do|would|can) (?:{_I}|it|there) (?:have|get|be|be worth|grow"
    rf" to)(?: worth)?"
    r"|what (?:is|will be) (?:it worth|the (?:final|future) (?:value|amount|balance)|my balance)|what will it be"
    r" worth)?"
    r"(?: at the end| then| in the end| saved| in total)?"
)
_KINDS: tuple[tuple[str, str], ...] = (
    (
        "growth",
        (rf"(?:if )?(?:{_I} )?(?:invest|deposit|put|have|save) {_V}(?: (?:in|into) (?:an?|the|my) (?:savings"
        rf" |bank )?account)?"
        rf"(?: (?:earning|with))?(?: compound)?(?: interest)?{_HAVE}"),
    ),
    ("growth", rf"how much (?:will|would|is|are) {_V} (?:be )?(?:worth|grow to|become)"),
    ("growth", (rf"(?:the )?(?:future|final) (?:value|amount) of {_V}(?: invested| deposited)?(?: compound)?(?:"
    rf" interest)?")),
    ("compounded", rf"{_V}(?: (?:invested|deposited|saved))?(?: compound)?(?: interest)?"),
    ("simple", rf"(?:the )?(?:total )?simple interest (?:on|for|of|earned on) {_V}"),
    (
        "savings",
        (rf"(?:if )?(?:{_I} )?(?:save|put aside|put away|invest|deposit|pay in|saving|investing) {_V}"
        rf" {_MONTHLY}(?: interest)?{_HAVE}"),
    ),
    (
        "deposit",
        (rf"how much (?:do|must|should|would|will) {_I} (?:need to |have to )?(?:save|put aside|put"
        rf" away|invest|deposit) {_MONTHLY}"
        rf"(?: for| in order)? ?to (?:reach|have|get|accumulate|save) {_V}(?: interest)?"),
    ),
    (
        "present",
        (rf"how much (?:do|must|should|would|will) {_I} (?:need to |have to )?(?:invest|deposit|put away|set"
        rf" aside|save)(?: today| now)?"
        rf"(?: in order)? to (?:have|get|reach|own) {_V}"),
    ),
    ("present", rf"(?:the )?present value of {_V}(?: due| received| payable)?(?: discounted)?"),
    (
        "doubling",
        (r"how long(?: (?:does|will|would) it take)?(?: for)? ?(?:money|an investment|my money|a sum|capital|savings|an"
        r" amount)? ?to double(?: itself| my money| the money| money| an investment| my savings)?"),
    ),
    ("doubling", r"(?:the )?doubling time(?: of (?:money|an investment|capital))?"),
    ("payoff",
     (rf"how long (?:does|will|would) it take (?:me |us )?to (?:pay off|repay|pay back|clear) (?:an? |my |the"
     rf" )?(?:loan of |debt of )?{_V}"
     rf"(?: loan| debt)?,? (?:by )?(?:paying|with payments of|if {_I} pay|with|at) {_W} {_MONTHLY}")),
    ("effective", (r"(?:the )?(?:effective(?: annual| yearly)?(?: interest)?(?: rate)?|apy|ear|annual percentage"
    r" yield)(?: (?:of|for|on|if|at))?"
     r"(?: an?)?(?: nominal)?(?: rate)?(?: of)?(?: interest)?")),
    (
        "balance",
        (rf"(?:the )?(?:remaining|outstanding) (?:balance|debt|principal|amount|loan)(?: (?:on|of|for))?(?: an?|"
        rf" my| the)?"
        rf"(?: (?:loan|mortgage) (?:of|for|on))? ?{_V}(?: (?:loan|mortgage))?"),
    ),
    ("balance",
     (rf"how much (?:do {_I} (?:still )?owe|is (?:still )?(?:left|owed)|will be left)(?: (?:on|of|for))?(?: an?|"
     rf" my| the)?"
     rf"(?: (?:loan|mortgage) (?:of|for|on))? ?{_V}(?: (?:loan|mortgage))?")),
    (
        "affordable",
        (rf"how (?:big|large|much)(?: of)? an? (?:loan|mortgage) can {_I} (?:afford|get|take|pay)(?: with| for|"
        rf" at| if {_I} (?:can )?pay)?"
        rf" {_V} {_MONTHLY}"),
    ),
    ("affordable", rf"how much can {_I} borrow (?:with|for|at|if {_I} (?:can )?pay) {_V} {_MONTHLY}"),
    ("rate", (rf"(?:the )?(?:what |which )?(?:annual |yearly )?(?:interest |growth )?rate (?:of"
    rf" (?:interest|growth|return) )?"
     rf"(?:turns|grows|makes|is needed to (?:turn|grow)|takes|from) {_V} (?:in)?to {_W}")),
    ("rate", (rf"(?:the )?(?:cagr|compound annual growth rate|annual growth rate|annuali[sz]ed return)(?:"
    rf" (?:from|of|for|if))? {_V}"
     rf" (?:(?:grows |growing |grew )?(?:in)?to) {_W}")),
)  # fmt: skip
_COMPILED = [(kind, re.compile(form, re.IGNORECASE)) for kind, form in _KINDS]
# What each kind needs besides its amounts: a rate, a term, a term and one before its end, how often interest is added.
_NEEDS = {
    "growth": "rt", "compounded": "rtc", "simple": "rt", "savings": "rt", "deposit": "rt", "present": "rt",
    "doubling": "r", "payoff": "r", "effective": "rc", "balance": "rta", "affordable": "rt", "rate": "t",
}  # fmt: skip


@dataclass(frozen=True)
class Savings:
    """A question as read. `term` and `after` are in months; `each` is how often a year interest is added."""

    kind: str
    amount: str
    other: str
    rate: str
    term: Fraction
    after: Fraction
    each: str


def read_savings(text: str) -> Savings | None:
    """The question, or None if the text is none of these, or leaves out or adds anything."""
    if len(text) > LONGEST:
        return None
    each, text = _cut(_EACH, text)
    rate, text = _cut(_RATE, text)
    terms: list[re.Match[str]] = []
    while (match := _TERM.search(text)) and len(terms) < 2:
        terms.append(match)
        text = text[: match.start()] + " " + text[match.end() :]
    after = next((term for term in terms if (term["lead"] or "").lower().startswith("after") and len(terms) > 1), None)
    term = next((term for term in terms if term is not after), None)
    given = ("r" if rate else "") + ("t" if term else "") + ("a" if after else "") + ("c" if each else "")
    text = re.sub(r"\s+([.,;?])", r"\1", " ".join(text.split())).strip(" .,;?")
    for kind, form in _COMPILED:
        match = form.fullmatch(text)
        if match and set(_NEEDS[kind]) <= set(given) and not ({"r", "t", "a"} & set(given)) - set(_NEEDS[kind]):
            found = match.groupdict()
            return Savings(
                "growth" if kind == "compounded" else kind,
                found.get("v") or "",
                found.get("w") or "",
                rate["rate"] if rate else "",
                _months(term),
                _months(after),
                (each["each"] or each["late"]).lower() if each else "",
            )
    return None


def _cut(form: re.Pattern[str], text: str) -> tuple[re.Match[str] | None, str]:
    match = form.search(text)
    return match, text[: match.start()] + " " + text[match.end() :] if match else text


def _months(term: re.Match[str] | None) -> Fraction:
    if term is None:
        return Fraction(0)
    return Fraction(term["count"]) * (12 if term["unit"].lower() == "year" else 1)
