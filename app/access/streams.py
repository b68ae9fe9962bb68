"""Open streams: how many a subject may have in all replicas together, and that each ends when its key does.

Every answer of type text/event-stream is wrapped, whatever protocol it speaks, so no view can forget to be. The wrapper
does its work between two events; a stream with none has heartbeats.
"""

import json
import os
import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterable, Iterator

from sqlalchemy import delete, func, select, update

from app.access.admission import hold
from app.access.tables import AccessStream
from app.errors import RequestError
from app.store.database import Database, UnavailableError
from app.store.tasks import now

# How old the knowledge that a key is good may become while a stream is open.
CHECK_SECONDS = 2.0
# A stream of a replica that was killed counts until its place runs out.
PLACE_SECONDS = 60
RENEW_SECONDS = 15
RETRY_SECONDS = 5


class Streams:
    """The places that open streams take. One for each process; a fork begins its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._process = ("", 0)
        self._renewed = 0.0

    def open(self, subject: str, most: int) -> str:
        """Take a place; its id. Raises RequestError where there is none, UnavailableError."""
        moment, place, process = now(), uuid.uuid4().hex, self._name()
        mine = AccessStream.subject == subject
        with self._database.transaction() as session:
            hold(session, subject)
            session.execute(delete(AccessStream).where(mine, AccessStream.until < moment))
            if (session.scalar(select(func.count()).where(mine)) or 0) >= most:
                raise RequestError(
                    429, "too_many_streams", f"{most} streams of yours are open, which is as many as may be.",
                    "Close one", headers={"Retry-After": str(RETRY_SECONDS)},
                )  # fmt: skip
            until = moment + PLACE_SECONDS * 1_000_000
            session.add(AccessStream(id=place, subject=subject, process=process, until=until))
        return place

    def close(self, place: str | None) -> None:
        """Give a place back, if there is one. Where the database cannot be told, it runs out."""
        if place is None:
            return
        try:
            with self._database.transaction() as session:
                session.execute(delete(AccessStream).where(AccessStream.id == place))
        except UnavailableError:
            return

    def renew(self) -> None:
        """Keep the places of this process, all at once and seldom: called by every stream, whenever it likes.

        The places of processes that are gone go with it.
        """
        with self._lock:
            if time.monotonic() - self._renewed < RENEW_SECONDS:
                return
            self._renewed = time.monotonic()
        until = now() + PLACE_SECONDS * 1_000_000
        try:
            with self._database.transaction() as session:
                mine = AccessStream.process == self._name()
                session.execute(update(AccessStream).where(mine).values(until=until))
                session.execute(delete(AccessStream).where(AccessStream.until < now()))
        except UnavailableError:
            return

    def _name(self) -> str:
        with self._lock:
            if self._process[1] != os.getpid():
                self._process = (uuid.uuid4().hex, os.getpid())
            return self._process[0]


class Watched(Iterator[str | bytes]):
    """A stream's chunks; after each one it is asked whether the stream may go on.

    `refusal` says why it may not. That is raised within the stream, if it is a generator, where the protocol's own
    words for it are known; one that has none is ended by an event called `refused`. `closed` is called
    once, at any end.
    """

    def __init__(
        self,
        chunks: Iterable[str | bytes],
        refusal: Callable[[], RequestError | None],
        closed: Callable[[], None],
    ) -> None:
        self._whole = chunks
        self._chunks = iter(chunks)
        self._refusal = refusal
        self._closed = closed
        self._open = True
        self._ending = False
        self._checked = time.monotonic()

    def __next__(self) -> str | bytes:
        if self._ending:
            self.close()
            raise StopIteration
        chunk = next(self._chunks)
        if time.monotonic() - self._checked >= CHECK_SECONDS:
            self._checked = time.monotonic()
            if error := self._refusal():
                self._ending = True
                return self._last_words(error)
        return chunk

    def close(self) -> None:
        """End the stream within, and give back what it holds."""
        if self._open:
            self._open = False
            try:
                for end in {id(found): found for found in (self._chunks, self._whole)}.values():
                    if hasattr(end, "close"):
                        end.close()
            finally:
                self._closed()

    def _last_words(self, error: RequestError) -> str | bytes:
        if isinstance(self._chunks, Generator):
            try:
                words: str | bytes = self._chunks.throw(error)
            except (RequestError, StopIteration):
                pass
            else:
                return words
        return f"event: refused\ndata: {json.dumps({'error': {'code': error.code, 'message': error.message}})}\n\n"
