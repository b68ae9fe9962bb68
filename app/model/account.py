"""What a task has used of the language model: tokens, calls and cost, within a budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.model.errors import BudgetError

# Where the endpoint does not count: about what a token is in English text.
_CHARACTERS = 4
# What the form of a message costs besides its words.
_MESSAGE = 4
# An answer with less room than this is not worth beginning.
_LEAST = 64


@dataclass(frozen=True)
class Used:
    """Tokens of one call, as the endpoint counts them."""

    prompt: int
    completion: int


def estimate(text: str) -> int:
    """About how many tokens a text has."""
    return -(-len(text) // _CHARACTERS)


def estimate_prompt(messages: Sequence[Mapping[str, str]]) -> int:
    """About how many tokens messages have."""
    return sum(estimate(message["content"]) + _MESSAGE for message in messages)


@dataclass
class Account:
    """One task's account. Prices are for a million tokens, in the operator's currency; None where not known."""

    model: str
    budget: int
    prompt_price: float | None = None
    completion_price: float | None = None
    prompt: int = 0
    completion: int = 0
    calls: int = 0
    estimated: bool = False

    def room(self, prompt: int) -> int:
        """How many tokens an answer to a prompt of so many may have; raises BudgetError where it is too few."""
        room = self.budget - self.prompt - self.completion - prompt
        if room < _LEAST:
            raise BudgetError(f"may use no more than {self.budget:,} tokens for a task")
        return room

    def charge(self, used: Used, *, estimated: bool) -> float:
        """Add a call; what it cost, 0 where no price is known."""
        self.calls += 1
        self.prompt += used.prompt
        self.completion += used.completion
        self.estimated |= estimated
        return self._cost(used.prompt, used.completion) or 0.0

    def after(self, used: Mapping[str, Any] | None) -> "Account":
        """The same account, in which an earlier turn of the task has `used` so much already, as `json` has it."""
        if used:
            self.calls, self.prompt, self.completion = (
                int(used[name]) for name in ("calls", "prompt_tokens", "completion_tokens")
            )
            self.estimated = bool(used["estimated"])
        return self

    def json(self) -> dict[str, Any]:
        """What is kept with the task's answer, under `usage`."""
        return {
            "model": self.model,
            "calls": self.calls,
            "prompt_tokens": self.prompt,
            "completion_tokens": self.completion,
            "total_tokens": self.prompt + self.completion,
            "estimated": self.estimated,
            "cost": self._cost(self.prompt, self.completion),
        }

    def _cost(self, prompt: int, completion: int) -> float | None:
        if self.prompt_price is None or self.completion_price is None:
            return None
        return round((prompt * self.prompt_price + completion * self.completion_price) / 1e6, 9)
