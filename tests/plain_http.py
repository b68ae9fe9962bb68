"""HTTP without TLS: a client of httpx reads all certificate authorities, 20 ms of work, unless given a context."""

import ssl
from pathlib import Path
from typing import Any

import httpx

UNUSED = ssl.create_default_context()


def client(socket: Path | None = None, *, base_url: str = "http://test", **options: Any) -> httpx.Client:
    """A client of its own, over a unix socket or of `base_url`."""
    transport = httpx.HTTPTransport(uds=None if socket is None else str(socket), verify=UNUSED)
    return httpx.Client(transport=transport, base_url=base_url, **options)


def request(method: str, url: str, **options: Any) -> httpx.Response:
    """One request on a connection of its own."""
    return httpx.request(method, url, verify=UNUSED, **options)


def get(url: str, **options: Any) -> httpx.Response:
    """GET."""
    return request("GET", url, **options)


def post(url: str, **options: Any) -> httpx.Response:
    """POST."""
    return request("POST", url, **options)
