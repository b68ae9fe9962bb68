"""Which process listens on a port, to refuse by name."""

import errno
import socket
from contextlib import suppress
from pathlib import Path

from engine.longshore.errors import RefusedError


def require_free(port: int, purpose: str, fix: str, *, area: str = "sandbox") -> None:
    """Raise RefusedError if something already listens where the sandbox would."""
    if in_use(port):
        raise RefusedError(f"{area}: port {port} is in use, which is for {purpose}", found=holder(port), fix=fix)


def in_use(port: int) -> bool:
    """Whether something listens on a port of loopback."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            # A port below 1024 may be the engine's to publish, and not this user's to bind.
            return error.errno == errno.EADDRINUSE
    return False


def holder(port: int) -> str:
    """The process that listens on a TCP port: its number and command."""
    inodes = {
        fields[9]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for fields in (line.split() for line in Path(table).read_text().splitlines()[1:])
        # 0A is LISTEN; the local address is hex IP:port.
        if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port
    }
    sockets = {f"socket:[{inode}]" for inode in inodes}
    for process in sorted(Path("/proc").glob("[0-9]*"), key=lambda path: int(path.name)):
        if sockets & _open_files(process):
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            return f"process {process.name}: {command}"
    return "a process of another user or network namespace (`sudo ss -ltnp` names it)"


def _open_files(process: Path) -> set[str]:
    """What a process's descriptors point at; nothing for one that is another user's or has ended."""
    found = set()
    with suppress(OSError):
        for descriptor in (process / "fd").iterdir():
            # A descriptor can be closed while one looks, this very look's own among them.
            with suppress(OSError):
                found.add(str(descriptor.readlink()))
    return found
