"""How a request reaches the solver: a unix socket, or a call of this very application.

Without an HTTP client's library: a planner that has no language model needs none for anything else, and is spared its
memory.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

from werkzeug.test import create_environ, run_wsgi_app

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# As the proxy's internal listener knows the service.
HOST = "solver"
# Of an answer. The longest honest one is a text of 60,000 characters, each of them written as 12, told twice.
MOST_BYTES = 2 * 1024 * 1024


class TooMuchError(Exception):
    """An answer without an end."""


class Way(Protocol):
    """Something that takes a request to the solver."""

    def post(self, path: str, body: bytes, headers: Mapping[str, str], seconds: float) -> tuple[int, bytes]:
        """The answer's status and body. Raises TimeoutError, OSError, http.client.HTTPException or TooMuchError."""


class _Socket(socket.socket):
    """A socket with one time-out for all that comes: whoever sends a byte now and then gains nothing by it."""

    end = 0.0

    def wait_until(self, end: float) -> None:
        """Wait until a monotonic time at most, whatever is done next. Raises TimeoutError where it has passed."""
        self.end = end
        if (seconds := end - time.monotonic()) <= 0:
            raise TimeoutError
        self.settimeout(seconds)

    def recv_into(self, *arguments: Any, **more: Any) -> int:
        """Read into a buffer, as http.client does. Raises TimeoutError."""
        self.wait_until(self.end)
        return super().recv_into(*arguments, **more)


class _Connection(http.client.HTTPConnection):
    """A connection through a unix socket, which is told with each request until when its answer is waited for."""

    sock: _Socket | None

    def __init__(self, path: str) -> None:
        super().__init__(HOST)
        self._path = path
        self._end = 0.0

    def wait_until(self, end: float) -> None:
        """Wait until a monotonic time at most, for the connection first. Raises TimeoutError, OSError."""
        self._end = end
        if self.sock is None:
            self.connect()
        else:
            self.sock.wait_until(end)

    def connect(self) -> None:
        """Connect. Raises TimeoutError, OSError."""
        self.sock = _Socket(socket.AF_UNIX)
        self.sock.wait_until(self._end)
        self.sock.connect(self._path)


class SocketWay:
    """Through a unix socket, in connections that are kept for the next request; safe for threads."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._idle: list[_Connection] = []

    def post(self, path: str, body: bytes, headers: Mapping[str, str], seconds: float) -> tuple[int, bytes]:
        """See Way. A step may be asked twice: once in a connection that the other side had just closed."""
        end = time.monotonic() + seconds
        with self._lock:
            kept = self._idle.pop() if self._idle else None
        if kept is not None:
            try:
                return self._post(kept, path, body, headers, end)
            except (ConnectionError, http.client.BadStatusLine):
                pass
        return self._post(_Connection(self._path), path, body, headers, end)

    def _post(
        self, client: _Connection, path: str, body: bytes, headers: Mapping[str, str], end: float
    ) -> tuple[int, bytes]:
        try:
            client.wait_until(end)
            client.request("POST", path, body, {"Host": HOST, **headers})
            response = client.getresponse()
            answer = response.status, _read(response)
        except BaseException:
            client.close()
            raise
        if client.sock is not None:
            with self._lock:
                self._idle.append(client)
        return answer


def _read(response: http.client.HTTPResponse) -> bytes:
    """The whole body. Raises TooMuchError, and where it breaks off http.client.IncompleteRead."""
    body = response.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise TooMuchError
    if response.length:
        raise http.client.IncompleteRead(body, response.length)
    return body


class WithinWay:
    """Within the process: the application that asks is the one that answers, in the same thread."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def post(self, path: str, body: bytes, headers: Mapping[str, str], seconds: float) -> tuple[int, bytes]:  # noqa: ARG002
        """See Way; the solver's own limits are all that ends it."""
        environ = create_environ(
            path, f"http://{HOST}", method="POST", data=body, headers=dict(headers),
            environ_base={"REMOTE_ADDR": "127.0.0.1"},
        )  # fmt: skip
        chunks, status, _ = run_wsgi_app(self._application, environ, buffered=True)
        return int(status[:3]), b"".join(chunks)
