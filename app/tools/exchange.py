"""An amount in another currency at a rate the person gives, since there are none here; checked by changing back."""

import re
from fractions import Fraction

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan, PlannedStep, operand
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.language.expression import Node, Value
from app.language.numbers import read_fraction, show
from app.language.parser import parse, parse_units
from app.language.quantity import Quantity, Units, unit_text
from app.language.question import asked, how_many
from app.tools.tool import Arguments, Tool

LONGEST = 200
_QUESTION = re.compile(
    r"(?P<amount>.+?) (?:in|to|into|as) (?P<unit>[a-z]+(?: dollars?)?|[$€£¥₹]),?"
    r" \(?(?:at|with|using|if|for|when|given)(?: (?:an?|the))?(?: (?:exchange )?rate)?(?: (?:of|is))?:?"
    r" (?P<rate>.+?)\)?",
    re.IGNORECASE,
)


# `If 1 USD = 0.92 EUR, how many dollars do I get for 460 euros?`
_RATE_GIVEN = re.compile(
    r"if (?P<rate>[^,]{3,40}),? how (?:many|much)(?: is)? (?P<unit>[a-z]{2,12}) (?:do|will|would|can)"
    r" (?:i|you|we) (?:get|receive|buy)"
    r" (?:for|with) (?P<amount>[^,]{2,30})",
    re.IGNORECASE,
)
# `How many dollars do I get for 200 euros at 1.1 dollars per euro?`, and the same with the rate first.
_GET_AT = re.compile(
    r"how (?:many|much) (?P<unit>[a-z]{2,12}) (?:do|will|would|can) (?:i|you|we) (?:get|receive|buy) (?:for|with)"
    r" (?P<amount>[^,]{2,30}?),? (?:at|if)(?: (?:an?|the))?(?: (?:exchange )?rate)?(?: (?:of|is))?"
    r" (?P<rate>[^,]{1,40})",
    re.IGNORECASE,
)
_RATE_IS = re.compile(
    r"if (?P<rate>[^,]{3,40}),? how (?:many|much) (?P<unit>[a-z]{2,12}) (?:is|are) (?P<amount>[^,]{2,30})",
    re.IGNORECASE,
)
_RATE_FIRST = re.compile(
    r"(?P<amount>.+?) at (?:a rate of )?(?P<rate>[0-9.,]+(?: [a-z/]+)?) (?:in|to|into|as) (?P<unit>[a-z]+|[$€£¥₹])",
    re.IGNORECASE,
)


def read(question: str, context: Context) -> Plan | None:
    """`100 USD in EUR at 0.92`, `250 EUR to USD at 1 EUR = 1.08 USD`."""
    text = asked(question)[: LONGEST + 1]
    turned = next(filter(None, (form.fullmatch(text) for form in (_RATE_GIVEN, _GET_AT, _RATE_IS))), None)
    text = how_many(text)
    if turned:
        text = f"{turned['amount']} in {turned['unit']} at {turned['rate']}"
    match = (_QUESTION.fullmatch(text) or _RATE_FIRST.fullmatch(text)) if len(text) <= LONGEST else None
    if not match:
        return None
    try:
        unit = parse_units(match["unit"])
        # Pounds that have a rate are money.
        unit = (("GBP", 1),) if unit == (("lb", 1),) else unit
        amount = context.money(parse(match["amount"]))
        rate, assumed = _rate(match["rate"], unit, _currency(amount))
    except NotUnderstoodError:
        return None
    if not Quantity(Fraction(1), unit).is_money:
        return None
    plan = Plan(assumptions=[assumed] if assumed else [])
    arguments: dict[str, str | Node] = {"amount": operand(amount, plan), "unit": unit_text(unit), "rate": str(rate)}
    plan.steps.append(PlannedStep("exchange", arguments))
    return plan


def _currency(amount: Node) -> Units:
    return amount.value.units if isinstance(amount, Value) else ()


def _rate(text: str, unit: Units, own: Units) -> tuple[Fraction, str]:
    """How much of `unit` one of `own` is, and what that assumes."""
    left, equals, right = (part.strip() for part in re.sub(r" (?:is|equals|for) ", "=", text).partition("="))
    if equals:
        one, other = _value(left), _value(right)
        if one.units == unit:
            one, other = other, one
        if other.units != unit or not one.is_money or (own and one.units != own) or not one.number * other.number:
            raise ImpossibleError("the rate must be between the two currencies")
        return other.number / one.number, ""
    rate = _value(text)
    if rate.number <= 0:
        raise ImpossibleError("a rate is more than nothing")
    if not rate.units or rate.units == unit:
        name = own[0][0] if own else "unit of the other currency"
        return rate.number, f"the rate is taken as {show(rate.number)[0]} {unit[0][0]} for 1 {name}"
    powers = dict(rate.units)
    if powers.get(unit[0][0]) == 1 and len(powers) == 2:
        return rate.number, ""
    if powers.get(unit[0][0]) == -1 and len(powers) == 2:
        return 1 / rate.number, ""
    raise ImpossibleError("the rate must be between the two currencies")


def _value(text: str) -> Quantity:
    node = parse(text)
    if not isinstance(node, Value):
        raise NotUnderstoodError(text)
    return node.value


def _read(arguments: Arguments) -> tuple[Quantity, Units, Fraction]:
    amount, rate = Quantity.parse(arguments["amount"]), read_fraction(arguments["rate"])
    unit = Quantity.parse(f"1 {arguments['unit']}").units
    if rate <= 0:
        raise ValueError("a rate is more than nothing")
    if not amount.is_money:
        raise ImpossibleError("only an amount of money has a rate of exchange")
    return amount, unit, rate


def solve(arguments: Arguments) -> Outcome:
    """The amount times the rate."""
    amount, unit, rate = _read(arguments)
    result = Quantity(amount.number * rate, unit, amount.exact)
    display, rounded = result.display()
    working = f"{amount.display()[0]} at {show(rate)[0]} {unit_text(unit)} for 1 {unit_text(amount.units)} is {display}"
    return Outcome(str(result), display, working, rounded)


def check(arguments: Arguments, outcome: Outcome, ask: Ask) -> Check:  # noqa: ARG001
    """The result changed back at the inverse rate is the amount."""
    amount, unit, rate = _read(arguments)
    result = Quantity.parse(outcome.value)
    return Check(result.units == unit and result.number / rate == amount.number, "changing back at the inverse rate")


def describe(arguments: Arguments) -> str:
    """`100 USD in EUR at 0.92`."""
    amount, unit, rate = _read(arguments)
    return f"{amount.display()[0]} in {unit_text(unit)} at {show(rate)[0]}"


TOOL = Tool(
    name="exchange",
    summary="currencies at a rate you give (there are no live rates here)",
    examples=("100 USD in EUR at 0.92", "250 EUR to USD at 1 EUR = 1.08 USD"),
    parameters=("amount", "unit", "rate"),
    describe=describe,
    solve=solve,
    check=check,
    read=read,
)
