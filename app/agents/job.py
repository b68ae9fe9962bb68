"""A task being worked on, as its work sees it: what it says is kept, once, however the database is doing."""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from app.agents.feed import Feed
from app.observe import watched
from app.store.database import UnavailableError
from app.store.tasks import (
    RESTING,
    Entry,
    FinishedTaskError,
    LostTaskError,
    TaskRecord,
    TaskStore,
    UnknownTaskError,
)

# No work has so much to say; one that does has lost its way.
MOST_EVENTS = 5_000
# How long a task's work waits for the database before the task is left for later, and for how long in between.
PATIENCE_SECONDS = 60.0
RETRY_SECONDS = 0.5

logger = logging.getLogger(__name__)


class CanceledError(Exception):
    """The task is not this work's any more: its person canceled or deleted it, or another replica has it."""


class ExhaustedError(Exception):
    """The task has used up what it may use; `code` and `status` say so to a client."""

    def __init__(self, code: str, status: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class Job:
    """One task in one runner's hands, for `seconds` at most. Safe for threads."""

    def __init__(self, record: TaskRecord, store: TaskStore, feed: Feed, runner: str, seconds: float) -> None:
        self.record = record
        self.canceled = threading.Event()
        # Whether it has an answer, or asked back.
        self.settled = False
        self.seconds = seconds
        # Counted from when the work begins, not from when the task was put in the queue.
        self.began: float | None = None
        self._store = store
        self._feed = feed
        self._runner = runner
        self._last = record.last_event
        self._lock = threading.Lock()

    @property
    def overdue(self) -> float:
        """For how many seconds it has gone on for longer than it may; negative while it may."""
        return -self.seconds if self.began is None else time.monotonic() - self.began - self.seconds

    def tell(self, kind: str, data: Mapping[str, Any]) -> None:
        """Add an event, between two steps. Raises CanceledError, ExhaustedError, UnavailableError."""
        if self.overdue > 0:
            raise ExhaustedError("too_slow", 504, f"This took longer than the {self.seconds:.0f} s that a task may.")
        if self._last >= MOST_EVENTS:
            raise ExhaustedError("too_many_turns", 500, "This took more steps than a task may.")
        self._append(kind, data)

    def settle(self, state: str, answer: Mapping[str, Any] | None = None, text: str = "") -> None:
        """Give the task a state, and with it an answer. Raises CanceledError, UnavailableError."""
        data = {"state": state, "text": text} if text else {"state": state}
        self._append("status", data, state=state, answer=answer)
        watched.came_to(self.record.agent, state)

    def _append(
        self, kind: str, data: Mapping[str, Any], *, state: str | None = None, answer: Mapping[str, Any] | None = None
    ) -> None:
        with self._lock:
            entry = Entry(self.record.id, self._last + 1, kind, data, state, answer)
            try:
                self._add_patiently(entry)
            except (FinishedTaskError, LostTaskError, UnknownTaskError) as error:
                self.canceled.set()
                raise CanceledError from error
            self._last = entry.number
            self.settled = state in RESTING
        self._feed.announce(self.record.id, entry.number, state)

    def _add_patiently(self, entry: Entry) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.canceled.is_set():
            try:
                self._store.append(entry, self._runner)
                return
            except UnavailableError:
                if time.monotonic() > end:
                    raise
            self.canceled.wait(RETRY_SECONDS)
        raise CanceledError
