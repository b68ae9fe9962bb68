"""What is wanted (Service, Release) and what there is (World), as plain immutable values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from .replica import Replica

SLOT_COUNT = 12  # nginx lists this many sockets per service; 12 divides evenly by 1, 2, 3, 4, 6 and 12


@dataclass(frozen=True, slots=True)
class Mount:
    """A file or directory of the host that a service's replicas see at `target`."""

    source: str
    target: str
    read_only: bool = False

    def __str__(self) -> str:
        return f"{self.source} at {self.target}{' read-only' if self.read_only else ''}"


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a release, as its spec asks for it. Times are in seconds, memory in MiB."""

    replicas: int
    memory_mb: int = 256
    environment: Mapping[str, str] = field(default_factory=dict)
    ready_path: str = "/readyz"
    ready_seconds: int = 30
    drain_seconds: int = 30
    command: tuple[str, ...] | None = None
    mounts: tuple[Mount, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The spec's own shape, with every default written out."""
        return asdict(self) | {
            "environment": dict(sorted(self.environment.items())),
            "command": None if self.command is None else list(self.command),
            "mounts": [asdict(mount) for mount in self.mounts],
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Service:
        """Read back what `to_json` wrote (a release file; a person's spec goes through `spec.py`)."""
        command = value["command"]
        mounts = tuple(Mount(**mount) for mount in value["mounts"])
        return cls(**{**value, "command": None if command is None else tuple(command), "mounts": mounts})


@dataclass(frozen=True, slots=True)
class Release:
    """One image digest plus configuration, numbered. `previous` is the release that served when this one began."""

    number: int
    image: str
    digest: str
    services: Mapping[str, Service]
    previous: int | None = None
    operator: str = ""
    created: str = ""

    def same_content(self, other: Release) -> bool:
        """Whether releasing the one after the other would change nothing."""
        return (self.image, self.digest, self.services) == (other.image, other.digest, other.services)

    def fits(self, replica: Replica) -> bool:
        """Whether a replica is as this release wants it, in all that it can't change while it runs."""
        named = replica.service in self.services and replica.digest == self.digest
        return named and replica.config == self.config(replica.service)

    def config(self, service: str) -> str:
        """Hash of all that a replica can't change while it runs; replicas with the same one are interchangeable."""
        wanted = self.services[service]
        parts = [
            self.image,
            self.digest,
            wanted.memory_mb,
            sorted(wanted.environment.items()),
            wanted.ready_path,
            wanted.command,
            [asdict(mount) for mount in wanted.mounts],
        ]
        text = json.dumps(parts, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]


Slot = tuple[str, int]
"""A service and a number from 1 to the slot count."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything a plan depends on. A slot's value is the replica's id its link names, which may not exist."""

    replicas: Mapping[str, Replica] = field(default_factory=dict)
    slots: Mapping[Slot, str] = field(default_factory=dict)

    @classmethod
    def of(cls, replicas: Iterable[Replica], slots: Mapping[Slot, str]) -> World:
        """A world from a list of replicas."""
        return cls({replica.id: replica for replica in replicas}, dict(slots))

    def owned_by(self, replica: str) -> list[Slot]:
        """The slots that point to this replica."""
        return sorted(slot for slot, owner in self.slots.items() if owner == replica)

    def with_replica(self, replica: Replica) -> World:
        return replace(self, replicas={**self.replicas, replica.id: replica})

    def without_replica(self, replica: str) -> World:
        """This world with a replica gone; links to it dangle."""
        return replace(self, replicas={key: value for key, value in self.replicas.items() if key != replica})


def slots_of(index: int, replicas: int, slot_count: int = SLOT_COUNT) -> tuple[int, ...]:
    """The slots that belong to a replica's index when the service has this many replicas."""
    return tuple(slot for slot in range(1, slot_count + 1) if (slot - 1) % replicas + 1 == index)
