"""Asks registries about an image before Docker pulls it (OCI distribution specification, v2 API).

When a mirror lacks an image, Docker goes on to Docker Hub and reports only the error from there; without internet
access, that is a misleading DNS error. Asked directly, each registry gives its own answer. The digest that a tag has
now also shows, without a pull, that a release is already on the host.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..planning.image import RemoteImage

if TYPE_CHECKING:
    from email.message import Message

    from ..planning.reference import Reference

HUB = "https://registry-1.docker.io"
ANSWER_WITHIN = 10.0  # seconds for one answer
LARGEST_MANIFEST = 4 * 1024 * 1024  # bytes, the specification's own limit
CREDENTIALS = Path("/root/.docker/config.json")  # where `docker login` keeps them
INDEXES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
MANIFESTS = ("application/vnd.oci.image.manifest.v1+json", "application/vnd.docker.distribution.manifest.v2+json")


class Trouble(StrEnum):
    """Why a registry gave no manifest."""

    MISSING = "answers 404"
    DENIED = "denies access"
    BROKEN = "is broken"
    UNREACHABLE = "is unreachable"


@dataclass
class RegistryError(Exception):
    """One registry's refusal. `address` names the registry, `detail` quotes it."""

    address: str
    trouble: Trouble
    detail: str = ""

    def __str__(self) -> str:
        detail = f" ({self.detail})" if self.detail else ""
        return f"{self.address} {self.trouble}{detail}"


class Registry:
    """One registry (or mirror) over HTTP."""

    def __init__(self, address: str, credentials: str | None = None, answer_within: float = ANSWER_WITHIN) -> None:
        self.address = address.rstrip("/")
        self._basic = credentials
        self._answer_within = answer_within
        self._authorization: str | None = None

    def digest(self, repository: str, tag: str) -> str:
        """The digest a tag has now, by one HEAD request. Raises RegistryError."""
        headers, body = self._get(f"/v2/{repository}/manifests/{tag}", method="HEAD")
        digest = headers.get("Docker-Content-Digest")
        if digest is None:  # allowed by the specification
            _, body = self._get(f"/v2/{repository}/manifests/{tag}")
            digest = _digest(body)
        return str(digest)

    def image(self, repository: str, digest: str, platform: str) -> RemoteImage:
        """An image's platforms, and the size of the one for `platform`. Raises RegistryError."""
        manifest = self._manifest(repository, digest)
        if "manifests" not in manifest:
            return RemoteImage(digest, {self._platform(repository, manifest): _size(manifest)})
        sizes: dict[str, int] = {}
        for part in manifest["manifests"]:
            given = part.get("platform", {})
            name = f"{given.get('os')}/{given.get('architecture')}"
            if "unknown" not in name:  # attestations
                sizes[name] = _size(self._manifest(repository, part["digest"])) if name == platform else 0
        return RemoteImage(digest, sizes)

    def _manifest(self, repository: str, digest: str) -> dict[str, Any]:
        _, body = self._get(f"/v2/{repository}/manifests/{digest}")
        if _digest(body) != digest:
            raise RegistryError(self.address, Trouble.BROKEN, f"its answer for {digest} has digest {_digest(body)}")
        return self._json(body)

    def _platform(self, repository: str, manifest: dict[str, Any]) -> str:
        _, body = self._get(f"/v2/{repository}/blobs/{manifest['config']['digest']}")
        config = self._json(body)
        return f"{config.get('os')}/{config.get('architecture')}"

    def _json(self, body: bytes) -> dict[str, Any]:
        try:
            value = json.loads(body)
        except ValueError as error:
            raise RegistryError(self.address, Trouble.BROKEN, "it doesn't answer JSON") from error
        if not isinstance(value, dict):
            raise RegistryError(self.address, Trouble.BROKEN, "it doesn't answer a JSON object")
        return value

    def _get(self, path: str, method: str = "GET") -> tuple[Message, bytes]:
        try:
            return self._once(self.address + path, self._authorization, method)
        except urllib.error.HTTPError as refusal:
            challenge = refusal.headers.get("WWW-Authenticate", "")
            if refusal.code != 401 or self._authorization or not (authorization := self._answer(challenge)):
                raise self._refused(refusal) from refusal
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from error
        self._authorization = authorization
        try:
            return self._once(self.address + path, authorization, method)
        except urllib.error.HTTPError as refusal:
            raise self._refused(refusal) from refusal
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from error

    def _once(self, url: str, authorization: str | None, method: str = "GET") -> tuple[Message, bytes]:
        request = urllib.request.Request(url, method=method, headers={"Accept": ", ".join(INDEXES + MANIFESTS)})  # noqa: S310
        if authorization:  # not passed on when a blob is redirected to another host's storage
            request.add_unredirected_header("Authorization", authorization)
        with urllib.request.urlopen(request, timeout=self._answer_within) as answer:  # noqa: S310  (http or https: checked)
            return answer.headers, answer.read(LARGEST_MANIFEST)

    def _answer(self, challenge: str) -> str | None:
        """What to send as Authorization after a 401: credentials as they are, or a token bought with them."""
        scheme, _, rest = challenge.partition(" ")
        if scheme.lower() == "basic":
            return f"Basic {self._basic}" if self._basic else None
        fields = dict(re.findall(r'(\w+)="([^"]*)"', rest))
        realm = fields.pop("realm", "")
        if scheme.lower() != "bearer" or not realm.startswith(("https://", "http://")):
            return None
        url = f"{realm}?{urllib.parse.urlencode(fields)}"
        try:
            _, body = self._once(url, f"Basic {self._basic}" if self._basic else None)
        except urllib.error.HTTPError as refusal:
            raise self._refused(refusal) from refusal
        except (OSError, HTTPException) as error:
            raise self._unreachable(error) from error
        value = self._json(body)
        return f"Bearer {value.get('token') or value.get('access_token')}"

    def _refused(self, refusal: urllib.error.HTTPError) -> RegistryError:
        if refusal.code == 404:
            return RegistryError(self.address, Trouble.MISSING)
        trouble = Trouble.DENIED if refusal.code in {401, 403} else Trouble.BROKEN
        return RegistryError(self.address, trouble, f"status {refusal.code}")

    def _unreachable(self, error: Exception) -> RegistryError:
        reason = getattr(error, "reason", error)
        if isinstance(reason, TimeoutError):
            return RegistryError(self.address, Trouble.UNREACHABLE, f"no answer within {self._answer_within:g} s")
        text = getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
        return RegistryError(self.address, Trouble.UNREACHABLE, text)


def registries_for(reference: Reference, mirrors: tuple[str, ...], credentials: Path = CREDENTIALS) -> list[Registry]:
    """Where to ask, in Docker's own order: for Docker Hub's images its mirrors first."""
    if reference.registry == "docker.io":
        hub = Registry(HUB, _login(credentials, "https://index.docker.io/v1/"))
        return [*(Registry(mirror) for mirror in mirrors), hub]
    local = re.match(r"(localhost|127\.)", reference.registry)  # Docker itself speaks plain HTTP only to these
    address = f"{'http' if local else 'https'}://{reference.registry}"
    return [Registry(address, _login(credentials, reference.registry))]


def _login(file: Path, registry: str) -> str | None:
    try:
        auth = json.loads(file.read_text(encoding="utf-8"))["auths"][registry]["auth"]
        base64.b64decode(auth, validate=True)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(auth)


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _size(manifest: dict[str, Any]) -> int:
    return sum(int(layer["size"]) for layer in manifest.get("layers", []))
