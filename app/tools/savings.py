"""Savings, and what else there is to know of a loan; checked by going through it period by period."""

from decimal import Decimal, localcontext
from fractions import Fraction
from math import ceil, isclose

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep, operand
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.expression import Node
from app.language.numbers import fixed, show
from app.language.parser import parse
from app.language.quantity import Quantity, unit_name
from app.language.question import asked
from app.language.savings import PERIODS, Savings, read_savings
from app.tools.loans import AMOUNT_DIGITS, RATE_DIGITS, refuse_long
from app.tools.loans import MOST_PERIODS as MOST_PAYMENTS
from app.tools.tool import Arguments, Tool

MOST_PERIODS = 12_000
HIGHEST_RATE = 1000
_DECIMALS = 12
_KINDS = (
    *("growth", "simple", "savings", "deposit", "present", "doubling"),
    *("payoff", "effective", "balance", "affordable", "rate"),
)
_MONTHLY = "payments are made at the end of each month, at a twelfth of the yearly rate"
# Of these the payments are monthly.
_PAYMENTS = {"savings", "deposit", "payoff", "balance", "affordable"}
_MONEY = {"growth", "simple", "savings", "deposit", "present", "balance", "affordable"}


def read(question: str, context: Context) -> Plan | None:
    """`If I save 200 a month at 4% for 15 years, how much will I have?`."""
    found = read_savings(asked(question))
    if found is None:
        return None
    try:
        return _plan(found, context)
    except NotUnderstoodError:
        return None


def _plan(found: Savings, context: Context) -> Plan:
    each = 12 if found.kind in _PAYMENTS else PERIODS[found.each or "yearly"]
    assumed = [_MONTHLY] if found.kind in _PAYMENTS else []
    if found.kind in {"growth", "present", "doubling", "rate"}:
        assumed = [f"interest is added {found.each or 'yearly'}"]
    rate = Fraction(found.rate) if found.rate else Fraction(0)
    if found.kind in _PAYMENTS and found.each not in {"", "monthly"}:
        monthly = _monthly(rate, PERIODS[found.each])
        same = f"interest of {show(rate)[0]}% a year, added {found.each}, is taken as {fixed(monthly / 12, 4)}% a month"
        assumed = [f"payments are made at the end of each month; {same}"]
        rate = monthly
    plan = Plan(assumptions=assumed)
    arguments: dict[str, str | Node] = {
        "kind": found.kind,
        "amount": operand(context.money(parse(found.amount)), plan) if found.amount else "",
        "other": operand(context.money(parse(found.other)), plan) if found.other else "",
        "rate": str(rate) if found.rate else "",
        "periods": str(found.term * each / 12),
        "after": str(found.after * each / 12),
        "per_year": str(each),
    }
    plan.steps.append(PlannedStep("savings", arguments))
    return plan


def _monthly(rate: Fraction, per_year: int) -> Fraction:
    """The yearly rate, added monthly, that comes to the same as `rate` added `per_year` times."""
    with localcontext(prec=30):
        factor = ((1 + _decimal(rate) / 100 / per_year).ln() * per_year / 12).exp()
        return round(Fraction(factor - 1) * 1200, 15)


class _Case:
    """The arguments as numbers: amounts, the rate for one period as a fraction, and numbers of periods."""

    def __init__(self, arguments: Arguments) -> None:
        self.kind = arguments["kind"]
        if self.kind not in _KINDS:
            raise ValueError(f"kind is one of {', '.join(_KINDS)}")
        self.amount, self.other = (Quantity.parse(arguments[name] or "0") for name in ("amount", "other"))
        self.yearly, self.periods, self.after, self.per_year = (
            Quantity.parse(arguments[name] or "0").number for name in ("rate", "periods", "after", "per_year")
        )
        if self.per_year not in PERIODS.values():
            raise ValueError("per_year is how often a year interest is added")
        refuse_long(self.yearly, RATE_DIGITS, "a rate")
        for amount in (self.amount, self.other):
            refuse_long(amount.number, AMOUNT_DIGITS, "an amount")
        self.rate = self.yearly / 100 / self.per_year
        amounts = [amount for name, amount in (("amount", self.amount), ("other", self.other)) if arguments[name]]
        if any(amount.number <= 0 or (amount.units and not amount.is_money) for amount in amounts):
            raise ImpossibleError("the sum must be money, and more than nothing")
        if len({amount.units for amount in amounts}) > 1:
            raise ImpossibleError("the amounts must be in one currency")
        # What is left of a loan is a quotient of two powers, which takes far longer than one of them.
        most = MOST_PAYMENTS if self.kind == "balance" else MOST_PERIODS
        if not 0 <= self.yearly <= HIGHEST_RATE or not 0 <= self.periods <= most:
            raise ImpossibleError(f"a rate is from 0 to {HIGHEST_RATE}%, and a term of at most {most:,} periods")
        if self.kind not in {"simple", "rate"} and self.periods.denominator != 1:
            raise ImpossibleError("the term is not a whole number of periods of interest")
        if self.kind == "balance" and (self.after.denominator != 1 or not 0 <= self.after <= self.periods):
            raise ImpossibleError("that is after the loan's last payment")


