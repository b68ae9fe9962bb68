"""One sandbox at a time on a machine: a lock file that `up` takes and the supervisor inherits and holds."""

import fcntl
import json
import os
import signal
from dataclasses import dataclass
from pathlib import Path

from sandbox.processes import now
from sandbox.refusal import Refusal
from sandbox.settings import CHECKOUT, Settings
from sandbox.waiting import wait_until


@dataclass(frozen=True)
class Holder:
    """Whose sandbox is up."""

    checkout: str
    pid: int
    since: str


class Lock:
    """The lock file of a settings object, open."""

    def __init__(self, settings: Settings) -> None:
        settings.lock.parent.mkdir(parents=True, exist_ok=True)
        try:
            self.descriptor = os.open(settings.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except PermissionError as error:
            # Linux's protected_regular: in a sticky folder not even root may open another user's file for creation.
            raise Refusal(
                "sandbox: another user of this machine has used a sandbox",
                seen=f"{settings.lock} belongs to {settings.lock.owner()}",
                mend=f"have it stopped with `make down`, remove {settings.lock}, then `make up`",
            ) from error

    def take(self) -> bool:
        """Take the lock if it is free."""
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def say_holder(self, pid: int) -> None:
        """Write who holds the lock from now on."""
        text = json.dumps({"checkout": str(CHECKOUT), "pid": pid, "since": now()}) + "\n"
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, text.encode(), 0)

    def holder(self) -> Holder | None:
        """What the holder wrote; None where nothing (yet)."""
        text = os.pread(self.descriptor, 4096, 0)
        return Holder(**json.loads(text)) if text else None

    def close(self) -> None:
        """Close this process's hold; a child that inherited it keeps the lock."""
        os.close(self.descriptor)


def take_or_refuse(lock: Lock) -> bool:
    """Take the lock; False if this clone's own sandbox already holds it.

    Raises Refusal when another clone's does. A clone that was deleted while its sandbox ran has nobody to stop it, so
    that one is stopped here.
    """
    if lock.take():
        return True
    holder = lock.holder()
    if holder is None or not Path(f"/proc/{holder.pid}").exists():
        raise Refusal(
            "sandbox: another `make up` is under way on this machine",
            seen=f"process {holder.pid} of {holder.checkout}" if holder else "the lock is held, by nobody yet known",
            mend="wait until it is done",
        )
    if holder.checkout == str(CHECKOUT):
        return False
    if not Path(holder.checkout).exists():
        os.kill(holder.pid, signal.SIGTERM)
        wait_until(lock.take, seconds=15, what=f"the sandbox of {holder.checkout}, which was deleted, to stop")
        return True
    raise Refusal(
        "sandbox: another clone's sandbox is up on this machine",
        seen=f"{holder.checkout}, process {holder.pid}, since {holder.since}",
        mend=f"`make down` in {holder.checkout}, then `make up` here",
    )
