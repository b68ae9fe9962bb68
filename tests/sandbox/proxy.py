"""A forward proxy: what it was asked for, and, where it is told to, a refusal of everything."""

from __future__ import annotations

import select
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener


class Proxy(ThreadingHTTPServer):
    """Listens on an address of this machine, at a port of the kernel's choice."""

    daemon_threads = True

    def __init__(self, address: str, refusal: int | None = None) -> None:
        super().__init__((address, 0), Handler)
        self.refusal = refusal
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """As `http_proxy` names it."""
        return f"http://{self.server_address[0]!s}:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Any
    timeout = 60

    def do_GET(self) -> None:
        """Fetch a page of plain HTTP."""
        if self._refused():
            return
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
        request = Request(self.path, headers=headers, method=self.command)
        try:
            answer = build_opener(ProxyHandler({})).open(request, timeout=60)
        except HTTPError as error:
            answer = error
        with answer:
            self.send_response(answer.status or 502)
            for name in ("Content-Length", "Content-Type", "Last-Modified", "ETag", "Date"):
                if value := answer.headers.get(name):
                    self.send_header(name, value)
            self.end_headers()
            shutil.copyfileobj(answer, self.wfile)

    do_HEAD = do_GET  # noqa: N815 - the name that the base class looks for

    def do_CONNECT(self) -> None:
        """Join two connections until one of them ends."""
        if self._refused():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port)), timeout=60) as there:
            self.send_response(200)
            self.end_headers()
            ends = {self.connection: there, there: self.connection}
            while (ready := select.select(list(ends), [], [], 60)[0]) and all(
                _pass_on(end, ends[end]) for end in ready
            ):
                pass
        self.close_connection = True

    def _refused(self) -> bool:
        self.server.asked.append(self.path)
        if self.server.refusal:
            self.send_error(self.server.refusal)
        return bool(self.server.refusal)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


def _pass_on(here: socket.socket, there: socket.socket) -> bool:
    """Pass on what has come; whether the connection goes on."""
    data = here.recv(65536)
    there.sendall(data)
    return bool(data)


@contextmanager
def proxy(address: str, refusal: int | None = None) -> Iterator[Proxy]:
    """A proxy that serves meanwhile."""
    with Proxy(address, refusal) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
