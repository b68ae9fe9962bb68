"""Loans and savings: the payment of an annuity and compound growth; checked by going through them month by month."""

import re
from decimal import Decimal, localcontext
from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep, operand
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.language.expression import Binary, Call, Convert, Node, Reference, Value
from app.language.numbers import fixed, show
from app.language.parser import parse
from app.language.quantity import Quantity, unit_name
from app.language.question import asked
from app.tools.tool import Arguments, Tool

MOST_PERIODS = 1200
HIGHEST_RATE = 1000
# Of numerator and denominator. A rate is raised to the power of the periods, an amount is not.
RATE_DIGITS = 30
AMOUNT_DIGITS = 100
# Enough for any sum of money; the exact fraction has hundreds of digits.
_DECIMALS = 12
_CENTS = Quantity(Fraction(2))
_PERIODS = {"yearly": 1, "annually": 1, "quarterly": 4, "monthly": 12, "daily": 365}
_PAYMENT = "payments are made at the end of each month, at a twelfth of the yearly rate"
_FOR_KIND = "what is asked for is taken to be the monthly payment"
_WHICH_INTEREST = "Is that simple interest, compound interest, or that of a loan paid back month by month?"
_INTERESTS = {"simple": "simple interest", "compound": "compound interest", "loan": "total interest"}
_NOUNS = r"(?:(?:home|house|car|student|personal|bank) )?(?:loan|mortgage|credit)"
_KINDS = {
    "payment": r"(?:monthly|regular|annual|yearly) (?:payments?|instal?lments?|repayments?|rates?)"
    r"|payments? (?:per|each|a) (?:month|year)",
    "interest": r"how much interest (?:do|will|would) (?:i|we|you) (?:pay|have to pay)(?: in total| altogether)?"
    r"|(?:total |overall )?interest(?: (?:paid|payable|cost|costs|due))?|cost of (?:credit|borrowing)",
    "total": r"total (?:paid|payments?|repayments?|cost|amount (?:paid|repaid))|amount (?:paid|repaid) in total",
}
_ASKED = "|".join(_KINDS.values())
_RATE = re.compile(
    r",? ?\b(?:(?:at|with|and|charging|bearing|for) )?(?:an? |the )?(?:(?:annual|yearly|fixed|nominal|interest) )*"
    r"(?:rate )?(?:of )?(?P<rate>[0-9]{1,4}(?:\.[0-9]{1,8})?)\s*(?:%|percent|per cent)"
    r"(?: (?:fixed|interest|rate|a year|per year|per annum|p\.?a\.?|apr|yearly|annually|nominal)\b)*",
    re.IGNORECASE,
)
_TERM = re.compile(
    r",? ?\b(?:(?:over|for|in|within|during|after|and) )?(?:an? |the )?(?:term |period )?(?:of )?"
    r"(?P<term>[0-9]{1,5}(?:\.[0-9]{1,8})?)[ -](?P<unit>year|month)s?\b(?: term)?",
    re.IGNORECASE,
)
_REST = re.compile(
    rf"(?:the )?(?:(?P<kind>{'|'.join(_KINDS.values())})\b ?)?(?:(?:on|for|of|to repay|to pay(?: off| back)?) )?"
    rf"(?:(?:an?|the|this|that|my|it's) )?(?:(?P<noun>{_NOUNS})\b ?)?(?:(?:of|for|on|over) )?(?P<sum>.*?)"
    rf"(?: (?P<late>{_NOUNS}))?(?: (?P<after>monthly payment))?",
    re.IGNORECASE,
)
_GROWTH = re.compile(
    r"(?:the )?(?:(?:future |final )?value of |compound interest on |(?:invest|save|deposit|put) )?(?P<sum>.+?)"
    r" (?:invested |saved |growing |deposited )?at (?P<rate>[0-9.]+)\s*(?:%|percent)"
    r"(?: (?:interest|a year|per year|per annum|apr))*"
    rf"(?:,? compounded (?P<each>{'|'.join(_PERIODS)}))?,? (?:for|over|after)"
    r" (?P<term>[0-9.]+) (?P<unit>years?|months?)"
    rf"(?:,? compounded (?P<late>{'|'.join(_PERIODS)}))?",
    re.IGNORECASE,
)
LONGEST = 300
_YEARLY = re.compile(r"annual|yearly|year$", re.IGNORECASE)
_PAYMENT_YEARLY = "payments are made at the end of each year"
# Other orders of the same question.
_PAY = re.compile(
    r"how much (?:would|will|do|must|should) (?:i|we|you) (?:have to |need to )?pay (?:per|each|every|a)"
    r" (?P<each>month|year) (?:for|on)(?: an?)? (?P<loan>.+)",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"(?:if )?(?:(?:i|we) (?:borrow|take out|take)|an?|the|my)(?: an?)? (?P<loan>[^?]{3,160}?)[.,;] (?:then )?"
    rf"(?:what (?:is|are)|what's|how much (?:is|are)|find) (?:the|my|our) (?P<kind>{_ASKED})",
    re.IGNORECASE,
)
_REPAID = re.compile(
    r" (?:(?:is|was|to be|and|which is|that is) )?(?:repaid|paid (?:back|off)|repay|pay (?:it )?(?:back|off))"
    r"(?: it)?(?: monthly| in monthly instal?lments)?(?= (?:over|in|within|for)\b)",
    re.IGNORECASE,
)


