"""Docker's HEALTHCHECK: exit 0 if /healthz answers 200 over BIND, be it an address or a unix socket.

Run as a file (`python -I app/healthcheck.py`), so that it starts without importing the application.
"""

import http.client
import os
import socket
import sys

TIMEOUT_SECONDS = 3.0


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect(self._path)


def connection(bind: str) -> http.client.HTTPConnection:
    """A connection to a server listening on `bind`; a wildcard address is reached over loopback."""
    if bind.startswith("unix:"):
        return _UnixConnection(bind.removeprefix("unix:"))
    host, _, port = bind.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "::1"}.get(host, host.strip("[]"))  # noqa: S104
    return http.client.HTTPConnection(host, int(port), timeout=TIMEOUT_SECONDS)


def main() -> int:
    """0 when healthy; 1, with a line saying why, when not."""
    bind = os.environ.get("BIND") or "0.0.0.0:5000"
    try:
        client = connection(bind)
        client.request("GET", "/healthz")
        status = client.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        print(f"{bind}: {error}")  # noqa: T201
        return 1
    print(f"{bind}: {status}")  # noqa: T201
    return 0 if status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