def solve(arguments: Arguments) -> Outcome:
    """The formulas of compound interest and annuities, in exact fractions where there are any."""
    case = _Case(arguments)
    value = round(_value(case), _DECIMALS)
    result = Quantity(value, case.amount.units if case.kind in _MONEY else (), exact=False)
    display = _shown(case.kind, result)
    return Outcome(str(result), display, f"{describe(arguments)} is {display}", rounded=case.kind != "payoff")


def _value(case: _Case) -> Fraction:  # noqa: PLR0911 (one for each kind)
    rate, periods = case.rate, int(case.periods)
    growth = (1 + rate) ** periods
    # What 1 a period is worth at the end.
    annuity = (growth - 1) / rate if rate else Fraction(periods)
    amount = case.amount.number
    match case.kind:
        case "growth":
            return amount * growth
        case "simple":
            return amount * case.yearly / 100 * case.periods
        case "savings":
            return amount * annuity
        case "deposit":
            return amount / annuity
        case "present":
            return amount / growth
        case "affordable":
            # In this order no two powers meet, whose common divisor would take long to find.
            return amount * ((1 - 1 / growth) / rate if rate else annuity)
        case "effective":
            return ((1 + rate) ** int(case.per_year) - 1) * 100
        case "balance":
            grown = (1 + rate) ** int(case.after)
            paid = (grown - 1) / rate if rate else case.after
            return amount * grown - amount * growth / annuity * paid
        case _:
            return _by_logarithm(case)


def _by_logarithm(case: _Case) -> Fraction:
    with localcontext(prec=50):
        rate, one, other = (_decimal(number) for number in (case.rate, case.amount.number, case.other.number))
        if case.kind == "rate":
            return Fraction(((other / one).ln() / _decimal(case.periods)).exp() - 1) * 100 * case.per_year
        if not rate and case.kind == "doubling":
            raise ImpossibleError("without interest it never doubles")
        if case.kind == "doubling":
            return Fraction(Decimal(2).ln() / (1 + rate).ln()) / case.per_year
        if other <= one * rate:
            raise ImpossibleError("the payments do not even cover the interest, so the loan is never paid off")
        months = -(1 - one * rate / other).ln() / (1 + rate).ln() if rate else one / other
        return Fraction(ceil(months - Decimal("1e-30")))


def _decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def _shown(kind: str, result: Quantity) -> str:
    match kind:
        case "doubling":
            return f"{fixed(result.number, 2)} years"
        case "effective" | "rate":
            return f"{fixed(result.number, 3)}% a year"
        case "payoff":
            months = int(result.number)
            years, rest = divmod(months, 12)
            split = (
                f" ({years} year{'' if years == 1 else 's'} and {rest} month{'' if rest == 1 else 's'})"
                if years
                else ""
            )
            return f"{months:,} months{split}"
        case _:
            name = unit_name(result.units, plural=True) if result.units else ""
            return f"{fixed(result.number, 2)} {name}".rstrip()


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """An account gone through period by period must come to what the result says."""
    case = _Case(arguments)
    found = Quantity.parse(outcome.value)
    if found.units != (case.amount.units if case.kind in _MONEY else ()):
        return Check(agrees=False, method="comparing currencies")
    if case.kind in {"doubling", "rate"}:
        return Check(_grows(case, float(found.number)), "compound growth in floating point")
    if case.kind == "simple":
        years = int(case.periods)
        part = case.amount.number * case.yearly / 100
        total = sum([part] * years, Fraction(0)) + part * (case.periods - years)
        return Check(_near(total, found.number), "adding year by year")
    return Check(_account(case, found.number), "going through it period by period")


