"""From an expression to the steps that compute it: a pure function.

Each percentage and each conversion becomes a step of its own; what is left between them is arithmetic.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.agents.messages import Step
from app.language.errors import NotUnderstoodError
from app.language.expression import (
    Binary,
    Call,
    Convert,
    Negate,
    Node,
    Percent,
    Percentage,
    Reference,
    Value,
    text,
    walk,
)
from app.language.quantity import Quantity, notes, unit_text

# A person's question needs a handful; past this it is an attempt to keep the agents busy.
MOST_STEPS = 20


@dataclass(frozen=True)
class PlannedStep:
    """A step whose arguments may still refer to earlier results."""

    tool: str
    arguments: Mapping[str, str | Node]

    def fill(self, results: list[str]) -> Step:
        """The step with every reference replaced by the result it means."""
        return Step(
            self.tool,
            {
                name: argument if isinstance(argument, str) else _written(_substitute(argument, results))
                for name, argument in self.arguments.items()
            },
        )


@dataclass
class Plan:
    """Steps in order, the last of which gives the answer, and what was assumed in reading the question."""

    steps: list[PlannedStep] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)


def plan_expression(node: Node) -> Plan:
    """The steps for an expression; raises NotUnderstoodError for a mere number, which asks nothing."""
    if isinstance(node, Value):
        raise NotUnderstoodError(text(node))
    plan = Plan(assumptions=_assumptions(node))
    _operand(node, plan)
    if len(plan.steps) > MOST_STEPS:
        raise NotUnderstoodError(f"a question of more than {MOST_STEPS} steps")
    return plan


def _operand(node: Node, plan: Plan) -> Node:
    """A value or a reference to the step, added to the plan if need be, that computes `node`."""
    match node:
        case Value() | Reference():
            return node
        case Percentage(kind, first, second):
            arguments: dict[str, str | Node] = {
                "kind": kind,
                "first": _operand(first, plan),
                "second": _operand(second, plan),
            }
            plan.steps.append(PlannedStep("percentage", arguments))
        case Convert(operand, units):
            plan.steps.append(
                PlannedStep("conversion", {"quantity": _operand(operand, plan), "unit": unit_text(units)})
            )
        case _:
            plan.steps.append(PlannedStep("arithmetic", {"expression": _arithmetic(node, plan)}))
    return Reference(len(plan.steps))


def _arithmetic(node: Node, plan: Plan) -> Node:
    """`node` with every percentage and conversion in it made a step before."""
    match node:
        case Percentage() | Convert():
            return _operand(node, plan)
        case Binary(operator, left, right):
            return Binary(operator, _arithmetic(left, plan), _arithmetic(right, plan))
        case Negate(operand):
            return Negate(_arithmetic(operand, plan))
        case Percent(operand):
            return Percent(_arithmetic(operand, plan))
        case Call(name, arguments):
            return Call(name, tuple(_arithmetic(argument, plan) for argument in arguments))
        case _:
            return node


def _written(node: Node) -> str:
    """The canonical text; a lone value needs no brackets."""
    return text(node).removeprefix("[").removesuffix("]") if isinstance(node, Value) else text(node)


def _substitute(node: Node, results: list[str]) -> Node:
    match node:
        case Reference(step):
            return Value(Quantity.parse(results[step - 1]))
        case Binary(operator, left, right):
            return Binary(operator, _substitute(left, results), _substitute(right, results))
        case Negate(operand):
            return Negate(_substitute(operand, results))
        case Percent(operand):
            return Percent(_substitute(operand, results))
        case Call(name, arguments):
            return Call(name, tuple(_substitute(argument, results) for argument in arguments))
        case _:
            return node


def _assumptions(node: Node) -> list[str]:
    found: list[str] = []
    for part in walk(node):
        match part:
            case Value(value):
                found += notes(value.units)
            case Convert(_, units):
                found += notes(units)
    return list(dict.fromkeys(found))
