"""Tasks and their events: every change is one transaction, so that any replica may answer for any task."""

import json
import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.store import conversations
from app.store.conversations import ConversationStore, now, task_record
from app.store.database import Database
from app.store.leases import Leases, until
from app.store.records import (
    FINISHED,
    MOST_TURNS,
    RESTING,
    STATES,
    ConversationRecord,
    Done,
    Entry,
    EventRecord,
    FinishedTaskError,
    Hold,
    LostTaskError,
    TaskRecord,
    TooManyTurnsError,
    UnknownConversationError,
    UnknownTaskError,
    Wanted,
    may_be_id,
)
from app.store.tables import Base, Task

__all__ = [
    "FINISHED", "RESTING", "STATES", "ConversationRecord", "Done", "Entry", "EventRecord", "FinishedTaskError", "Hold",
    "LostTaskError", "TaskRecord", "TaskStore", "TooManyTurnsError", "UnknownConversationError", "UnknownTaskError",
    "Wanted", "now",
]  # fmt: skip

# Written without the mapper: events are most of what is written.
_TASKS = Base.metadata.tables["tasks"]
_EVENTS = Base.metadata.tables["events"]


class TaskStore(ConversationStore):
    """The application's way to its state. Every method may raise UnavailableError, and then has changed nothing."""

    def __init__(self, database: Database, admit: Callable[[Session, str], None] | None = None) -> None:
        """`admit` may refuse a task, by its id, within the transaction that adds it, by raising what it likes."""
        super().__init__(database)
        self._admit = admit
        self.leases = Leases(database)

    def create(  # noqa: PLR0913 (each is a column)
        self, agent: str, owner: str, request: Mapping[str, Any], *, title: str = "",
        conversation_id: str | None = None, hold: Hold | None = None, done: Done | None = None,
    ) -> TaskRecord:  # fmt: skip
        """A new task in state submitted, in a new conversation unless one of the owner's is named.

        Its first event is `status`. `hold` is that of a runner that begins at once; a task that was done before it was
        kept comes with what became of it. Raises UnknownConversationError.
        """
        moment = now()
        state, answer = (done.state, dict(done.answer)) if done else ("submitted", None)
        with self.database.transaction() as session:
            if conversation_id is None:
                conversation_id = conversations.begin(session, agent, owner, title).id
            else:
                # Locked: it is neither forgotten nor pruned before the task is in it.
                conversations.find(session, agent, owner, conversation_id, lock=True).updated = moment
            task = Task(
                id=str(uuid.uuid4()), conversation_id=conversation_id, agent=agent, owner=owner, state=state,
                request=dict(request), answer=answer, attempts=1 if hold else 0, last_event=1,
                runner=hold.runner if hold else None, lease=until(hold) if hold else None,
                created=moment, updated=moment,
            )  # fmt: skip
            session.add(task)
            session.flush()
            if self._admit is not None:
                self._admit(session, task.id)
            _add(session, EventRecord(task.id, 1, "status", {"state": state}, moment))
            return task_record(task)

    def get(self, agent: str, owner: str, task_id: str) -> TaskRecord:
        """The task. Raises UnknownTaskError."""
        with self.database.reading() as session:
            return task_record(_find(session, agent, owner, task_id))

    def page(self, wanted: Wanted, size: int) -> list[TaskRecord]:
        """The first tasks of what is wanted, newest first."""
        query = select(Task).where(*_conditions(wanted)).order_by(Task.updated.desc(), Task.id.desc()).limit(size)
        with self.database.reading() as session:
            return [task_record(task) for task in session.scalars(query)]

    def count(self, wanted: Wanted) -> int:
        """How many tasks are wanted, on this page and all others."""
        query = select(func.count()).select_from(Task).where(*_conditions(replace(wanted, before=None)))
        with self.database.reading() as session:
            return session.scalar(query) or 0

    def events(self, task_id: str, after: int = 0) -> list[EventRecord]:
        """The task's events after the number `after`, in order; none for an unknown task."""
        columns = _EVENTS.c
        query = (
            select(columns.number, columns.kind, columns.data, columns.created)
            .where(columns.task_id == task_id, columns.number > after)
            .order_by(columns.number)
        )
        with self.database.reading() as session:
            return [EventRecord(task_id, *row) for row in session.execute(query)]

    def append(self, entry: Entry, runner: str) -> EventRecord:
        """Add an event, and with it change the state or set the answer, as the runner that holds the task.

        To be called again after UnavailableError: an event that was added after all is not added twice. Raises
        UnknownTaskError, FinishedTaskError, LostTaskError.
        """
        added = EventRecord(entry.task_id, entry.number, entry.kind, dict(entry.data), now())
        change: dict[str, Any] = {"last_event": entry.number, "updated": added.created}
        if entry.state is not None:
            change["state"] = entry.state
        if entry.answer is not None:
            change["answer"] = dict(entry.answer)
        if entry.state in RESTING:
            change |= {"runner": None, "lease": None}
        columns = _TASKS.c
        mine = and_(
            columns.id == entry.task_id,
            columns.runner == runner,
            columns.last_event == entry.number - 1,
            columns.state.not_in(RESTING),
        )
        with self.database.transaction() as session:
            if session.execute(update(_TASKS).where(mine).values(change).returning(columns.id)).first() is None:
                return _added_before(session, added)
            _add(session, added)
        return added

    def resume(
        self, agent: str, owner: str, task_id: str, request: Mapping[str, Any], *, hold: Hold | None = None
    ) -> TaskRecord:
        """Give a task that waits for the person its input: it is submitted again, with `request` in place of the old.

        Raises UnknownTaskError, FinishedTaskError for any task that does not wait, TooManyTurnsError.
        """
        turns = select(func.count()).where(_EVENTS.c.task_id == task_id, _EVENTS.c.kind == "status")
        with self.database.transaction() as session:
            task = _find(session, agent, owner, task_id, lock=True)
            if task.state != "input-required":
                raise FinishedTaskError(task_id)
            # Each turn is at least: submitted, working, and the question back.
            if (session.scalar(turns) or 0) >= 3 * MOST_TURNS:
                raise TooManyTurnsError(task_id)
            task.state, task.request = "submitted", dict(request)
            task.runner, task.lease = (hold.runner, until(hold)) if hold else (None, None)
            task.attempts = 1 if hold else 0
            _append(session, task, "status", {"state": "submitted"})
            conversations.find(session, agent, owner, task.conversation_id).updated = task.updated
            return task_record(task)

    def cancel(self, agent: str, owner: str, task_id: str) -> TaskRecord:
        """Cancel a task, at once; whoever works on it is refused its next event and so learns of it.

        Raises UnknownTaskError, FinishedTaskError.
        """
        with self.database.transaction() as session:
            task = _find(session, agent, owner, task_id, lock=True)
            if task.state in FINISHED:
                raise FinishedTaskError(task_id)
            task.state, task.runner, task.lease = "canceled", None, None
            _append(session, task, "status", {"state": "canceled"})
            return task_record(task)

    def news(self, task_ids: Collection[str]) -> dict[str, tuple[int, str]]:
        """The number of each task's newest event, and its state."""
        columns = _TASKS.c
        query = select(columns.id, columns.last_event, columns.state).where(columns.id.in_(task_ids))
        with self.database.reading() as session:
            return {row.id: (row.last_event, row.state) for row in session.execute(query)}


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [Task.agent == wanted.agent, Task.owner == wanted.owner]
    if wanted.conversation_id is not None:
        conditions.append(Task.conversation_id == wanted.conversation_id)
    if wanted.state is not None:
        conditions.append(Task.state == wanted.state)
    if wanted.updated_after is not None:
        conditions.append(Task.updated >= wanted.updated_after)
    if wanted.before is not None:
        updated, task_id = wanted.before
        conditions.append(or_(Task.updated < updated, and_(Task.updated == updated, Task.id < task_id)))
    return conditions


