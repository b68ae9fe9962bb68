"""The tables. Times are whole microseconds since 1970 in UTC, which sort and compare alike in both databases."""

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """What all tables are declared with."""

    type_annotation_map = {int: BigInteger, str: Text, dict[str, Any]: JSON}  # noqa: RUF012


class Conversation(Base):
    """Tasks of one owner that belong together: what A2A calls a context."""

    __tablename__ = "conversations"
    __table_args__ = (Index("conversations_by_owner", "owner", "updated"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    agent: Mapped[str]
    owner: Mapped[str]
    title: Mapped[str]
    created: Mapped[int]
    updated: Mapped[int]


class Task(Base):
    """One piece of work. `last_event` is the number of its newest event; a runner holds it until `lease`.

    `attempts` counts the runners that took it since the person last said something.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("tasks_by_owner", "agent", "owner", "updated"),
        Index("tasks_by_conversation", "conversation_id", "created"),
        Index("tasks_by_lease", "state", "lease"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    agent: Mapped[str]
    owner: Mapped[str]
    state: Mapped[str]
    request: Mapped[dict[str, Any]]
    answer: Mapped[dict[str, Any] | None]
    attempts: Mapped[int]
    last_event: Mapped[int]
    runner: Mapped[str | None]
    lease: Mapped[int | None]
    created: Mapped[int]
    updated: Mapped[int]


class Event(Base):
    """Something that happened to a task. Never changed, only added; numbered from 1 without gaps."""

    __tablename__ = "events"

    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    data: Mapped[dict[str, Any]]
    created: Mapped[int]
