"""From an expression to the steps that compute it: a pure function.

Each percentage and each conversion becomes a step of its own; what is left between them is arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from app.agents.messages import Step
from app.language.errors import AmbiguousError, NotUnderstoodError
from app.language.expression import (
    Binary,
    Call,
    Convert,
    Negate,
    Node,
    Percent,
    Percentage,
    PercentageKind,
    Reference,
    Value,
    text,
    walk,
)
from app.language.quantity import Quantity, notes, unit_text

_WHICH_TON = (
    "Which ton is meant: the metric one of 1,000 kg, the US short ton of 2,000 lb, or the UK long ton of 2,240 lb?"
)
_TONS = {"metric ton": "metric tons", "short ton": "short tons", "long ton": "long tons"}
# A person's question needs a handful; past this it is an attempt to keep the agents busy.
MOST_STEPS = 20


@dataclass(frozen=True)
class PlannedStep:
    """A step whose arguments may still refer to earlier results; one with a label is a result to show."""

    tool: str
    arguments: Mapping[str, str | Node]
    label: str = ""

    def fill(self, results: list[str]) -> Step:
        """The step with every reference replaced by the result it means."""
        return Step(
            self.tool,
            {name: _filled(argument, results) for name, argument in self.arguments.items()},
        )

    def renumbered(self, number: Callable[[int], int]) -> PlannedStep:
        """The step with every reference to step n made one to step number(n)."""
        arguments = {
            name: argument if isinstance(argument, str) else renumber(argument, number)
            for name, argument in self.arguments.items()
        }
        return replace(self, arguments=arguments)


@dataclass
class Plan:
    """Steps in order, the last of which gives the answer, and what was assumed in reading the question.

    names: what later parts of a task may call values of this one: `the rest`, `the deposit`. A value not yet computed
    is an expression.
    """

    steps: list[PlannedStep] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    names: dict[str, Node] = field(default_factory=dict)


def plan_expression(node: Node) -> Plan:
    """The steps for an expression; raises NotUnderstoodError for a mere number, which asks nothing."""
    if isinstance(node, Value | Reference):
        raise NotUnderstoodError(text(node))
    plan = Plan()
    if not isinstance(node, Percentage):
        operand(node, plan)
        return plan
    first, second = operand(node.first, plan), operand(node.second, plan)
    plan.names = _names(node.kind, second, operand(Percentage(node.kind, first, second), plan))
    return plan


def _names(kind: PercentageKind, whole: Node, result: Node) -> dict[str, Node]:
    """What later parts of a task may ask for after a percentage: the rest, the total, the saving."""
    difference = Binary("-", whole, result)
    match kind:
        case "of":
            rest = dict.fromkeys(("rest", "remainder", "balance"), difference)
            return {**rest, "total": Binary("+", whole, result), "whole": whole, "price": whole}
        case "decrease":
            return {"discount": difference, "saving": difference, "price": result}
        case "increase":
            return {"increase": Binary("-", result, whole), "price": result, "total": result}
        case _:
            return {}


def operand(node: Node, plan: Plan) -> Node:
    """A value or a reference to the step, added to the plan if need be, that computes `node`."""
    plan.assumptions += [note for note in _assumptions(node) if note not in plan.assumptions]
    if len(plan.steps) > MOST_STEPS:
        raise NotUnderstoodError(f"a question of more than {MOST_STEPS} steps")
    return _operand(node, plan)


def renumber(node: Node, number: Callable[[int], int]) -> Node:
    """`node` with every reference to step n made one to step number(n)."""
    return _replaced(node, lambda reference: Reference(number(reference.step)))


def _operand(node: Node, plan: Plan) -> Node:
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
        case Convert(below, units):
            plan.steps.append(PlannedStep("conversion", {"quantity": _operand(below, plan), "unit": unit_text(units)}))
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
        case Negate(below):
            return Negate(_arithmetic(below, plan))
        case Percent(below):
            return Percent(_arithmetic(below, plan))
        case Call(name, arguments):
            return Call(name, tuple(_arithmetic(argument, plan) for argument in arguments))
        case _:
            return node


def _written(node: Node) -> str:
    """The canonical text; a lone value needs no brackets."""
    return text(node).removeprefix("[").removesuffix("]") if isinstance(node, Value) else text(node)


def _filled(argument: str | Node, results: list[str]) -> str:
    if isinstance(argument, str):
        return argument
    if isinstance(argument, Reference):
        # Whatever it is: a date or a text goes on as it came.
        return results[argument.step - 1]
    return _written(_replaced(argument, lambda reference: Value(Quantity.parse(results[reference.step - 1]))))


def _replaced(node: Node, by: Callable[[Reference], Node]) -> Node:  # noqa: PLR0911 (one for each kind of node)
    """`node` with something else for each reference."""
    match node:
        case Reference():
            return by(node)
        case Binary(operator, left, right):
            return Binary(operator, _replaced(left, by), _replaced(right, by))
        case Percentage(kind, first, second):
            return Percentage(kind, _replaced(first, by), _replaced(second, by))
        case Negate(below):
            return Negate(_replaced(below, by))
        case Percent(below):
            return Percent(_replaced(below, by))
        case Convert(below, units):
            return Convert(_replaced(below, by), units)
        case Call(name, arguments):
            return Call(name, tuple(_replaced(argument, by) for argument in arguments))
        case _:
            return node


def _ask_which(node: Node) -> None:
    """Raise AmbiguousError for a conversion whose result depends on which ton is meant."""
    for part in walk(node):
        if isinstance(part, Convert):
            below = [inner.value.units for inner in walk(part) if isinstance(inner, Value)]
            if any(symbol == "ton" for units in (part.units, *below) for symbol, _ in units) and len(below) > 0:
                raise AmbiguousError(_WHICH_TON, "tons?", _TONS, pattern=True)


def _assumptions(node: Node) -> list[str]:
    found: list[str] = []
    _ask_which(node)
    for part in walk(node):
        match part:
            case Value(value):
                found += notes(value.units)
            case Convert(_, units):
                found += notes(units)
    return list(dict.fromkeys(found))
