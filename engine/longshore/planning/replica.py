"""A replica: what it is, how its container says so, and what the application inside is given.

The plan, a container's labels and the next run's reading of them have to agree, so all of them derive from the fields
that are named in `_LABELLED`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a replica sees of the host: the directory it listens in, and that of the proxy's internal listener.
SOCKET_DIRECTORY = "/run/app"
PROXY_DIRECTORY = "/run/proxy"
SOCKET_NAME = "app.sock"
PROXY_SOCKET_NAME = "proxy.sock"


class State(StrEnum):
    """A container's state, reduced to what a decision needs."""

    CREATED = "created"
    RUNNING = "running"
    RESTARTING = "restarting"
    EXITED = "exited"


@dataclass(frozen=True, slots=True)
class Replica:
    """A container of the engine, planned or found on the host. `ready` is the result of its last probe."""

    id: str
    service: str
    index: int
    release: int
    digest: str
    config: str
    state: State = State.RUNNING
    ready: bool = True
    memory_mb: int = 0
    drain_seconds: int = 30
    ready_path: str = "/readyz"
    started: str = ""

    @property
    def serves(self) -> bool:
        """Whether a slot that points here gets answers."""
        return self.state is State.RUNNING and self.ready

    def definition(self) -> dict[str, Any]:
        """All that stays as it is while the container exists."""
        return {name: getattr(self, name) for name in _LABELLED}

    def labels(self) -> dict[str, str]:
        """The definition as a container's labels, from which the next run reads the world."""
        return {f"{_PREFIX}{name}": str(value) for name, value in self.definition().items()}

    @classmethod
    def from_labels(cls, name: str, labels: Mapping[str, str], state: State, started: str) -> Replica:
        """Read `labels()` back. A label that is missing or odd makes a replica that fits no release."""
        definition = {key: _value(labels.get(f"{_PREFIX}{key}"), missing) for key, missing in _LABELLED.items()}
        return cls(id=name, state=state, ready=False, started=started, **definition)


_PREFIX = "longshore."

# Each with its value where a container lacks the label.
_LABELLED: Mapping[str, Any] = {
    "service": "",
    "index": 0,
    "release": 0,
    "digest": "",
    "config": "",
    "memory_mb": 0,
    "drain_seconds": 30,
    "ready_path": "/readyz",
}


def _value(text: str | None, missing: Any) -> Any:
    if isinstance(missing, int):
        return int(text) if text and text.isdecimal() else missing
    return missing if text is None else text


def environment(replica: Replica, image: str) -> dict[str, str]:
    """The variables that the engine sets for each replica: its contract with the application."""
    return {
        "BIND": f"unix:{SOCKET_DIRECTORY}/{SOCKET_NAME}",
        "RELEASE": str(replica.release),
        "RELEASE_DIGEST": replica.digest,
        "RELEASE_IMAGE": image,
        "SERVICE": replica.service,
        "REPLICA": replica.id,
        "PROXY_SOCKET": f"{PROXY_DIRECTORY}/{PROXY_SOCKET_NAME}",
    }


RESERVED_VARIABLES = frozenset(environment(Replica("", "", 0, 0, "", ""), ""))
"""The variables that a service's own environment may not set."""
