"""File access with another user's rights, in one thread.

glibc's seteuid(2) changes every thread of the process. setfsuid(2) changes only the calling thread, and only its access
to files, which includes connect(2) to a unix socket: exactly what a probe asks about. While the file system uid isn't
0, the thread also lacks CAP_DAC_OVERRIDE (capabilities(7)).
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

_QUERY = ctypes.c_uint32(0xFFFFFFFF)  # no valid id: the call changes nothing and returns the current one


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


def drop_supplementary_groups() -> None:
    """Leave root's supplementary groups, which would otherwise still apply while acting as another user."""
    if os.geteuid() == 0:
        os.setgroups([])


@contextmanager
def file_access_as(user: User) -> Iterator[None]:
    """Access files as `user` inside the block, in this thread only. Raises PermissionError when not root."""
    libc = ctypes.CDLL(None)
    libc.setfsgid(user.gid)
    libc.setfsuid(user.uid)
    try:
        if (libc.setfsuid(_QUERY), libc.setfsgid(_QUERY)) != (user.uid, user.gid):
            raise PermissionError(1, "only root can access files as another user", f"uid {user.uid}, gid {user.gid}")
        yield
    finally:
        libc.setfsuid(os.geteuid())
        libc.setfsgid(os.getegid())
