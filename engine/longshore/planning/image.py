"""What is known of an image, on the host and in a registry, and of the machine that is to run it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class LocalImage:
    """An image on the host. `digests` are the registries' names for it: `docker.io/acme/agents@sha256:…`."""

    id: str
    digests: tuple[str, ...]
    platform: str


@dataclass(frozen=True, slots=True)
class RemoteImage:
    """An image in a registry. `sizes` has the bytes to download for each platform that it is built for."""

    digest: str
    sizes: Mapping[str, int]

    @property
    def platforms(self) -> list[str]:
        """Like `linux/arm64`, sorted."""
        return sorted(self.sizes)


@dataclass(frozen=True, slots=True)
class Machine:
    """The host as its container runtime describes it: platform, and the directory that images are unpacked in."""

    platform: str
    storage: Path
