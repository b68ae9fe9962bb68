"""HTTP without TLS: a client of httpx reads all certificate authorities, 20 ms of work, unless given a context."""

import ssl
from functools import partial
from pathlib import Path
from typing import Any

import httpx

UNUSED = ssl.create_default_context()

# One request each, on a connection of its own.
request = partial(httpx.request, verify=UNUSED)
get = partial(httpx.get, verify=UNUSED)
post = partial(httpx.post, verify=UNUSED)


def client(socket: Path | None = None, *, base_url: str = "http://test", **options: Any) -> httpx.Client:
    """A client of its own, over a unix socket or of `base_url`."""
    transport = httpx.HTTPTransport(uds=None if socket is None else str(socket), verify=UNUSED)
    return httpx.Client(transport=transport, base_url=base_url, **options)
