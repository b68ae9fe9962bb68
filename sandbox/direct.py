"""HTTP to this machine itself, past the proxy that the environment may name: it could not find its way back."""

from http.client import HTTPResponse
from ssl import SSLContext
from typing import cast
from urllib.request import HTTPSHandler, ProxyHandler, build_opener


def get(url: str, *, timeout: float, trust: SSLContext | None = None) -> HTTPResponse:
    """The answer, to be closed. Raises OSError where there is none, or a bad one."""
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=trust))
    return cast(HTTPResponse, opener.open(url, timeout=timeout))
