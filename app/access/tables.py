"""The tables of access. Times are whole microseconds since 1970, as in app.store.tables."""

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.store.tables import Base


class ApiKey(Base):
    """An API key: all of it but its secret. `last_used` is right to within ten minutes; `scopes` are words."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    digest: Mapped[str]
    scopes: Mapped[str]
    created: Mapped[int]
    expires: Mapped[int | None]
    last_used: Mapped[int | None]
    revoked: Mapped[int | None]


class AccessSecret(Base):
    """A secret that all replicas share; whoever needs it first makes it."""

    __tablename__ = "access_secrets"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    created: Mapped[int]


class AccessRate(Base):
    """When a subject's requests so far are paid off: one row for each key or address, whatever the rate."""

    __tablename__ = "access_rates"

    subject: Mapped[str] = mapped_column(primary_key=True)
    due: Mapped[int]


class AccessTask(Base):
    """Whose limit an unfinished task counts against. Not the owner: an address may have many sessions."""

    __tablename__ = "access_tasks"
    __table_args__ = (Index("access_tasks_by_subject", "subject"),)

    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str]


class AccessStream(Base):
    """An open stream; `process` holds it until `until`, and renews it for as long as it is open."""

    __tablename__ = "access_streams"
    __table_args__ = (Index("access_streams_by_subject", "subject"), Index("access_streams_by_process", "process"))

    id: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str]
    process: Mapped[str]
    until: Mapped[int]
