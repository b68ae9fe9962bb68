"""A directory per replica, in which it creates its socket and nginx connects to it.

The directory belongs to the image's user, so that the replica can create the socket, and to nginx's group with the
set-group-ID bit, so that only nginx can connect to the socket (0660 by the replica's umask).
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from .layout import Layout

MODE = 0o2770


class Sockets(Protocol):
    """The directories that replicas listen in."""

    def make(self, replica: str) -> None:
        """Create a replica's directory. Raises OSError."""

    def remove(self, replica: str) -> None:
        """Remove it with its contents, if it exists."""

    def remove_unknown(self, known: Collection[str]) -> list[str]:
        """Remove the directories of replicas that don't exist; returns their names."""


class SocketDirectories:
    """The directories below the engine's root."""

    def __init__(self, layout: Layout, uid: int, gid: int) -> None:
        self._parent = layout.sockets
        self._uid = uid
        self._gid = gid

    def make(self, replica: str) -> None:
        path = self._parent / replica
        path.mkdir(mode=0o700, exist_ok=True)
        os.chown(path, self._uid, self._gid)
        path.chmod(MODE)  # after chown(2), which clears the set-group-ID bit

    def remove(self, replica: str) -> None:
        path = self._parent / replica
        if path.is_dir():
            shutil.rmtree(path)

    def remove_unknown(self, known: Collection[str]) -> list[str]:
        unknown = sorted(entry.name for entry in os.scandir(self._parent) if entry.name not in known)
        for replica in unknown:
            self.remove(replica)
        return unknown
