"""What agents say to each other and to the person, as plain values with a JSON form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Agent = Literal["planner", "solver"]
# Named after the task states of the A2A protocol, which these will be one day.
State = Literal["completed", "rejected", "failed"]


@dataclass(frozen=True)
class Step:
    """One typed piece of work for the solver."""

    tool: str
    arguments: Mapping[str, str]

    def json(self) -> dict[str, Any]:
        """The body of `POST /v1/steps`."""
        return {"tool": self.tool, "arguments": dict(self.arguments)}


@dataclass(frozen=True)
class Outcome:
    """What a step came to: `value` in the canonical form, `display` and `working` for a person."""

    value: str
    display: str
    working: str
    rounded: bool = False

    def json(self) -> dict[str, Any]:
        """The answer to `POST /v1/steps`."""
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
    kind: Literal["plan", "request", "result", "check", "answer"]
    data: Mapping[str, Any] | None = None

    def json(self) -> dict[str, Any]:
        """The form in a task's transcript."""
        message: dict[str, Any] = {"agent": self.agent, "kind": self.kind, "text": self.text}
        if self.data is not None:
            message["data"] = dict(self.data)
        return message


@dataclass
class Task:
    """A question and all that was said about it, up to the answer."""

    question: str
    state: State = "completed"
    answer: str = ""
    rounded: bool = False
    assumptions: list[str] = field(default_factory=list)
    transcript: list[Message] = field(default_factory=list)

    def say(self, message: Message) -> None:
        """Add a line to the transcript."""
        self.transcript.append(message)

    def json(self) -> dict[str, Any]:
        """The answer to `POST /v1/tasks`."""
        return {
            "state": self.state,
            "answer": self.answer,
            "rounded": self.rounded,
            "assumptions": self.assumptions,
            "transcript": [message.json() for message in self.transcript],
        }


# How the planner gets a step done: by asking the solver.
Ask = Callable[[Step], Outcome]