def read(question: str, context: Context) -> Plan | None:
    """`monthly payment on 240,000 at 3.9% over 25 years`, `1,000 at 5% compounded monthly for 10 years`."""
    text = _in_order(asked(question))
    if len(text) > LONGEST:
        return None
    try:
        return _loan(text, context) or _growth(text, context)
    except NotUnderstoodError:
        return None


def _in_order(text: str) -> str:
    """What is asked for first, then the loan: `monthly payment on a loan of …`."""
    if match := _PAY.fullmatch(text):
        return f"{'monthly' if match['each'].lower() == 'month' else 'annual'} payment on {match['loan']}"
    if match := _TOLD.fullmatch(text):
        return f"{match['kind']} on {_REPAID.sub('', match['loan'])}"
    return text


def _loan(text: str, context: Context) -> Plan | None:
    """A loan, of which a part may be left out: it is the last one's, or the person is asked."""
    rate, term = _RATE.search(text), _TERM.search(text)
    cuts = sorted((match.span() for match in (rate, term) if match), reverse=True)
    rest = text
    for start, end in cuts:
        rest = f"{rest[:start]} {rest[end:]}"
    match = _REST.fullmatch(" ".join(rest.split()).rstrip(" ,"))
    if not match or not (match["kind"] or match["noun"] or match["late"]):
        return None
    said = match["kind"] or ""
    kind = next((name for name, form in _KINDS.items() if re.fullmatch(form, said, re.IGNORECASE)), "payment")
    last = context.last("loans")
    _ask_which_interest(match, last)
    if not (rate or term or last):
        # `my loan` alone is no question about one.
        return None
    principal = _principal(match["sum"] or "", text, context)
    if rate is None and not last:
        raise AmbiguousError(
            "At which yearly rate of interest?", text, replace=lambda reply: f"{text} at {_percent(reply)}%"
        )
    if term is None and not last:
        raise AmbiguousError("Over how long?", text, replace=lambda reply: f"{text} over {_duration(reply)}")
    arguments: dict[str, str | Node] = {**last.arguments} if last else {}
    per_year = 1 if _YEARLY.search(said) else int(str(arguments.get("per_year", 12))) if kind != "payment" else 12
    note = _PAYMENT if per_year == 12 else _PAYMENT_YEARLY
    plan = Plan(assumptions=[note] if match["kind"] else [_FOR_KIND, note])
    arguments |= {"kind": kind, "per_year": str(per_year)}
    if rate:
        arguments["rate"] = str(Fraction(rate["rate"]))
    if term:
        arguments["periods"] = _periods(term["term"], term["unit"], per_year)
    if principal is not None:
        arguments["principal"] = operand(principal, plan)
    plan.steps.append(PlannedStep("loans", arguments))
    name = {"payment": "payment", "interest": "interest", "total": "total"}[kind]
    plan.names = {name: Reference(len(plan.steps)), f"{name} paid": Reference(len(plan.steps))}
    if kind == "payment":
        plan.names |= {"monthly payment": Reference(len(plan.steps)), "instalment": Reference(len(plan.steps))}
    return plan


