"""One sandbox at a time on a machine: a lock file that `up` takes and the supervisor inherits and holds."""

import fcntl
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from engine.longshore.errors import RefusedError
from sandbox.processes import now
from sandbox.settings import CHECKOUT, Settings
from sandbox.waiting import wait_until


@dataclass(frozen=True)
class Holder:
    """Whose sandbox is up."""

    checkout: str
    pid: int
    since: str

    def lives(self) -> bool:
        """Whether that process is there."""
        return Path(f"/proc/{self.pid}").exists()


class Lock:
    """The lock file of a settings object, open."""

    def __init__(self, settings: Settings) -> None:
        settings.lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.descriptor = os.open(settings.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except PermissionError as error:
            # Linux's protected_regular: in a sticky folder not even root may open another user's file for creation.
            raise RefusedError(
                "sandbox: another user of this machine has used a sandbox",
                found=f"{settings.lock} belongs to {settings.lock.owner()}",
                fix=f"have it stopped with `make down`, remove {settings.lock}, then `make up`",
            ) from error

    def take(self) -> bool:
        """Take the lock if it is free."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def record_holder(self, pid: int) -> None:
        """Write who holds the lock from now on."""
        text = json.dumps({"checkout": str(CHECKOUT), "pid": pid, "since": now()}) + "\n"
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)

    def holder(self) -> Holder | None:
        """What the holder wrote; None where nothing (yet)."""
        return _parse(os.pread(self.descriptor, 4096, 0))

    def close(self) -> None:
        """Close this process's hold; a child that inherited it keeps the lock."""
        os.close(self.descriptor)


def holder(settings: Settings) -> Holder | None:
    """Whose sandbox is up, for one that only asks; None where none is."""
    try:
        found = _parse(settings.lock.read_bytes())
    except FileNotFoundError:
        return None
    # What a killed sandbox wrote is still there.
    return found if found and found.lives() else None


def _parse(text: bytes) -> Holder | None:
    return Holder(**json.loads(text)) if text else None


def take_or_refuse(lock: Lock) -> bool:
    """Take the lock; False if this clone's own sandbox already holds it.

    Raises RefusedError when another clone's does. The sandbox of a clone that was deleted is stopped here, since nobody
    else can.
    """
    if lock.take():
        return True
    found = lock.holder()
    if found is None or not found.lives():
        raise still_starting(found)
    if found.checkout == str(CHECKOUT):
        return False
    if not Path(found.checkout).exists():
        os.kill(found.pid, signal.SIGTERM)
        wait_until(lock.take, seconds=15, what=f"the sandbox of {found.checkout}, which was deleted, to stop")
        return True
    raise held_by_another_clone(found)


def still_starting(found: Holder | None) -> RefusedError:
    """For a sandbox that is not up yet."""
    return RefusedError(
        "sandbox: another `make up` is under way on this machine",
        found=f"process {found.pid} of {found.checkout}"
        if found
        else "the lock is held, and its holder is not recorded yet",
        fix="wait until it is done",
    )


def held_by_another_clone(found: Holder) -> RefusedError:
    """For a sandbox that is not this clone's. Where that clone was deleted, `make up` here stops it."""
    there = f"`make down` in {found.checkout}, then " if Path(found.checkout).exists() else ""
    return RefusedError(
        "sandbox: another clone's sandbox is up on this machine",
        found=f"{found.checkout}, process {found.pid}, since {found.since}",
        fix=f"{there}`make up` here",
    )
