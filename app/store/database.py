"""A connection to the database, made in each process after the fork; SQLite and PostgreSQL behave alike behind it."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from app.store import address

# How long a writer waits for another one, and a thread for a connection.
WAIT_SECONDS = 5
CONNECTIONS = 4
# How long it is believed that nothing can be written, once that failed.
UNWRITABLE_SECONDS = 10.0
# What each connection to SQLite keeps of the file; the kernel keeps it, too, and once for all.
CACHE_KIB = 256
_READING = {"reading": True}
# Why something could be read and not be written: what SQLite's results and PostgreSQL's states call it.
_ONLY_READ, _FULL = "can only be read", "is full"
_UNWRITABLE = {
    sqlite3.SQLITE_READONLY: _ONLY_READ, sqlite3.SQLITE_IOERR: _ONLY_READ, sqlite3.SQLITE_FULL: _FULL,
    "25006": _ONLY_READ, "42501": _ONLY_READ, "53100": _FULL,
}  # fmt: skip


class UnavailableError(Exception):
    """The database cannot be asked now: it is down, full, read-only or far too busy. Nothing was changed.

    `unwritable` says why it can be read and not be written to, where that is so.
    """

    def __init__(self, reason: str, unwritable: str = "") -> None:
        super().__init__(reason)
        self.unwritable = unwritable


class Database:
    """The database at `url`; safe for threads, and for processes that were forked from the one that made it."""

    def __init__(self, url: str) -> None:
        self.url = make_url(address.normal(url))
        self._lock = threading.Lock()
        self._engine: Engine | None = None
        self._process = 0
        # Why the last that could not be written was not, and when; None where nothing was to be written yet.
        self._writing: tuple[str, float] | None = None

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session whose changes are all kept at the end, or none. Raises UnavailableError."""
        try:
            with self._session(self.engine()) as session:
                yield session
        except UnavailableError as error:
            if error.unwritable:
                self._writing = error.unwritable, time.monotonic()
            raise
        if self._writing is None:
            self._writing = "", 0.0

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session that only reads, and so waits for no writer. Raises UnavailableError."""
        engine = self.engine()
        # PostgreSQL needs no transaction to read in, and is spared the two questions that one takes.
        level = {} if engine.name == "sqlite" else {"isolation_level": "AUTOCOMMIT"}
        with self._session(engine.execution_options(**_READING, **level)) as session:
            yield session

    @contextmanager
    def _session(self, engine: Engine) -> Iterator[Session]:
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except (DataError, IntegrityError):
            # The database is well; what it was given is not.
            raise
        except (DBAPIError, PoolTimeoutError) as error:
            raise UnavailableError(_reason(error), _unwritable(error)) from error

    def unwritable(self, write: Callable[[Session], None]) -> str:
        """Why nothing can be written, though it can be read; empty if it can, or if that cannot be told now.

        `write` is to write something that matters to nobody. It is called only where nothing else was written yet, or
        something could not be. What is told of that holds for a while: on a full disk a little is written now and then.
        """
        why, when = self._writing or ("", 0.0)
        if self._writing and (not why or time.monotonic() - when < UNWRITABLE_SECONDS):
            return why
        try:
            with self.transaction() as session:
                write(session)
        except UnavailableError as error:
            # Others that write, and for long, make it none that cannot be written to.
            return error.unwritable
        self._writing = "", 0.0
        return ""

    def check(self) -> None:
        """Ask for one row. Raises UnavailableError."""
        with self.reading() as session:
            session.execute(text("SELECT 1"))

    def engine(self) -> Engine:
        """The engine of this process."""
        with self._lock:
            if self._engine is None or self._process != os.getpid():
                self._engine = self._connect()
                self._process = os.getpid()
            return self._engine

    def close(self) -> None:
        """Close the connections of this process."""
        with self._lock:
            if self._engine is not None and self._process == os.getpid():
                self._engine.dispose()
            self._engine = None

    def _connect(self) -> Engine:
        sizes = {"pool_size": CONNECTIONS, "max_overflow": CONNECTIONS, "pool_timeout": WAIT_SECONDS}
        if self.url.get_backend_name() == "sqlite":
            engine = create_engine(self.url, connect_args={"timeout": WAIT_SECONDS}, **sizes)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
            return engine
        options = f"-c statement_timeout={WAIT_SECONDS}s -c lock_timeout={WAIT_SECONDS}s"
        arguments = {"connect_timeout": WAIT_SECONDS, "options": options}
        return create_engine(self.url, connect_args=arguments, pool_pre_ping=True, **sizes)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # Transactions are begun by _begin_sqlite, not by the driver.
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", f"cache_size=-{CACHE_KIB}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    # At once for writing: one that has read and then wants to write may find that it must not.
    reading = connection.get_execution_options().get("reading")
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _unwritable(error: SQLAlchemyError) -> str:
    cause = getattr(error, "orig", None)
    code = getattr(cause, "sqlite_errorcode", None)
    # The low byte is the result, the rest says more of it.
    return _UNWRITABLE.get(getattr(cause, "sqlstate", None) if code is None else code & 0xFF, "")


def _reason(error: SQLAlchemyError) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]
