"""What is known when a part of a task is read: the results of the parts before it, and a currency said for all."""

from __future__ import annotations

import re
from dataclasses import replace

from app.agents.plan import Plan, PlannedStep, renumber
from app.language.expression import Node, Reference, Value
from app.language.quantity import Quantity, Units
from app.language.question import bare
from app.language.references import mark, refer

# `over 4` alone is a division.
_ANOTHER_END = re.compile(r"(?P<preposition>of|for|from|over(?= [0-9.,]+[ -][a-z])) .", re.IGNORECASE)
_PREPOSITION = re.compile(r"\b(?:of|over|for|from|at|on|to|in|by)\b", re.IGNORECASE)


class Context:
    """The parts read so far. A part may add steps before its own: `the rest` is computed when it is first used."""

    def __init__(
        self,
        plan: Plan | None = None,
        currency: Units = (),
        parts: tuple[int, ...] = (),
        *,
        currency_used: bool = False,
    ) -> None:
        self.plan = plan or Plan()
        self.currency = currency
        self.parts = parts
        self.added: list[PlannedStep] = []
        # The last part as it was read, with marks for earlier results.
        self.said = ""
        # Whether the currency was given to an amount that had none.
        self.currency_used = currency_used
        # Values that were given and that nothing has used yet.
        self.unused: tuple[Node, ...] = ()
        self._made: dict[str, int] = {}

    def knows(self, name: str) -> bool:
        """Whether a value of this name is known; `it` is the last result."""
        return name in self.plan.names or (name == "it" and bool(self.plan.steps))

    def value(self, *names: str) -> Reference | None:
        """The value that the first known one of `names` means."""
        return next((Reference(-self.step(name)) for name in names if self.knows(name)), None)

    def step(self, name: str) -> int:
        """The number of the step whose result `name` means; it is added if need be."""
        if name not in self.plan.names:
            return len(self.plan.steps)
        meaning = self.plan.names[name]
        self.unused = tuple(node for node in self.unused if node is not meaning)
        if isinstance(meaning, Reference):
            return meaning.step
        if name not in self._made:
            label = "" if isinstance(meaning, Value) else f"the {name}"
            self.added.append(PlannedStep("arithmetic", {"expression": meaning}, label=label))
            self._made[name] = len(self.plan.steps) + len(self.added)
        return self._made[name]

    def last(self, tool: str) -> PlannedStep | None:
        """The last step before this part that `tool` does, with references as a part's reader writes them."""
        for step in reversed(self.plan.steps):
            if step.tool == tool:
                return step.renumbered(lambda number: -number)
        return None

    def money(self, node: Node) -> Node:
        """An amount of money: in the currency said for the whole task, if it has no unit."""
        if self.currency and isinstance(node, Value) and not node.value.units:
            self.currency_used = True
            return Value(Quantity(node.value.number, self.currency, node.value.exact))
        return node

    def marked(self, text: str) -> str:
        """`text` with marks for the words that mean earlier results."""
        return refer(text, self.plan.names, self.step, self._part) if self.knows("it") else text

    def elliptic(self, text: str) -> str | None:
        """`text` said of the last result, `in miles`, `plus 5`, or in the last part's place; None if it is neither."""
        text = bare(text)
        if not (match := _ANOTHER_END.match(text)):
            return f"{mark(self.step('it'))} {text}"
        # After `15% of 200`, `of 300` is `15% of 300`; it is never so much of the last result.
        head, _, end = self.said.rpartition(f" {match['preposition'].lower()} ")
        return None if not head or _PREPOSITION.search(end) else f"{head} {text}"

    def again(self) -> Context:
        """The same, for another try at reading a part."""
        return self._with(self.plan, self.parts)

    def after(self, part: Plan, label: str) -> Context:
        """What is known after a part. Raises nothing: the part's steps are put after those it added."""
        before = len(self.plan.steps) + len(self.added)

        def number(step: int) -> int:
            return -step if step < 0 else before + step

        steps = [step.renumbered(number) for step in part.steps]
        if not steps[-1].label:
            steps[-1] = replace(steps[-1], label=label)
        plan = Plan(
            [*self.plan.steps, *self.added, *steps],
            list(dict.fromkeys([*self.plan.assumptions, *part.assumptions])),
            self._named(),
        )
        for name, node in part.names.items():
            plan.names[name] = renumber(node, number)
        return self._with(plan, (*self.parts, len(plan.steps)))

    def shown(self, label: str) -> Context:
        """What is known after a part that only names a value: it is a result of its own if it was not one before."""
        plan = Plan([*self.plan.steps, *self.added], self.plan.assumptions, self._named())
        if self.added:
            plan.steps[-1] = replace(plan.steps[-1], label=label)
        return self._with(plan, (*self.parts, len(plan.steps)))

    def given(self, name: str, node: Node) -> Context:
        """What is known after a value was given and named: no step, until it is used."""
        names = {**self.plan.names, name: node, "it": node}
        # `the monthly income` may be called `the income` later.
        names.setdefault(name.rsplit(maxsplit=1)[-1], node)
        after = self._with(Plan(self.plan.steps, self.plan.assumptions, names), self.parts)
        after.unused = (*after.unused, node)
        return after

    def _with(self, plan: Plan, parts: tuple[int, ...]) -> Context:
        context = Context(plan, self.currency, parts, currency_used=self.currency_used)
        context.unused = self.unused
        context.said = self.said
        return context

    def _named(self) -> dict[str, Node]:
        names = {**self.plan.names, **{name: Reference(step) for name, step in self._made.items()}}
        names.pop("it", None)
        return names

    def _part(self, number: int) -> int | None:
        return self.parts[number - 1] if 1 <= number <= len(self.parts) else None
