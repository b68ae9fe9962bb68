"""Loans and savings: the payment of an annuity and compound growth; checked by going through them month by month."""

import re
from decimal import Decimal, localcontext
from fractions import Fraction

from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.evaluate import evaluate
from app.language.numbers import fixed, show
from app.language.parser import parse
from app.language.quantity import Quantity, unit_name
from app.language.question import bare
from app.tools.tool import Arguments, Tool

MOST_PERIODS = 1200
HIGHEST_RATE = 1000
# Enough for any sum of money; the exact fraction has hundreds of digits.
_DECIMALS = 12
_PERIODS = {"yearly": 1, "annually": 1, "quarterly": 4, "monthly": 12, "daily": 365}
_RATE = r"(?P<rate>[0-9.]+)\s*(?:%|percent)(?: (?:interest|a year|per year|per annum|apr))*"
_TERM = r"(?P<term>[0-9.]+) (?P<unit>years?|months?)"
_LOAN = re.compile(
    r"(?:the )?(?P<kind>monthly (?:payments?|instalments?|installments?)|total interest)"
    rf" (?:on|for|of|to repay) (?:an? )?(?:loan |mortgage )?(?:of )?(?P<sum>.+?),? at {_RATE},? (?:over|for) {_TERM}",
    re.IGNORECASE,
)
_GROWTH = re.compile(
    rf"(?:the )?(?:future value of |compound interest on )?(?P<sum>.+?) (?:invested |saved |growing )?at {_RATE}"
    rf"(?: compounded (?P<each>{'|'.join(_PERIODS)}))? (?:for|over|after) {_TERM}"
    rf"(?:,? compounded (?P<late>{'|'.join(_PERIODS)}))?",
    re.IGNORECASE,
)


def read(question: str) -> Plan | None:
    """`monthly payment on 240,000 at 3.9% over 25 years`, `1,000 at 5% compounded monthly for 10 years`."""
    text = bare(question)
    try:
        if match := _LOAN.fullmatch(text):
            kind = "payment" if match["kind"].lower().startswith("monthly") else "interest"
            assumed = "payments are made at the end of each month, at a twelfth of the yearly rate"
            return Plan([PlannedStep("loans", _arguments(match, kind, 12))], [assumed])
        if match := _GROWTH.fullmatch(text):
            each = (match["each"] or match["late"] or "yearly").lower()
            assumed = f"interest is added {each}"
            return Plan([PlannedStep("loans", _arguments(match, "growth", _PERIODS[each]))], [assumed])
    except NotUnderstoodError:
        return None
    return None


def _arguments(match: re.Match[str], kind: str, per_year: int) -> dict[str, str]:
    try:
        rate, term = Fraction(match["rate"]), Fraction(match["term"])
    except ValueError as error:
        raise NotUnderstoodError(match[0]) from error
    periods = term * per_year / (12 if match["unit"].lower().startswith("month") else 1)
    if periods.denominator != 1:
        raise ImpossibleError("the term is not a whole number of periods of interest")
    principal = evaluate(parse(match["sum"]))
    return {
        "kind": kind,
        "principal": str(principal),
        "rate": str(rate),
        "periods": str(periods),
        "per_year": str(per_year),
    }


def _read(arguments: Arguments) -> tuple[str, Quantity, Fraction, int]:
    """Kind, principal, rate for one period as a fraction, number of periods."""
    principal = Quantity.parse(arguments["principal"])
    rate, per_year = (Quantity.parse(arguments[name]).number for name in ("rate", "per_year"))
    periods = Quantity.parse(arguments["periods"]).number
    if arguments["kind"] not in {"payment", "interest", "growth"} or per_year <= 0 or periods.denominator != 1:
        raise ValueError("kind is payment, interest or growth, and periods is a whole number")
    if principal.number <= 0 or any(name != "USD" and not name.isupper() for name, _ in principal.units):
        raise ImpossibleError("the sum must be money, and more than nothing")
    if not 0 <= rate <= HIGHEST_RATE or not 1 <= periods <= MOST_PERIODS:
        raise ImpossibleError(f"a rate is from 0 to {HIGHEST_RATE}%, and a term of 1 to {MOST_PERIODS:,} periods")
    return arguments["kind"], principal, rate / 100 / per_year, int(periods)


def solve(arguments: Arguments) -> Outcome:
    """The annuity formula, or compound growth, in exact fractions; then cut to what money needs."""
    kind, principal, rate, periods = _read(arguments)
    growth = (1 + rate) ** periods
    if kind == "growth":
        value = principal.number * growth
    else:
        value = principal.number * rate * growth / (growth - 1) if rate else principal.number / periods
        if kind == "interest":
            value = value * periods - principal.number
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
        payment = {"payment": found, "interest": (found + start) / periods, "growth": Decimal(0)}[kind]
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
    names = {"payment": "the monthly payment on", "interest": "the total interest on", "growth": "the growth of"}
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
