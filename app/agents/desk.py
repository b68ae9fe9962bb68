"""An agent's desk: where tasks are handed in, followed, answered and canceled, whoever speaks which protocol."""

import time
from collections.abc import Mapping
from typing import Any

from app.agents.feed import RETRY_SECONDS, Feed
from app.agents.runner import Runner, Work
from app.agents.streams import Stream
from app.observe import watched
from app.observe.origin import carried
from app.store.database import UnavailableError
from app.store.tasks import FINISHED, RESTING, Done, TaskRecord, TaskStore


class Desk:
    """One agent's tasks, for the views of every protocol. All methods may raise UnavailableError."""

    def __init__(self, agent: str, store: TaskStore, feed: Feed, work: Work) -> None:
        self.agent = agent
        self.store = store
        self.feed = feed
        self.runner = Runner(agent, store, feed, work)

    def hand_in(
        self, owner: str, request: Mapping[str, Any], *, title: str, conversation_id: str | None = None
    ) -> TaskRecord:
        """A new task, under way. `request` holds at least `text`. Raises UnknownConversationError, CrowdedError."""
        hold = self.runner.hold()
        request = {**carried(), **request}
        record = self.store.create(self.agent, owner, request, title=title, conversation_id=conversation_id, hold=hold)
        watched.came_to(self.agent, record.state)
        if hold is not None:
            self.runner.begin(record)
        return record

    def keep(self, owner: str, request: Mapping[str, Any], done: Done, *, title: str) -> TaskRecord:
        """A task that took no time, with what became of it: one transaction instead of four."""
        record = self.store.create(self.agent, owner, {**carried(), **request}, title=title, done=done)
        watched.came_to(self.agent, record.state)
        return record

    def reply(self, owner: str, task_id: str, request: Mapping[str, Any]) -> TaskRecord:
        """Go on with a task that asked back. Raises UnknownTaskError, FinishedTaskError, CrowdedError."""
        hold = self.runner.hold()
        record = self.store.resume(self.agent, owner, task_id, {**carried(), **request}, hold=hold)
        watched.came_to(self.agent, record.state)
        self.feed.announce(task_id, record.last_event, record.state)
        if hold is not None:
            self.runner.begin(record)
        return record

    def cancel(self, owner: str, task_id: str) -> TaskRecord:
        """Cancel a task, whose work ends before its next step. Raises UnknownTaskError, FinishedTaskError."""
        record = self.store.cancel(self.agent, owner, task_id)
        watched.came_to(self.agent, record.state)
        self.feed.announce(task_id, record.last_event, record.state)
        self.runner.cancel(task_id)
        return record

    def get(self, owner: str, task_id: str) -> TaskRecord:
        """The task as it is now. Raises UnknownTaskError."""
        return self.store.get(self.agent, owner, task_id)

    def follow(self, owner: str, task_id: str, after: int = 0, *, to_the_end: bool = False) -> Stream:
        """Events after the number `after`, until the task rests or this process stops; an empty list is a heartbeat.

        To the end, it goes on while the task waits for the person. It holds one of the process's places until it is
        closed. Raises UnknownTaskError, CrowdedError, at once.
        """
        ends = FINISHED if to_the_end else RESTING
        return Stream(self.store, self.feed, self.get(owner, task_id), after, ends)

    def wait(self, owner: str, task_id: str, seconds: float) -> TaskRecord:
        """The task when it rests, or as it is after `seconds`. Raises UnknownTaskError."""
        end = time.monotonic() + seconds
        with self.feed.watch(task_id) as watch:
            while True:
                try:
                    record = self.get(owner, task_id)
                except UnavailableError:
                    # It may be back before the time is over.
                    if time.monotonic() + RETRY_SECONDS > end:
                        raise
                    time.sleep(RETRY_SECONDS)
                    continue
                if record.resting or time.monotonic() >= end:
                    return record
                self.feed.wait_for_rest(watch, record.last_event, end - time.monotonic())
