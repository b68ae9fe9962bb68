"""Docker's HEALTHCHECK: exit 0 if /healthz answers 200 over BIND, be it an address or a unix socket.

Run as a file of its own, again and again for as long as a container lives: it imports neither the application nor an
HTTP client, which would take longer than the question.
"""

import os
import socket
import sys
import time

# For connecting, and then for all of the answer.
TIMEOUT_SECONDS = 3.0
# Far more than an honest answer has.
MOST_BYTES = 65536


def address(bind: str) -> tuple[str, int]:
    """The host and port at which a server listening on `bind` is reached: a wildcard address over loopback."""
    host, _, port = bind.rpartition(":")
    return {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]")), int(port)  # noqa: S104


def connect(bind: str) -> socket.socket:
    """A connection to a server listening on `bind`. Raises OSError."""
    if not bind.startswith("unix:"):
        return socket.create_connection(address(bind), TIMEOUT_SECONDS)
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(TIMEOUT_SECONDS)
    connection.connect(bind.removeprefix("unix:"))
    return connection


def ask(bind: str, host: str = "localhost") -> str:
    """The status with which /healthz of a host is answered; empty for what is not HTTP. Raises OSError."""
    with connect(bind) as connection:
        connection.sendall(f"GET /healthz HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        words = whole_answer(connection).split(b"\r\n", 1)[0].decode("latin-1").split()
    return words[1] if len(words) > 1 and words[0].startswith("HTTP/") else ""


def whole_answer(connection: socket.socket) -> bytes:
    """All that is said until the other side closes: leaving before would break the pipe under it. Raises OSError."""
    ends = time.monotonic() + TIMEOUT_SECONDS
    answer = b""
    while len(answer) < MOST_BYTES and (part := connection.recv(MOST_BYTES)):
        answer += part
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer does not end")
        connection.settimeout(left)
    return answer


def main() -> int:
    """0 when healthy; 1 when not; with a line saying what was answered."""
    bind = os.environ.get("BIND") or "0.0.0.0:5000"
    try:
        status = ask(bind)
    except OSError as error:
        print(f"{bind}: {error}")  # noqa: T201
        return 1
    print(f"{bind}: {status or 'not HTTP'}")  # noqa: T201
    return 0 if status == "200" else 1


if __name__ == "__main__":
    sys.exit(main())