def _ask_which_interest(match: re.Match[str], last: PlannedStep | None) -> None:
    """Mere interest, with no word of a loan, may be three things."""
    if (match["kind"] or "").lower() == "interest" and not (last or match["noun"] or match["late"]):
        raise AmbiguousError(_WHICH_INTEREST, "interest", _INTERESTS, pattern=True)


def _principal(text: str, asked: str, context: Context) -> Node | None:
    """The sum as written, or what an earlier part left to borrow; None for that of the last loan."""
    if text:
        node = parse(text)
        if isinstance(node, Convert) and isinstance(node.operand, Value) and not node.operand.value.units:
            # `200,000 … in euros` says the currency.
            node = Value(Quantity(node.operand.value.number, node.units))
        return context.money(node)
    if context.last("loans"):
        return None
    known = context.value("loan", "rest", "price", "it")
    if known is None:
        raise AmbiguousError("On what sum?", asked, replace=lambda reply: f"{asked} on {_amount(reply)}")
    return known


def _percent(reply: str) -> str:
    match = re.fullmatch(
        r"(?:at|with|it is|about)? ?(?:a rate of )?([0-9]{1,4}(?:\.[0-9]{1,8})?) ?(?:%|percent|per cent)?(?: .{0,9})?",
        reply.strip(" ."),
        re.IGNORECASE,
    )
    if not match:
        raise NotUnderstoodError(reply)
    return match[1]


def _duration(reply: str) -> str:
    match = re.fullmatch(
        r"(?:over|for|in)? ?([0-9]{1,5}(?:\.[0-9]{1,8})?) ?(years?|months?|y|m)?", reply.strip(" ."), re.IGNORECASE
    )
    if not match:
        raise NotUnderstoodError(reply)
    return f"{match[1]} {'months' if (match[2] or 'y').lower().startswith('m') else 'years'}"


def _amount(reply: str) -> str:
    text = re.sub(r"^(?:on|of|for|it is|it's) ", "", reply.strip(" ."), flags=re.IGNORECASE)
    parse(text)
    return text


def _growth(text: str, context: Context) -> Plan | None:
    match = _GROWTH.fullmatch(text)
    if not match:
        return None
    each = (match["each"] or match["late"] or "yearly").lower()
    plan = Plan(assumptions=[f"interest is added {each}"])
    try:
        rate = str(Fraction(match["rate"]))
    except ValueError as error:
        raise NotUnderstoodError(text) from error
    principal = operand(context.money(parse(match["sum"])), plan)
    arguments: dict[str, str | Node] = {
        "kind": "growth",
        "principal": principal,
        "rate": rate,
        "periods": _periods(match["term"], match["unit"], _PERIODS[each]),
        "per_year": str(_PERIODS[each]),
    }
    plan.steps.append(PlannedStep("loans", arguments))
    if match[0].lower().startswith(("compound interest", "the compound interest")):
        gained = Binary("-", Reference(len(plan.steps)), principal)
        plan.steps.append(PlannedStep("arithmetic", {"expression": Call("round", (gained, Value(_CENTS)))}))
    return plan


def _periods(term: str, unit: str, per_year: int) -> str:
    try:
        periods = Fraction(term) * per_year / (12 if unit.lower().startswith("month") else 1)
    except ValueError as error:
        raise NotUnderstoodError(term) from error
    if periods.denominator != 1:
        raise ImpossibleError("the term is not a whole number of periods of interest")
    return str(periods)


