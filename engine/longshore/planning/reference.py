"""Image references: `docker.io/acme/agents:1.4.0`, taken apart as Docker does (distribution/reference)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..errors import RefusedError

_PATH = re.compile(r"[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_FIX = "write it like docker.io/you/agents:1.0.0, or with its digest @sha256:…"


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference with everything Docker would add written out: registry, `library/`; a tag, a digest or both."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Take a reference apart. Raises RefusedError when it isn't one, or names neither tag nor digest."""
        name, _, digest = text.partition("@")
        head, slash, rest = name.partition("/")
        if slash and ("." in head or ":" in head or head == "localhost"):
            registry, path = head, rest
        else:
            registry, path = "docker.io", name
        path, _, tag = path.partition(":")
        if registry in {"docker.io", "index.docker.io"}:
            registry, path = "docker.io", path if "/" in path else f"library/{path}"
        well_formed = (
            _PATH.fullmatch(path)
            and ("@" not in text or _DIGEST.fullmatch(digest))
            and (":" not in name.rpartition("/")[2] or _TAG.fullmatch(tag))
        )
        if not well_formed:
            raise RefusedError("release: not an image reference", repr(text), _FIX)
        if not tag and not digest:
            raise RefusedError("release: image has neither tag nor digest", text, _FIX)
        return cls(registry, path, tag or None, digest or None)

    @property
    def name(self) -> str:
        """Registry and repository, as `docker pull` takes it."""
        return f"{self.registry}/{self.repository}"

    def by_digest(self, digest: str) -> str:
        """The reference that can't move."""
        return f"{self.name}@{digest}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        return self.name + tag + (f"@{self.digest}" if self.digest else "")
