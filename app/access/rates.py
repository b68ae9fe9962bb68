"""Requests in a minute, counted in the database for all replicas at once: GCRA, one small statement a request.

A subject has one number, the moment at which its requests so far are paid off. A request is paid for by
60 / limit seconds; whoever would be more than a minute ahead is refused. So a whole minute's worth may come at once,
and after that one request each 60 / limit seconds. (The generic cell rate algorithm, ITU-T I.371.)

A refusal costs the database nothing: until the moment it names nothing can make it untrue, so each process remembers
it. While the database cannot be written to, each process counts by itself.
"""

import logging
import math
import threading
import time
from dataclasses import dataclass

from sqlalchemy import text

from app.store.database import Database, UnavailableError
from app.store.tasks import now

WINDOW = 60_000_000
# How long the database is left alone after it could not be written to: waiting for it costs seconds.
PAUSE_SECONDS = 5.0
_MOST_REMEMBERED = 10_000
_TIDY_EVERY = 1_000

# All of it in one statement, so that it is one step for all processes. CASE is the larger of two in both databases.
_TAKE = text("""
    INSERT INTO access_rates (subject, due) VALUES (:subject, :now + :cost)
    ON CONFLICT (subject) DO UPDATE
    SET due = CASE WHEN access_rates.due > :now THEN access_rates.due ELSE :now END + :cost
    WHERE access_rates.due <= :now + :ahead
    RETURNING due
""")
_DUE = text("SELECT due FROM access_rates WHERE subject = :subject")
_TIDY = text("DELETE FROM access_rates WHERE due < :now")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Verdict:
    """Whether a request may go on; `remaining` more may follow at once, all of them again in `reset` seconds."""

    allowed: bool
    limit: int
    remaining: int
    reset: int
    retry_after: int


class Rates:
    """Counts requests by subject."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._refused: dict[str, int] = {}
        self._alone: dict[str, int] = {}
        self._alone_until = 0.0
        self._taken = 0

    def take(self, subject: str, limit: int) -> Verdict:
        """Count one request of a subject that may make `limit` in a minute."""
        moment, cost = now(), WINDOW // limit
        with self._lock:
            until = self._refused.get(subject, 0)
        if until > moment:
            return _verdict(limit, until + WINDOW - cost, moment, allowed=False)
        due, allowed = self._count(subject, moment, cost)
        if not allowed:
            self._remember(subject, due - (WINDOW - cost))
        return _verdict(limit, due, moment, allowed=allowed)

    def _count(self, subject: str, moment: int, cost: int) -> tuple[int, bool]:
        if time.monotonic() >= self._alone_until:
            try:
                return self._count_together(subject, moment, cost)
            except UnavailableError as error:
                logger.warning("each process counts requests by itself", extra={"fields": {"reason": str(error)}})
                self._alone_until = time.monotonic() + PAUSE_SECONDS
        return self._count_alone(subject, moment, cost)

    def _count_together(self, subject: str, moment: int, cost: int) -> tuple[int, bool]:
        values = {"subject": subject, "now": moment, "cost": cost, "ahead": WINDOW - cost}
        with self._database.transaction() as session:
            self._taken += 1
            if self._taken % _TIDY_EVERY == 0:
                session.execute(_TIDY, values)
            due = session.scalar(_TAKE, values)
            return (int(due), True) if due is not None else (int(session.scalar(_DUE, values) or moment), False)

    def _count_alone(self, subject: str, moment: int, cost: int) -> tuple[int, bool]:
        with self._lock:
            if len(self._alone) >= _MOST_REMEMBERED:
                self._alone.clear()
            due = max(self._alone.get(subject, 0), moment)
            if due > moment + WINDOW - cost:
                return due, False
            self._alone[subject] = due + cost
            return due + cost, True

    def _remember(self, subject: str, until: int) -> None:
        with self._lock:
            if len(self._refused) >= _MOST_REMEMBERED:
                self._refused.clear()
            self._refused[subject] = until


def _verdict(limit: int, due: int, moment: int, *, allowed: bool) -> Verdict:
    cost = WINDOW // limit
    remaining = max(0, (moment + WINDOW - due) // cost) if allowed else 0
    reset = max(0, math.ceil((due - moment) / 1e6))
    retry_after = max(1, math.ceil((due - (WINDOW - cost) - moment) / 1e6))
    return Verdict(allowed, limit, remaining, reset, retry_after)
