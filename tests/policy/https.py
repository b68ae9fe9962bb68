"""Clients of a host, by its address and the name in its certificate: HTTP/1.1, HTTP/2, bare TLS and bare bytes."""

from __future__ import annotations

import contextlib
import socket
import ssl
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Site:
    """A host's public side. `authority` is the CA file that its certificate is checked against."""

    address: str
    authority: Path
    name: str = "localhost"

    def request(
        self, method: str, path: str, *, http2: bool = False, secure: bool = True, **options: Any
    ) -> httpx.Response:
        """One request on a connection of its own, redirects not followed."""
        context = ssl.create_default_context(cafile=str(self.authority))
        scheme = "https" if secure else "http"
        with httpx.Client(http1=not http2, http2=http2, verify=context, trust_env=False, timeout=30) as client:
            return client.request(
                method,
                f"{scheme}://{self.address}{path}",
                headers={"Host": self.name} | options.pop("headers", {}),
                extensions={"sni_hostname": self.name},
                **options,
            )

    def get(self, path: str, **options: Any) -> httpx.Response:
        """GET over TLS."""
        return self.request("GET", path, **options)

    def agreed_tls(self, version: ssl.TLSVersion) -> str | None:
        """The cipher agreed on when a client offers this version alone, None when the host refuses it."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.authority)
        # OpenSSL's own policy would keep this client from offering the old versions at all.
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = context.maximum_version = version
        with (
            contextlib.suppress(ssl.SSLError, ConnectionResetError),
            self.connected(443) as plain,
            context.wrap_socket(plain, server_hostname=self.name) as secured,
        ):
            agreed = secured.cipher()
            return agreed[0] if agreed else None
        return None

    def connected(self, port: int) -> socket.socket:
        """A bare connection."""
        return socket.create_connection((self.address, port), timeout=30)
