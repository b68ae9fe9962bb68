"""What agents say to each other and to the person, as plain values with a JSON form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Agent = Literal["planner", "solver"]
# Named as the task states of the A2A protocol.
State = Literal["completed", "rejected", "failed", "input-required"]


@dataclass(frozen=True)
class Step:
    """One typed piece of work for the solver."""

    tool: str
    arguments: Mapping[str, str]

    def json(self) -> dict[str, Any]:
        """The step as data of an A2A message."""
        return {"tool": self.tool, "arguments": dict(self.arguments)}


@dataclass(frozen=True)
class Outcome:
    """What a step came to: `value` in the canonical form, `display` and `working` for a person."""

    value: str
    display: str
    working: str
    rounded: bool = False

    def json(self) -> dict[str, Any]:
        """The outcome as data of an A2A artifact."""
        return asdict(self)

    @classmethod
    def parse(cls, data: object) -> Outcome:
        """Read a solver's answer; raises ValueError when it isn't one."""
        if not isinstance(data, dict):
            raise ValueError(f"an object was expected, not {type(data).__name__}")
        texts = {name: data.get(name) for name in ("value", "display", "working")}
        rounded = data.get("rounded", False)
        if not all(isinstance(text, str) for text in texts.values()) or not isinstance(rounded, bool):
            raise ValueError("an outcome has value, display and working as text, and rounded as true or false")
        return cls(str(texts["value"]), str(texts["display"]), str(texts["working"]), rounded)


@dataclass(frozen=True)
class Check:
    """Whether a second method came to the same result."""

    agrees: bool
    method: str


@dataclass(frozen=True)
class Message:
    """One line of the exchange; `data` is the step, the outcome or the check it is about."""

    agent: Agent
    text: str
    kind: Literal["plan", "request", "result", "check", "answer", "question", "note"]
    data: Mapping[str, Any] | None = None

    def json(self) -> dict[str, Any]:
        """The form in a task's transcript."""
        message: dict[str, Any] = {"agent": self.agent, "kind": self.kind, "text": self.text}
        if self.data is not None:
            message["data"] = dict(self.data)
        return message


@dataclass(frozen=True)
class Result:
    """One result of a task: what it is, what it came to, and how that was found and checked."""

    label: str
    outcome: Outcome
    method: str

    @property
    def working(self) -> str:
        """`30% of 240,000 is 72,000 (checked by cross-multiplication)`."""
        return f"{self.outcome.working} (checked by {self.method})"

    def json(self) -> dict[str, Any]:
        """The form in an answer's data."""
        return {
            "label": self.label,
            "value": self.outcome.value,
            "display": self.outcome.display,
            "rounded": self.outcome.rounded,
            "checked_by": self.method,
        }


@dataclass
class Task:
    """A question and all that was said about it, up to the answer, or to a question back with choices."""

    question: str
    state: State = "completed"
    answer: str = ""
    rounded: bool = False
    assumptions: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    transcript: list[Message] = field(default_factory=list)
    tell: Callable[[Message], None] = lambda _: None

    def say(self, message: Message) -> None:
        """Add a line to the transcript, and tell it to whoever follows."""
        self.transcript.append(message)
        self.tell(message)

    def json(self) -> dict[str, Any]:
        """What is kept of it besides its events."""
        if self.state == "input-required":
            return {"text": self.answer, **({"choices": self.choices} if self.choices else {})}
        answer: dict[str, Any] = {"text": self.answer, "rounded": self.rounded, "assumptions": self.assumptions}
        if self.results:
            answer["working"] = [result.working for result in self.results]
            answer["data"] = {"results": [result.json() for result in self.results if result.label]}
        return answer


# How the planner gets a step done: by asking the solver.
Ask = Callable[[Step], Outcome]