def _find(session: Session, agent: str, owner: str, task_id: str, *, lock: bool = False) -> Task:
    task = session.get(Task, task_id, with_for_update=lock) if may_be_id(task_id) else None
    if task is None or task.agent != agent or task.owner != owner:
        raise UnknownTaskError(task_id)
    return task


def _append(session: Session, task: Task, kind: str, data: Mapping[str, Any]) -> None:
    task.last_event += 1
    task.updated = now()
    _add(session, EventRecord(task.id, task.last_event, kind, data, task.updated))


def _add(session: Session, event: EventRecord) -> None:
    row = {"task_id": event.task_id, "number": event.number, "kind": event.kind, "data": dict(event.data)}
    session.execute(insert(_EVENTS).values(**row, created=event.created))


def _added_before(session: Session, event: EventRecord) -> EventRecord:
    """The event, if it is there already; else raises why it cannot be added."""
    columns = _EVENTS.c
    query = select(columns.kind, columns.data, columns.created).where(
        columns.task_id == event.task_id, columns.number == event.number
    )
    found = session.execute(query).first()
    # Compared as it was stored, for instance with lists where there were tuples.
    if found is not None and (found.kind, found.data) == (event.kind, json.loads(json.dumps(event.data))):
        return EventRecord(event.task_id, event.number, event.kind, event.data, found.created)
    state = session.scalar(select(Task.state).where(Task.id == event.task_id))
    if state is None:
        raise UnknownTaskError(event.task_id)
    if state in RESTING:
        raise FinishedTaskError(event.task_id)
    raise LostTaskError(event.task_id)
