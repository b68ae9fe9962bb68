"""One run at a time: flock(2), which the kernel releases when its holder dies, and a lease that names the holder."""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Self

from ..clock import ago, utc_now
from ..errors import LockedError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

RETRY = 0.1  # seconds between two attempts to take a lock that someone else holds
GRACE = (
    0.3  # seconds; `holder` takes a shared lock for an instant, which must not make a run fail that starts just then
)


@dataclass(frozen=True, slots=True)
class Lease:
    """Who holds the lock, from where, for what, since when (ISO 8601, UTC)."""

    who: str
    what: str
    pid: int
    since: str

    def text(self) -> str:
        return f"{self.who} runs `{self.what}` since {self.since} ({ago(self.since)} ago, pid {self.pid})"


class Lock:
    """The lock, held while the `with` block runs. Raises LockedError after `wait` seconds."""

    def __init__(self, file: Path, who: str, what: str, wait: float = 0) -> None:
        self.file = file
        self.lease = Lease(who, what, os.getpid(), utc_now())
        self.wait = wait
        self._descriptor = -1

    def __enter__(self) -> Self:
        self._descriptor = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        give_up = time.monotonic() + max(self.wait, GRACE)
        while not _take(self._descriptor):
            if time.monotonic() >= give_up:
                os.close(self._descriptor)
                raise _refusal(_lease(self.file), self.wait)
            time.sleep(RETRY)
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, json.dumps(asdict(self.lease)).encode(), 0)
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        with suppress(OSError):  # closing is what frees it
            os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def wait_until_free(file: Path, wait: float = 0) -> None:
    """Wait until nobody holds the lock, without taking it. Raises LockedError after `wait` seconds."""
    give_up = time.monotonic() + wait
    while lease := holder(file):
        if time.monotonic() >= give_up:
            raise _refusal(lease, wait)
        time.sleep(RETRY)


def holder(file: Path) -> Lease | None:
    """Who holds the lock now; None when it is free."""
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _lease(file) or Lease("someone", "a run that has just begun", 0, utc_now())
    finally:
        os.close(descriptor)
    return None


def _refusal(lease: Lease | None, wait: float) -> LockedError:
    found = lease.text() if lease else "a run that has just begun"
    waited = f"not free after {wait:g} s; " if wait else ""
    way = "`--wait SECONDS`, or in a playbook -e release_wait_seconds=SECONDS"
    fix = f"{waited}wait for it with {way}; it frees itself when that run ends or dies"
    return LockedError("lock: another run is changing this host", found, fix)


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lease(file: Path) -> Lease | None:
    try:
        return Lease(**json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, TypeError):  # taken this instant and not written yet
        return None