def _read(arguments: Arguments) -> tuple[str, Quantity, Fraction, int]:
    """Kind, principal, rate for one period as a fraction, number of periods."""
    principal = Quantity.parse(arguments["principal"])
    rate, per_year = (Quantity.parse(arguments[name]).number for name in ("rate", "per_year"))
    periods = Quantity.parse(arguments["periods"]).number
    if arguments["kind"] not in {"payment", "interest", "total", "growth"} or per_year <= 0 or periods.denominator != 1:
        raise ValueError("kind is payment, interest, total or growth, and periods is a whole number")
    refuse_long(rate, RATE_DIGITS, "a rate")
    refuse_long(per_year, RATE_DIGITS, "a number of periods")
    refuse_long(principal.number, AMOUNT_DIGITS, "an amount")
    if principal.number <= 0 or (principal.units and not principal.is_money):
        raise ImpossibleError("the sum must be money, and more than nothing")
    if not 0 <= rate <= HIGHEST_RATE or not 1 <= periods <= MOST_PERIODS:
        raise ImpossibleError(f"a rate is from 0 to {HIGHEST_RATE}%, and a term of 1 to {MOST_PERIODS:,} periods")
    return arguments["kind"], principal, rate / 100 / per_year, int(periods)


def refuse_long(number: Fraction, digits: int, name: str) -> None:
    """Raise ImpossibleError for a number that would be computed with for seconds, in which nothing else goes on."""
    if max(abs(number.numerator), number.denominator) >= 10**digits:
        raise ImpossibleError(f"{name} has at most {digits} digits here")


def solve(arguments: Arguments) -> Outcome:
    """The annuity formula, or compound growth, in exact fractions; then cut to what money needs."""
    kind, principal, rate, periods = _read(arguments)
    growth = (1 + rate) ** periods
    if kind == "growth":
        value = principal.number * growth
    else:
        value = principal.number * rate * growth / (growth - 1) if rate else principal.number / periods
        if kind != "payment":
            value = value * periods - (principal.number if kind == "interest" else 0)
    result = Quantity(round(value, _DECIMALS), principal.units, exact=False)
    display = _money(result)
    return Outcome(str(result), display, f"{describe(arguments)} is {display}", rounded=True)


def _money(value: Quantity) -> str:
    return " ".join(filter(None, [fixed(value.number, 2), unit_name(value.units, plural=True) if value.units else ""]))


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """Month by month: what is owed after the last payment must be nothing."""
    kind, principal, rate, periods = _read(arguments)
    result = Quantity.parse(outcome.value)
    with localcontext(prec=60):
        one, start, found = (
            Decimal(x.numerator) / Decimal(x.denominator) for x in (rate, principal.number, result.number)
        )
        payment = {
            "payment": found,
            "interest": (found + start) / periods,
            "total": found / periods,
            "growth": Decimal(0),
        }[kind]
        balance, factor = start, Decimal(1)
        for _ in range(periods):
            balance += balance * one - payment
            factor *= 1 + one
        target = found if kind == "growth" else Decimal(0)
        # An error in the payment grows with each of the periods.
        grown = Decimal(1) if kind == "growth" else factor * periods
        same = abs(balance - target) <= grown / Decimal(10) ** (_DECIMALS - 1)
    return Check(same and result.units == principal.units, "going through it period by period")


def describe(arguments: Arguments) -> str:
    """`the monthly payment on 240,000 at 3.9% for 300 months`."""
    kind, principal, _, periods = _read(arguments)
    rate = show(Quantity.parse(arguments["rate"]).number)[0]
    names = {
        "payment": "the yearly payment on" if arguments["per_year"] == "1" else "the monthly payment on",
        "interest": "the total interest on",
        "total": "all payments on",
        "growth": "the growth of",
    }
    return f"{names[kind]} {principal.display()[0]} at {rate}% a year in {periods:,} periods"


TOOL = Tool(
    name="loans",
    summary="loans and savings",
    examples=(
        "What is the monthly payment on a loan of 240,000 EUR at 3.9% over 25 years?",
        "total interest on $12,000 at 6% over 4 years",
        "1,000 at 5% compounded monthly for 10 years",
    ),
    parameters=("kind", "principal", "rate", "periods", "per_year"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
)
