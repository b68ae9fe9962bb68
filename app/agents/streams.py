"""Streams of events: one for each follower, so many and so long that they never take all of a process's threads.

A stream ends when its task rests, after `STREAM_SECONDS`, and when the process is to stop. In the last two cases the
client goes on from the last event it has, here or at another replica, as server-sent events do by themselves.
"""

import time
from collections.abc import Collection, Generator
from typing import Self

from app.agents.feed import RETRY_SECONDS, Feed
from app.observe import metrics
from app.store.database import UnavailableError
from app.store.tasks import RESTING, EventRecord, TaskRecord, TaskStore, UnknownTaskError

# Silence after which a follower hears that it is still connected.
HEARTBEAT_SECONDS = 5.0
STREAM_SECONDS = 600.0


class Stream:
    """Batches of a task's events, in order; an empty one is a heartbeat. To be closed, or read to the end."""

    def __init__(
        self, store: TaskStore, feed: Feed, record: TaskRecord, after: int, ends: Collection[str] = RESTING
    ) -> None:
        """It ends when the task is in one of the states `ends`. Raises CrowdedError when there is no place for it."""
        self._open = False
        feed.places.take()
        self._open = True
        self._places = feed.places
        self._agent = record.agent
        metrics.stream_opened(self._agent)
        self._batches = _batches(store, feed, record, after, ends)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> list[EventRecord]:
        try:
            return next(self._batches)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Give the place back; harmless when it was done."""
        if self._open:
            self._open = False
            self._batches.close()
            self._places.leave()
            metrics.stream_closed(self._agent)

    def __del__(self) -> None:
        # A view that failed, or was asked for the headers alone, never began to read.
        self.close()


def _batches(
    store: TaskStore, feed: Feed, record: TaskRecord, after: int, ends: Collection[str]
) -> Generator[list[EventRecord], None, None]:
    end = time.monotonic() + STREAM_SECONDS
    # Whether to look at the task itself: it may have come to rest before, or may be gone.
    look = True
    with feed.watch(record.id) as watch:
        while not feed.stopping and time.monotonic() < end:
            try:
                events = watch.events(store, record.id, after)
                if look and not events:
                    record = store.get(record.agent, record.owner, record.id)
            except UnknownTaskError:
                # It was forgotten, with its conversation.
                return
            except UnavailableError:
                # Its followers need not notice: what happens meanwhile is read as soon as it can be.
                yield []
                feed.wait_for_event(watch, watch.number, RETRY_SECONDS)
                continue
            if events:
                after, look = events[-1].number, False
                yield events
                states = [event.state for event in events if event.state]
                if states and states[-1] in ends:
                    return
            elif record.state in ends and record.last_event <= after:
                return
            else:
                feed.wait_for_event(watch, after, HEARTBEAT_SECONDS)
                look = True
                if watch.number <= after:
                    yield []
