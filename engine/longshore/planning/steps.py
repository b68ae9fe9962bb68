"""The steps a plan is made of: what each is called, what it does to a world, and how it reads.

`effect` is the step's whole meaning as a function of values; the executor makes the same thing true on a host, the
planner and the tests predict with it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, Self

from .model import Replica, State, World


@dataclass(frozen=True, slots=True)
class Step(ABC):
    """One change to the host. Neighbouring steps of one kind touch different things and may be done together."""

    kind: ClassVar[str]
    service: str

    @abstractmethod
    def effect(self, world: World) -> World:
        """The world after this step succeeded."""

    @abstractmethod
    def text(self) -> str:
        """One line for a person."""

    def to_json(self) -> dict[str, Any]:
        """The step as plain JSON values."""
        return {"step": self.kind, **asdict(self)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Read back what `to_json` wrote."""
        fields: dict[str, Any] = {
            key: tuple(item) if isinstance(item, list) else item for key, item in value.items() if key != "step"
        }
        return cls(**fields)


@dataclass(frozen=True, slots=True)
class StartReplica(Step):
    """Make and start a container; it takes no traffic yet."""

    kind = "start"
    index: int
    of: int
    replica: str
    release: int
    digest: str
    config: str
    memory_mb: int
    drain_seconds: int
    mounts: tuple[str, ...] = ()

    def effect(self, world: World) -> World:
        """A running replica that isn't ready yet."""
        born = Replica(
            id=self.replica,
            service=self.service,
            index=self.index,
            release=self.release,
            digest=self.digest,
            config=self.config,
            ready=False,
            memory_mb=self.memory_mb,
            drain_seconds=self.drain_seconds,
        )
        return world.with_replica(born)

    def text(self) -> str:
        """One line for a person."""
        mounts = f", with {', '.join(self.mounts)}" if self.mounts else ""
        return f"start {self.service} {self.index}/{self.of} of release {self.release} ({self.replica}){mounts}"


@dataclass(frozen=True, slots=True)
class WaitReady(Step):
    """Wait until the replica answers 200 on its readiness path, asked as nginx's user over its socket."""

    kind = "wait"
    index: int
    of: int
    replica: str
    path: str
    within: int

    def effect(self, world: World) -> World:
        """The replica is ready."""
        return world.with_replica(replace(world.replicas[self.replica], ready=True, state=State.RUNNING))

    def text(self) -> str:
        """One line for a person."""
        return f"wait until {self.service} {self.index}/{self.of} answers {self.path} (at most {self.within} s)"


@dataclass(frozen=True, slots=True)
class SwitchSlots(Step):
    """Point slots to a replica, each by one atomic rename."""

    kind = "switch"
    index: int
    of: int
    replica: str
    slots: tuple[int, ...]

    def effect(self, world: World) -> World:
        """The slots point to the replica."""
        return replace(world, slots={**world.slots, **{(self.service, slot): self.replica for slot in self.slots}})

    def text(self) -> str:
        """One line for a person."""
        slots = " ".join(str(slot) for slot in self.slots)
        return f"switch {self.service} slots {slots} to {self.replica}"


@dataclass(frozen=True, slots=True)
class ClearSlots(Step):
    """Remove the slots of a service that the release no longer has."""

    kind = "clear"
    slots: tuple[int, ...]

    def effect(self, world: World) -> World:
        """The slots are gone."""
        gone = {(self.service, slot) for slot in self.slots}
        return replace(world, slots={slot: owner for slot, owner in world.slots.items() if slot not in gone})

    def text(self) -> str:
        """One line for a person."""
        return f"remove {self.service} slots {' '.join(str(slot) for slot in self.slots)}"


@dataclass(frozen=True, slots=True)
class Drain(Step):
    """Wait until nothing is connected to a replica that owns no slot any more."""

    kind = "drain"
    replica: str
    within: int

    def effect(self, world: World) -> World:
        """Nothing a plan can see."""
        return world

    def text(self) -> str:
        """One line for a person."""
        return f"drain {self.replica} (at most {self.within} s)"


@dataclass(frozen=True, slots=True)
class StopReplica(Step):
    """Stop and remove a container and its socket directory."""

    kind = "stop"
    replica: str

    def effect(self, world: World) -> World:
        """The replica is gone."""
        return world.without_replica(self.replica)

    def text(self) -> str:
        """One line for a person."""
        return f"stop {self.replica}"


KINDS: dict[str, type[Step]] = {
    kind.kind: kind for kind in (StartReplica, WaitReady, SwitchSlots, ClearSlots, Drain, StopReplica)
}


def step_from_json(value: dict[str, Any]) -> Step:
    """Read back any step."""
    return KINDS[value["step"]].from_json(value)


def after(world: World, steps: list[Step]) -> World:
    """The world after all these steps succeeded."""
    for step in steps:
        world = step.effect(world)
    return world
