"""What the protocol offers, on an agent's desk: send, stream, get, list, cancel, subscribe. Nothing here knows of HTTP.

All of it works from the store, so any replica answers for any task, and a stream goes on at another one.
"""

import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from app.a2a import reading, writing
from app.a2a.agents import Agent, Reply, Request
from app.a2a.faults import TASK_NOT_CANCELABLE, TASK_NOT_FOUND, UNSUPPORTED_OPERATION, ProtocolError, invalid
from app.a2a.reading import Listing, Sending
from app.agents.streams import Stream
from app.store.tasks import FinishedTaskError, TaskRecord, UnknownConversationError, UnknownTaskError, Wanted

# A blocking call ends here at the latest; the client may then subscribe to the task.
BLOCKING_SECONDS = 30.0
# A step under way is not broken off, and most take far less.
CANCEL_SECONDS = 5.0

# What a stream yields: an event's number with what it says, or None for a heartbeat.
Update = tuple[int, dict[str, Any]] | None


class Operations:
    """What one caller may do with one agent. Every method may raise ProtocolError and UnavailableError."""

    def __init__(self, agent: Agent, owner: str, request_id: str) -> None:
        self._agent = agent
        self._desk = agent.desk
        self._owner = owner
        self._request_id = request_id

    def send(self, sending: Sending) -> dict[str, Any]:
        """The task that a message began or went on with, at rest unless that was not asked for; or a message."""
        begun = self._begin(sending)
        if isinstance(begun, dict):
            return {"message": begun}
        if sending.blocking and not begun.resting:
            begun = self._desk.wait(self._owner, begun.id, BLOCKING_SECONDS)
        return {"task": self._written(begun, sending.history_length)}

    def stream(self, sending: Sending) -> Iterator[Update]:
        """The same as it happens: first the task, then all that changes it. Or one message."""
        begun = self._begin(sending)
        if isinstance(begun, dict):
            return iter([(0, {"message": begun})])
        return self._follow(begun, begun.last_event, sending.history_length)

    def subscribe(self, task_id: str, after: int | None = None) -> Iterator[Update]:
        """A task that is not finished, as it is and as it goes on; from the event `after` if that is known."""
        record = self._find(task_id)
        if record.finished:
            raise ProtocolError(
                UNSUPPORTED_OPERATION, f"Task {record.id} is {record.state}: nothing more will happen to it"
            )
        number = record.last_event if after is None else min(after, record.last_event)
        return self._follow(record, number, None, to_the_end=True)

    def get(self, task_id: str, history_length: int | None) -> dict[str, Any]:
        """A task as it is now."""
        return self._written(self._find(task_id), history_length)

    def page(self, listing: Listing) -> dict[str, Any]:
        """A page of the caller's tasks, newest first."""
        wanted = Wanted(
            self._agent.name,
            self._owner,
            conversation_id=listing.context_id,
            state=listing.state,
            updated_after=listing.updated_after,
            before=listing.before,
        )
        records = self._desk.store.page(wanted, listing.page_size + 1)
        page = records[: listing.page_size]
        return {
            "tasks": [
                writing.task(record, history_length=listing.history_length, artifacts=listing.artifacts)
                for record in page
            ],
            "nextPageToken": reading.token(page[-1].updated, page[-1].id) if len(records) > len(page) else "",
            "pageSize": listing.page_size,
            "totalSize": self._desk.store.count(wanted),
        }

    def cancel(self, task_id: str) -> dict[str, Any]:
        """Cancel a task, and wait for its work to take notice."""
        try:
            record = self._desk.cancel(self._owner, task_id)
        except UnknownTaskError:
            raise _not_found(task_id) from None
        except FinishedTaskError:
            raise self._not_cancelable(task_id) from None
        if not record.finished:
            record = self._desk.wait(self._owner, record.id, CANCEL_SECONDS)
            if record.finished and record.state != "canceled":
                raise self._not_cancelable(task_id)
        return self._written(record, None)

    def _begin(self, sending: Sending) -> TaskRecord | dict[str, Any]:
        record = self._continued(sending) if sending.task_id else None
        request = self._agent.receive(sending.message)
        if isinstance(request, Reply):
            return self._reply(sending, request)
        if record is None:
            return self._at_once(sending, request) or self._hand_in(sending, request)
        given = {
            **self._request(sending, request),
            "earlier": [*record.request.get("earlier", []), record.request["text"]],
        }
        given["a2a"]["history"] = writing.asked(record)
        try:
            return self._desk.reply(self._owner, record.id, given)
        except FinishedTaskError:
            raise _occupied(record) from None

    def _continued(self, sending: Sending) -> TaskRecord:
        record = self._find(sending.task_id)
        if sending.context_id and sending.context_id != record.conversation_id:
            raise invalid("message.contextId", f"Task {record.id} belongs to another context")
        if record.state != "input-required":
            raise _occupied(record)
        return record

    def _at_once(self, sending: Sending, request: Request) -> TaskRecord | None:
        if sending.context_id or not sending.blocking:
            return None
        given = self._request(sending, request)
        done = self._agent.at_once(given)
        return self._desk.keep(self._owner, given, done, title=request.text) if done else None

    def _hand_in(self, sending: Sending, request: Request) -> TaskRecord:
        context = sending.context_id or None
        try:
            if context:
                self._desk.store.begin_conversation(self._agent.name, self._owner, context, request.text)
            given = self._request(sending, request)
            return self._desk.hand_in(self._owner, given, title=request.text, conversation_id=context)
        except UnknownConversationError:
            raise invalid("message.contextId", "message.contextId cannot be used; leave it out") from None

    def _request(self, sending: Sending, request: Request) -> dict[str, Any]:
        return {
            **request.details,
            "text": request.text,
            "request_id": self._request_id,
            "a2a": {"message": sending.message},
        }

    def _reply(self, sending: Sending, reply: Reply) -> dict[str, Any]:
        message = {
            "messageId": str(uuid.uuid4()),
            "contextId": sending.context_id,
            "role": "ROLE_AGENT",
            "parts": [{"text": reply.text}],
        }
        return {name: value for name, value in message.items() if value}

    def _find(self, task_id: str) -> TaskRecord:
        try:
            return self._desk.get(self._owner, task_id)
        except UnknownTaskError:
            raise _not_found(task_id) from None

    def _written(self, record: TaskRecord, history_length: int | None, until: int | None = None) -> dict[str, Any]:
        """A task; of one that is still worked on, with its words up to the event `until`."""
        so_far = () if record.resting else self._desk.store.events(record.id)
        so_far = [event for event in so_far if until is None or event.number <= until]
        return writing.task(record, history_length=history_length, so_far=so_far)

    def _follow(
        self, record: TaskRecord, after: int, history_length: int | None, *, to_the_end: bool = False
    ) -> Iterator[Update]:
        events = self._desk.follow(self._owner, record.id, after, to_the_end=to_the_end)
        # What comes after is told by the events that follow.
        return self._updates(record, after, events, self._written(record, history_length, after))

    def _updates(self, record: TaskRecord, after: int, batches: Stream, task: dict[str, Any]) -> Iterator[Update]:
        with closing(batches):
            yield after, {"task": task}
            told = writing.Told(begun="artifacts" in task)
            for events in batches:
                if not events:
                    yield None
                if any(event.state for event in events):
                    record = self._desk.get(self._owner, record.id)
                for event in events:
                    for update in writing.updates(record, event, told):
                        yield event.number, update

    def _not_cancelable(self, task_id: str) -> ProtocolError:
        return ProtocolError(
            TASK_NOT_CANCELABLE, f"Task {task_id} is {self._find(task_id).state} and cannot be canceled"
        )


def _not_found(task_id: str) -> ProtocolError:
    return ProtocolError(TASK_NOT_FOUND, f"Task not found: {task_id[:64]!a}")


def _occupied(record: TaskRecord) -> ProtocolError:
    return ProtocolError(
        UNSUPPORTED_OPERATION, f"Task {record.id} is {record.state} and takes no message; send one without it"
    )
