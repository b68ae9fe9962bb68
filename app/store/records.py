"""What the store answers with, as plain values, and what it raises."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# The states of the A2A protocol, as its version 0.3 writes them.
STATES = ("submitted", "working", "input-required", "completed", "failed", "canceled", "rejected")
FINISHED = frozenset({"completed", "failed", "canceled", "rejected"})
# The task waits for nobody but the person.
RESTING = FINISHED | {"input-required"}

# How often a task may ask its person back.
MOST_TURNS = 20

# What an id may look like; anything else is not even asked for, since a database may refuse the very text.
_ID = re.compile(r"[!-~]{1,100}")


class UnknownTaskError(LookupError):
    """There is no such task, or it is another owner's."""


class UnknownConversationError(LookupError):
    """There is no such conversation, or it is another owner's."""


class FinishedTaskError(Exception):
    """The task is finished, and nothing can be added to it."""


class TooManyTurnsError(FinishedTaskError):
    """The task asked back so often that it gets no further reply."""


class LostTaskError(Exception):
    """The task is in another runner's hands."""


@dataclass(frozen=True)
class TaskRecord:
    """A task as it was read. Times are microseconds since 1970."""

    id: str
    conversation_id: str
    agent: str
    owner: str
    state: str
    request: Mapping[str, Any]
    answer: Mapping[str, Any] | None
    attempts: int
    last_event: int
    created: int
    updated: int

    @property
    def finished(self) -> bool:
        """Nothing more will happen to it."""
        return self.state in FINISHED

    @property
    def resting(self) -> bool:
        """It is finished, or waits for the person."""
        return self.state in RESTING


@dataclass(frozen=True)
class EventRecord:
    """An event as it was read."""

    task_id: str
    number: int
    kind: str
    data: Mapping[str, Any]
    created: int

    @property
    def state(self) -> str | None:
        """The state that the task came into by this event, if it is about one."""
        return str(self.data["state"]) if self.kind == "status" else None


@dataclass(frozen=True)
class Entry:
    """An event to be added under a number, and what becomes of the task with it; None leaves that as it is."""

    task_id: str
    number: int
    kind: str
    data: Mapping[str, Any]
    state: str | None = None
    answer: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class ConversationRecord:
    """A conversation as it was read."""

    id: str
    agent: str
    owner: str
    title: str
    created: int
    updated: int


@dataclass(frozen=True)
class Wanted:
    """Which tasks to list; what is None does not matter. `before` is the (updated, id) that a page ended at."""

    agent: str
    owner: str
    conversation_id: str | None = None
    state: str | None = None
    updated_after: int | None = None
    before: tuple[int, str] | None = None


@dataclass(frozen=True)
class Done:
    """What became of a task that was done before it was kept."""

    state: str
    answer: Mapping[str, Any]


@dataclass(frozen=True)
class Hold:
    """A runner's hold on a task, for `seconds` from now unless it is renewed."""

    runner: str
    seconds: float


def may_be_id(text: str) -> bool:
    """Whether a text can be the id of anything."""
    return _ID.fullmatch(text) is not None
