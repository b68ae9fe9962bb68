"""Readiness, probed as nginx connects: over the replica's own socket and with the rights of nginx's user.

A probe with root's rights would pass for a socket that nginx can't connect to.
"""

from __future__ import annotations

import re
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from .credentials import User, file_access_as

if TYPE_CHECKING:
    from .layout import Layout

ANSWER_WITHIN = 2.0  # seconds for a whole answer; a slower replica isn't ready
USER_AGENT = "longshore"
LONGEST_ANSWER = 65536  # bytes read of an answer; only its first line matters
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A probe's result. `late` means no answer in time, which may pass; `detail` is for people."""

    ready: bool
    detail: str
    late: bool = False


class Probe(Protocol):
    """Asks a replica whether it may take traffic."""

    def ask(self, replica: str, path: str) -> Answer:
        """Ask once: a status of 200 to 299 means ready."""


class SocketProbe:
    """Probes over the replica's socket as `user`, or as this process's own user (tests that don't run as root)."""

    def __init__(self, layout: Layout, user: User | None) -> None:
        self._layout = layout
        self._user = user

    def ask(self, replica: str, path: str) -> Answer:
        end = time.monotonic() + ANSWER_WITHIN
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(ANSWER_WITHIN)
            try:
                self._connect(connection, str(self._layout.socket(replica)))
                return _exchange(connection, path, end)
            except FileNotFoundError:
                return Answer(ready=False, detail="no socket yet")
            except PermissionError:
                return Answer(ready=False, detail="nginx's user may not connect to the socket")
            except ConnectionRefusedError:
                return Answer(ready=False, detail="nothing listens on the socket")
            except TimeoutError:
                return Answer(ready=False, detail=f"no answer within {ANSWER_WITHIN:g} s", late=True)
            except OSError as error:
                return Answer(ready=False, detail=error.strerror or str(error))

    def _connect(self, connection: socket.socket, path: str) -> None:
        if self._user is None:
            connection.connect(path)
        else:
            with file_access_as(self._user):
                connection.connect(path)


def _exchange(connection: socket.socket, path: str, end: float) -> Answer:
    """One HTTP/1.1 request by hand: importing http.client takes longer than the request. Raises TimeoutError."""
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: {USER_AGENT}\r\nConnection: close\r\n\r\n"
    connection.sendall(request.encode())
    answer = b""
    while len(answer) < LONGEST_ANSWER and not _whole(answer):
        left = end - time.monotonic()
        if left <= 0:  # with a limit per read, an answer that drips would never end
            raise TimeoutError
        connection.settimeout(left)
        part = connection.recv(LONGEST_ANSWER)
        if not part:
            break
        answer += part
    words = answer.split(b"\r\n", 1)[0].split()
    if len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        return Answer(ready=False, detail="an answer that is not HTTP" if answer else "an empty answer")
    status = int(words[1])
    return Answer(ready=200 <= status < 300, detail=f"status {status}")


def _whole(answer: bytes) -> bool:
    """Whether the body has arrived: closing before that logs a broken pipe in the application."""
    head, end, body = answer.partition(b"\r\n\r\n")
    length = _LENGTH.search(head)
    return bool(end) and length is not None and len(body) >= int(length[1])


def is_probe_log_line(line: str, path: str) -> bool:
    """Whether a line is a probe's entry in an access log: with the request in it, or as JSON with its parts."""
    return f"GET {path} " in line or (f'"{path}"' in line and f'"{USER_AGENT}"' in line)
