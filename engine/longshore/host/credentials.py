"""Seeing files as another user, for one thread.

seteuid(2) as glibc does it changes every thread of the process; setfsuid(2) changes only the calling thread, and only
what it may do with files, a unix socket's connect(2) included. That is exactly the question a probe asks. Leaving uid
0 also takes away CAP_DAC_OVERRIDE for files until it comes back (capabilities(7)).
"""

from __future__ import annotations

import ctypes
import os
import pwd
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_ASK = ctypes.c_uint32(0xFFFFFFFF)  # an id that doesn't exist: nothing changes and the present one is returned


@dataclass(frozen=True, slots=True)
class User:
    """A user and its primary group, by number."""

    uid: int
    gid: int

    @classmethod
    def named(cls, name: str) -> User:
        """Look a user up. Raises RefusedError."""
        try:
            entry = pwd.getpwnam(name)
        except KeyError as error:
            fix = "install nginx, or name its user as `proxy_user` in the engine's settings"
            raise RefusedError("engine: nginx's user does not exist", name, fix) from error
        return cls(entry.pw_uid, entry.pw_gid)


def forget_supplementary_groups() -> None:
    """Leave root's extra groups, so that acting for another user doesn't open what only they would."""
    if os.geteuid() == 0:
        os.setgroups([])


@contextmanager
def seeing_files_as(user: User) -> Iterator[None]:
    """Touch files as `user` inside the block, in this thread only. Raises PermissionError when not root."""
    libc = ctypes.CDLL(None)
    libc.setfsgid(user.gid)
    libc.setfsuid(user.uid)
    try:
        if (libc.setfsuid(_ASK), libc.setfsgid(_ASK)) != (user.uid, user.gid):
            raise PermissionError(1, "only root can see files as another user", f"uid {user.uid}, gid {user.gid}")
        yield
    finally:
        libc.setfsuid(os.geteuid())
        libc.setfsgid(os.getegid())
