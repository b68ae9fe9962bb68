"""Net present value and internal rate of return of yearly payments; checked by going through the years."""

import re
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import pairwise

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep
from app.language.errors import ImpossibleError
from app.language.numbers import fixed, read_number, show
from app.language.quantity import Quantity, unit_name
from app.language.question import asked
from app.language.unit_parser import CURRENCY_SIGNS
from app.tools.tool import Arguments, Tool

LONGEST = 400
MOST_FLOWS = 50
HIGHEST_RATE = 1000
_DECIMALS = 12
_FLOW = r"[-+]?[$€£¥₹]?[-+]?[0-9](?:[0-9,]{0,14}[0-9])?(?:\.[0-9]{1,6})?"
_FLOWS = rf"(?P<flows>{_FLOW}(?:(?:, and |, | and |; ){_FLOW}){{1,49}})"
_OF = rf"(?:of|for) (?:the )?(?:cash flows?:? |payments?:? )?{_FLOWS}"
_PRESENT = re.compile(
    rf"(?:the )?(?:net present value|npv) {_OF},? (?:at|with|for)"
    r" (?:an? )?(?:(?:discount |interest )?rate of )?(?P<rate>[0-9]{1,3}(?:\.[0-9]{1,6})?) ?(?:%|percent)"
    r"(?: a year| per year| discount rate)?",
    re.IGNORECASE,
)
_RETURN = re.compile(
    rf"(?:the )?(?:internal rate of return|irr) {_OF}",
    re.IGNORECASE,
)
_NOTE = "the first payment is now, the others follow at the end of each year"


def read(question: str, context: Context) -> Plan | None:
    """`net present value of -1000, 300, 400, 500 at 8%`, `irr of -1000, 300, 400, 500`."""
    text = asked(question)
    match = (_PRESENT.fullmatch(text) or _RETURN.fullmatch(text)) if len(text) <= LONGEST else None
    if not match:
        return None
    texts = re.split(r", and |, | and |; ", match["flows"])
    signs = {sign for text in texts for sign in text if sign in CURRENCY_SIGNS}
    if len(signs) > 1:
        raise ImpossibleError("the payments must be in one currency")
    units = ((CURRENCY_SIGNS[signs.pop()], 1),) if signs else context.currency
    context.currency_used |= units == context.currency and bool(units)
    flows = "; ".join(str(Quantity(_number(text), units)) for text in texts)
    rate = str(Fraction(match["rate"])) if "rate" in match.groupdict() else ""
    return Plan([PlannedStep("cash_flows", {"flows": flows, "rate": rate})], [_NOTE])


def _number(text: str) -> Fraction:
    number = read_number(re.sub(r"[-+$€£¥₹]", "", text))
    return -number if "-" in text else number


def _read(arguments: Arguments) -> tuple[list[Quantity], Fraction | None]:
    flows = [Quantity.parse(text) for text in arguments["flows"].split("; ")]
    rate = Quantity.parse(arguments["rate"]).number if arguments["rate"] else None
    if not 2 <= len(flows) <= MOST_FLOWS or len({flow.units for flow in flows}) > 1:
        raise ValueError(f"flows are 2 to {MOST_FLOWS} amounts of one currency")
    if rate is not None and not 0 <= rate <= HIGHEST_RATE:
        raise ImpossibleError(f"a rate is from 0 to {HIGHEST_RATE}%")
    return flows, rate


def solve(arguments: Arguments) -> Outcome:
    """The sum of the payments discounted one by one; or the rate at which that sum is nothing, by halving."""
    flows, rate = _read(arguments)
    if rate is not None:
        factor = 1 + rate / 100
        value = sum((flow.number / factor**year for year, flow in enumerate(flows)), Fraction(0))
        result = Quantity(round(value, _DECIMALS), flows[0].units, exact=False)
        display = f"{fixed(result.number, 2)} {unit_name(result.units, plural=True) if result.units else ''}".rstrip()
        return Outcome(str(result), display, f"{describe(arguments)} is {display}", rounded=True)
    signs = [flow.number > 0 for flow in flows if flow.number]
    if sum(one != other for one, other in pairwise(signs)) != 1:
        raise ImpossibleError("there is one internal rate of return only where payments change their sign once")
    found = Quantity(round(_rate(flows), _DECIMALS), (), exact=False)
    display = f"{fixed(found.number, 2)}%"
    return Outcome(str(found), display, f"{describe(arguments)} is {display}", rounded=True)


def _rate(flows: list[Quantity]) -> Fraction:
    """In percent a year, between -99.99 and a million."""
    with localcontext(prec=50):
        low, high = Decimal("-0.9999"), Decimal(10_000)
        sign = _worth(flows, low) > 0
        if sign == (_worth(flows, high) > 0):
            raise ImpossibleError("no rate makes these payments worth nothing")
        for _ in range(140):
            middle = (low + high) / 2
            low, high = (middle, high) if (_worth(flows, middle) > 0) == sign else (low, middle)
        return Fraction(low) * 100


def _worth(flows: list[Quantity], rate: Decimal) -> Decimal:
    """What the payments are worth now, going back from the last year."""
    worth = Decimal(0)
    for flow in reversed(flows):
        worth = worth / (1 + rate) + Decimal(flow.number.numerator) / Decimal(flow.number.denominator)
    return worth


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """An account that starts with the value pays all payments, year by year, and ends with nothing."""
    flows, rate = _read(arguments)
    found = Quantity.parse(outcome.value)
    yearly = found.number / 100 if rate is None else rate / 100
    with localcontext(prec=60):
        factor = 1 + Decimal(yearly.numerator) / Decimal(yearly.denominator)
        balance = Decimal(0) if rate is None else Decimal(found.number.numerator) / Decimal(found.number.denominator)
        scale = Decimal(1)
        for year, flow in enumerate(flows):
            balance = (balance * factor if year else balance) - Decimal(flow.number.numerator) / Decimal(
                flow.number.denominator
            )
            scale = max(scale * factor if year else scale, abs(balance))
    right_units = found.units == (() if rate is None else flows[0].units)
    return Check(right_units and abs(balance) <= scale * Decimal("1e-8"), "an account, year by year")


def describe(arguments: Arguments) -> str:
    """`the net present value of -1,000, 300 and 800 at 8%`."""
    flows, rate = _read(arguments)
    listed = ", ".join(flow.display()[0] for flow in flows)
    return (
        f"the internal rate of return of {listed}"
        if rate is None
        else f"the net present value of {listed} at {show(rate)[0]}%"
    )


TOOL = Tool(
    name="cash_flows",
    summary="net present value and internal rate of return of yearly payments",
    examples=("net present value of -1000, 300, 400, 500 at 8%", "irr of -1000, 300, 400, 500"),
    parameters=("flows", "rate"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
)