def _grows(case: _Case, found: float) -> bool:
    if case.kind == "doubling":
        return isclose((1 + float(case.rate)) ** (found * int(case.per_year)), 2, rel_tol=1e-9)
    grown = (1 + found / 100 / int(case.per_year)) ** float(case.periods)
    return isclose(float(case.amount.number) * grown, float(case.other.number), rel_tol=1e-9)


def _near(one: Fraction, other: Fraction) -> bool:
    return abs(one - other) <= Fraction(1, 10 ** (_DECIMALS - 3)) * max(Fraction(1), abs(one))


def _account(case: _Case, found: Fraction) -> bool:
    """Whether the account that the result describes ends as it should."""
    amount, periods = case.amount.number, int(case.periods)
    if case.kind == "payoff":
        months = int(found)
        rate, payment = case.rate, -case.other.number
        return _end(amount, rate, payment, months - 1) > 0 >= _end(amount, rate, payment, months)
    start, payment, ends = {
        "growth": (amount, Fraction(0), found),
        "savings": (Fraction(0), amount, found),
        "deposit": (Fraction(0), found, amount),
        "present": (found, Fraction(0), amount),
        "affordable": (found, -amount, Fraction(0)),
        "effective": (Fraction(100), Fraction(0), 100 + found),
        "balance": (found, Fraction(0), Fraction(0)),
    }[case.kind]
    if case.kind == "effective":
        periods = int(case.per_year)
    if case.kind == "balance":
        # The payment that leaves the remainder also clears it in the time that is left.
        left = periods - int(case.after)
        return _pays_alike(amount, case.rate, periods, found, left)
    grown = (1 + float(case.rate)) ** periods
    return (
        abs(float(_end(start, case.rate, payment, periods) - _decimal(ends)))
        <= 1e-9 * max(1.0, float(amount)) * grown * periods
    )


def _pays_alike(amount: Fraction, rate: Fraction, periods: int, rest: Fraction, left: int) -> bool:
    """Whether a payment that ends the loan in all its periods ends the rest in those left: each discounted singly."""
    worth = [sum((1 / (1 + float(rate)) ** period for period in range(1, count + 1)), 0.0) for count in (periods, left)]
    return isclose(float(rest), float(amount) / worth[0] * worth[1], rel_tol=1e-9, abs_tol=1e-6)


def _end(start: Fraction, rate: Fraction, payment: Fraction, periods: int) -> Decimal:
    with localcontext(prec=60):
        balance, factor, paid = _decimal(start), 1 + _decimal(rate), _decimal(payment)
        for _ in range(periods):
            balance = balance * factor + paid
        return balance


def describe(arguments: Arguments) -> str:
    """`what 200 a month at 4% a year is worth after 180 periods`."""
    kind, rate = arguments["kind"], show(Quantity.parse(arguments["rate"] or "0").number)[0]
    one, other = (Quantity.parse(arguments[name] or "0").display()[0] for name in ("amount", "other"))
    term = f"{show(Quantity.parse(arguments['periods'] or '0').number)[0]} periods"
    return {
        "growth": f"what {one} at {rate}% a year is worth after {term}",
        "simple": f"the simple interest on {one} at {rate}% a year for {term}",
        "savings": f"what {one} a month at {rate}% a year is worth after {term}",
        "deposit": f"the monthly saving that comes to {one} at {rate}% a year in {term}",
        "present": f"the sum that comes to {one} at {rate}% a year in {term}",
        "doubling": f"the time in which money doubles at {rate}% a year",
        "payoff": f"the time to pay off {one} at {rate}% a year with {other} a month",
        "effective": f"the effective yearly rate of {rate}% in {arguments['per_year']} parts a year",
        "balance": f"what is owed of {one} at {rate}% a year after {arguments['after']} of {term}",
        "affordable": f"the loan that {one} a month pays off at {rate}% a year in {term}",
        "rate": f"the yearly rate that turns {one} into {other} in {term}",
    }.get(kind, "an amount")


TOOL = Tool(
    name="savings",
    summary="savings plans, remaining debt, effective rates, present values",
    examples=(
        "If I save 200 EUR a month at 4% for 15 years, how much will I have?",
        "remaining balance after 5 years on a 200,000 EUR loan at 4% over 20 years",
        "effective annual rate of 12% compounded monthly",
    ),
    parameters=("kind", "amount", "other", "rate", "periods", "after", "per_year"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
    rank=11,
)
