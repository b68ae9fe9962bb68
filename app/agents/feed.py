"""News of tasks: whoever follows one is woken when something happens to it, in this process or in another replica.

What happens here is announced. What happens elsewhere is found by one thread that asks the database about all followed
tasks at once, and only while there are any.
"""

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from app.agents.places import Places
from app.store.database import UnavailableError
from app.store.tasks import RESTING, EventRecord, TaskStore

# Streams at once in an application that was not told otherwise.
MOST_STREAMS = 64
LOOK_SECONDS = 0.2
# How often a database that cannot be asked is asked again.
RETRY_SECONDS = 1.0

logger = logging.getLogger(__name__)


class Watch:
    """What is known of a task that someone follows; its news is heard and waited for under the feed's lock."""

    def __init__(self, lock: threading.Lock) -> None:
        self.news = threading.Condition(lock)
        self.followers = 0
        self.number = 0
        self.resting = False
        self._reading = threading.Lock()
        self._read: list[EventRecord] = []
        self._failed = float("-inf")

    def events(self, store: TaskStore, task_id: str, after: int) -> list[EventRecord]:
        """The task's events after the number `after`, in order: of all who follow it, one reads them for the others.

        Raises UnavailableError.
        """
        came = time.monotonic()
        with self._reading:
            # They are numbered without gaps, so what was read last holds all that is missing, or begins too late.
            if self._read and self._read[0].number <= after + 1 and self._read[-1].number >= self.number:
                return [event for event in self._read if event.number > after]
            if self._failed > came:
                raise UnavailableError("it could not be asked just now")
            try:
                self._read = store.events(task_id, after)
            except UnavailableError:
                self._failed = time.monotonic()
                raise
            return self._read

    def hear(self, number: int, state: str | None) -> bool:
        """Take news in; whether it was any."""
        if number <= self.number:
            return False
        self.number = number
        if state is not None:
            self.resting = state in RESTING
        self.news.notify_all()
        return True


class Feed:
    """The news of a process."""

    def __init__(self, store: TaskStore, most_streams: int = MOST_STREAMS) -> None:
        self.places = Places(most_streams)
        self._store = store
        self._lock = threading.Lock()
        self._watches: dict[str, Watch] = {}
        self._looking = False
        self.stopping = False

    def announce(self, task_id: str, number: int, state: str | None = None) -> None:
        """Wake those who follow a task: its newest event has this number, and brought it into a state or did not."""
        with self._lock:
            if watch := self._watches.get(task_id):
                watch.hear(number, state)

    @contextmanager
    def watch(self, task_id: str) -> Iterator[Watch]:
        """Be told of a task's news. What is read of the task within is never older than the news waited for."""
        with self._lock:
            watch = self._watches.setdefault(task_id, Watch(self._lock))
            watch.followers += 1
        try:
            yield watch
        finally:
            with self._lock:
                watch.followers -= 1
                if not watch.followers:
                    del self._watches[task_id]

    def wait_for_event(self, watch: Watch, after: int, seconds: float) -> None:
        """Wait until there is an event with a number above `after`, the process stops, or the time is over."""
        with self._lock:
            self._look_out()
            watch.news.wait_for(lambda: self.stopping or watch.number > after, seconds)

    def wait_for_rest(self, watch: Watch, after: int, seconds: float) -> None:
        """Wait until an event above `after` has left the task at rest, or the time is over; a stop does not end it."""
        with self._lock:
            self._look_out()
            watch.news.wait_for(lambda: watch.resting and watch.number > after, seconds)

    def stop(self) -> None:
        """End what need not go to its end: streams, whose clients then resume them at another replica."""
        with self._lock:
            self.stopping = True
            for watch in self._watches.values():
                watch.news.notify_all()

    def _look_out(self) -> None:
        if not self._looking:
            self._looking = True
            threading.Thread(target=self._look, name="feed", daemon=True).start()

    def _look(self) -> None:
        down = False
        while True:
            time.sleep(RETRY_SECONDS if down else LOOK_SECONDS)
            with self._lock:
                followed = list(self._watches)
                if not followed:
                    self._looking = False
                    return
            try:
                self._hear(self._store.news(followed))
                down = False
            except UnavailableError as error:
                if not down:
                    logger.warning("cannot look for news", extra={"fields": {"reason": str(error)}})
                down = True
            except Exception:
                logger.exception("could not look for news")
                down = True

    def _hear(self, found: Mapping[str, tuple[int, str]]) -> None:
        with self._lock:
            for task_id, (number, state) in found.items():
                if watch := self._watches.get(task_id):
                    watch.hear(number, state)
