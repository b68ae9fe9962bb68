"""Conversations: what belongs together in a person's eyes, kept for as long as the operator wishes."""

import time
import uuid

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.store.database import Database
from app.store.records import ConversationRecord, TaskRecord, UnknownConversationError, may_be_id
from app.store.tables import Conversation, Task

LONGEST_TITLE = 80
# So many are deleted in one transaction: other writers wait for less than a moment.
PRUNED_AT_ONCE = 200


def now() -> int:
    """Microseconds since 1970."""
    return time.time_ns() // 1000


class ConversationStore:
    """Lists, reads and deletes conversations. Every method may raise UnavailableError, and then has changed nothing."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def conversations(
        self, agent: str, owner: str, most: int, before: tuple[int, str] | None = None
    ) -> list[ConversationRecord]:
        """A page of the owner's conversations, newest first, from after the (updated, id) `before`."""
        query = select(Conversation).where(Conversation.agent == agent, Conversation.owner == owner)
        if before is not None:
            updated, last = before
            older = and_(Conversation.updated == updated, Conversation.id < last)
            query = query.where(or_(Conversation.updated < updated, older))
        with self.database.reading() as session:
            found = session.scalars(query.order_by(Conversation.updated.desc(), Conversation.id.desc()).limit(most))
            return [_record(conversation) for conversation in found]

    def conversation(self, agent: str, owner: str, conversation_id: str) -> tuple[ConversationRecord, list[TaskRecord]]:
        """A conversation and its tasks, oldest first. Raises UnknownConversationError."""
        with self.database.reading() as session:
            found = find(session, agent, owner, conversation_id)
            tasks = session.scalars(
                select(Task).where(Task.conversation_id == found.id).order_by(Task.created, Task.id)
            )
            return _record(found), [task_record(task) for task in tasks]

    def begin_conversation(self, agent: str, owner: str, conversation_id: str, title: str) -> None:
        """Have a conversation of this id, which the owner chose. Raises UnknownConversationError if it is another's."""
        if not may_be_id(conversation_id):
            raise UnknownConversationError(conversation_id)
        try:
            with self.database.transaction() as session:
                if session.get(Conversation, conversation_id) is None:
                    begin(session, agent, owner, title, conversation_id)
        except IntegrityError:
            # Begun by another request just now.
            pass
        with self.database.reading() as session:
            find(session, agent, owner, conversation_id)

    def forget_conversation(self, agent: str, owner: str, conversation_id: str) -> None:
        """Delete a conversation with all that belongs to it. Raises UnknownConversationError."""
        with self.database.transaction() as session:
            session.delete(find(session, agent, owner, conversation_id, lock=True))

    def prune(self, older_than: int) -> int:
        """Delete conversations in which nothing was begun since `older_than`; how many they were."""
        pruned = 0
        old = select(Conversation.id).where(Conversation.updated < older_than).limit(PRUNED_AT_ONCE)
        while True:
            with self.database.reading() as session:
                ids = list(session.scalars(old))
            if not ids:
                return pruned
            # Asked again: one of them may have been gone on with just now, or pruned by another replica.
            gone = delete(Conversation).where(Conversation.id.in_(ids), Conversation.updated < older_than)
            with self.database.transaction() as session:
                pruned += len(list(session.scalars(gone.returning(Conversation.id))))


def begin(session: Session, agent: str, owner: str, title: str, conversation_id: str | None = None) -> Conversation:
    """A new conversation, there for what refers to it."""
    moment = now()
    # What no database can store is not worth failing for.
    title = title[:LONGEST_TITLE].replace("\0", "").encode(errors="replace").decode()
    conversation = Conversation(
        id=conversation_id or str(uuid.uuid4()), agent=agent, owner=owner, title=title, created=moment, updated=moment
    )
    session.add(conversation)
    session.flush()
    return conversation


def find(session: Session, agent: str, owner: str, conversation_id: str, *, lock: bool = False) -> Conversation:
    """The owner's conversation. Raises UnknownConversationError."""
    found = session.get(Conversation, conversation_id, with_for_update=lock) if may_be_id(conversation_id) else None
    if found is None or found.agent != agent or found.owner != owner:
        raise UnknownConversationError(conversation_id)
    return found


def task_record(task: Task) -> TaskRecord:
    """A row as a value."""
    return TaskRecord(
        task.id, task.conversation_id, task.agent, task.owner, task.state, task.request, task.answer,
        task.attempts, task.last_event, task.created, task.updated,
    )  # fmt: skip


def _record(found: Conversation) -> ConversationRecord:
    return ConversationRecord(found.id, found.agent, found.owner, found.title, found.created, found.updated)
