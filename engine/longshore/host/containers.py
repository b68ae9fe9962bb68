"""What the engine needs of a container runtime: replicas as containers, images by digest. The real one is Docker.

These interfaces are all that the rest of the engine knows of Docker, so that its tests need no Docker and no mock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..planning.model import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ..planning.model import Replica, Service


@dataclass(frozen=True, slots=True)
class NewReplica:
    """All that starting a replica takes. `image` is what the runtime knows the image by."""

    id: str
    image: str
    service: str
    wanted: Service
    labels: Mapping[str, str]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Condition:
    """A container's state now. `pid` is 0 unless it runs."""

    state: State
    pid: int = 0
    exit_code: int = 0
    out_of_memory: bool = False
    error: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A replica as the runtime lists it, with the path that tells whether it is ready."""

    replica: Replica
    ready_path: str


class Containers(Protocol):
    """Replicas as containers. Every method raises StepError when the runtime refuses."""

    def found(self) -> list[Found]:
        """All replicas of this engine, running or not."""

    def start(self, new: NewReplica) -> None:
        """Make and start a replica that stays down when it ends, so that a failing start is seen."""

    def condition(self, replica: str) -> Condition:
        """Its state now."""

    def keep_running(self, replica: str) -> None:
        """From now on have it restarted when it ends, and after a reboot."""

    def stop(self, replica: str, within: int) -> bool:
        """Ask it to end, kill it after `within` seconds; whether it had to be killed."""

    def remove(self, replica: str) -> None:
        """Remove it; nothing to do when there is none."""

    def logs(self, replica: str, lines: int) -> list[str]:
        """Its last log lines."""


@dataclass(frozen=True, slots=True)
class LocalImage:
    """An image that is here already. `digests` are the registry's names for it: `docker.io/acme/agents@sha256:…`."""

    id: str
    digests: tuple[str, ...]
    platform: str


class Images(Protocol):
    """Images on this host."""

    def find(self, reference: str) -> LocalImage | None:
        """The image by tag, digest or id."""

    def pull(self, name: str, digest: str) -> None:
        """Fetch `name@digest`. Raises RefusedError."""

    def tag(self, image: str, name: str, tag: str) -> None:
        """Give an image a name."""

    def remove(self, reference: str) -> bool:
        """Remove a name of an image, and the image with its last one; False while something uses it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What the runtime says of its host."""

    platform: str
    storage: Path
