"""Counts a replica's live connections, and those waiting to be accepted, with `ss`.

Linux lists a unix socket in the network namespace it was made in, and an accepted one is made for whoever connected
(unix_stream_connect, net/unix/af_unix.c). So nginx's connections are listed on the host, and the listen queue only
inside the container's namespace. Every replica listens on /run/app/app.sock: the inode of the socket's file, which
`ss -e` shows, tells them apart.
"""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .layout import Layout

SS = ("ss", "--unix", "--all", "--extended", "--no-header")
_LINE = re.compile(r"^u_str\s+(?P<state>\S+)\s+(?P<received>\d+)\s.*<-> ino:(?P<inode>\d+)\b")


@dataclass(frozen=True, slots=True)
class Load:
    """Connections being served, and connections waiting in the listen queue."""

    live: int
    queued: int

    @property
    def total(self) -> int:
        """The connections that stopping the replica would cut."""
        return self.live + self.queued


class Connections(Protocol):
    """Counts the connections to a replica."""

    def count(self, replica: str, pid: int) -> Load:
        """Count now; `pid` is a process of the replica. Raises OSError when that fails."""


class KernelConnections:
    """Counts what the kernel lists."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def count(self, replica: str, pid: int) -> Load:
        try:
            inode = self._layout.socket(replica).stat().st_ino
        except FileNotFoundError:  # it closed its listener: nothing can connect by this path any more
            return Load(0, 0)
        host = _run(SS)
        container = _run(("nsenter", f"--net=/proc/{pid}/ns/net", *SS)) if pid else ""
        return load(inode, host, container)


def load(inode: int, host: str, container: str) -> Load:
    """Count in the listings that `ss` gives on the host and in the container's network namespace."""
    live = queued = 0
    for line in [*host.splitlines(), *container.splitlines()]:
        found = _LINE.match(line)
        if not found or int(found["inode"]) != inode:
            continue
        if found["state"] == "LISTEN":
            queued += int(found["received"])
        else:
            live += 1
    return Load(live, queued)


def _run(command: tuple[str, ...]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (subprocess.SubprocessError, FileNotFoundError) as error:
        raise OSError(5, f"cannot read live connections: {error}") from error
    return done.stdout
