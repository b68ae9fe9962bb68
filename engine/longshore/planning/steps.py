"""The steps that a plan is made of.

`effect` is what a step does, as a function from world to world. The planner and the tests predict with it; the executor
does the same to a host.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from .replica import State

if TYPE_CHECKING:
    from .model import World
    from .replica import Replica


@dataclass(frozen=True, slots=True)
class Step(ABC):
    """One change to the host. Consecutive steps of one kind touch different things and may run in parallel."""

    kind: ClassVar[str]
    service: str

    @abstractmethod
    def effect(self, world: World) -> World:
        """The world after this step succeeded."""

    @abstractmethod
    def text(self) -> str:
        """What a person reads in a plan, in one line."""

    def to_json(self) -> dict[str, Any]:
        """The step as plain JSON values."""
        return {"step": self.kind, **asdict(self)}


@dataclass(frozen=True, slots=True)
class StartReplica(Step):
    """Make and start a container; it takes no traffic yet."""

    kind = "start"
    of: int
    new: Replica
    mounts: tuple[str, ...] = ()

    def effect(self, world: World) -> World:
        return world.with_replica(self.new)

    def text(self) -> str:
        new, mounts = self.new, f", with {', '.join(self.mounts)}" if self.mounts else ""
        return f"start {self.service} {new.index}/{self.of} of release {new.release} ({new.id}){mounts}"

    def to_json(self) -> dict[str, Any]:
        return {
            "step": self.kind,
            "of": self.of,
            "replica": self.new.id,
            **self.new.definition(),
            "mounts": list(self.mounts),
        }


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
        return world.with_replica(replace(world.replicas[self.replica], ready=True, state=State.RUNNING))

    def text(self) -> str:
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
        return replace(world, slots={**world.slots, **{(self.service, slot): self.replica for slot in self.slots}})

    def text(self) -> str:
        slots = " ".join(str(slot) for slot in self.slots)
        return f"switch {self.service} slots {slots} to {self.replica}"


@dataclass(frozen=True, slots=True)
class ClearSlots(Step):
    """Remove the slots of a service that the release no longer has."""

    kind = "clear"
    slots: tuple[int, ...]

    def effect(self, world: World) -> World:
        gone = {(self.service, slot) for slot in self.slots}
        return replace(world, slots={slot: owner for slot, owner in world.slots.items() if slot not in gone})

    def text(self) -> str:
        return f"remove {self.service} slots {' '.join(str(slot) for slot in self.slots)}"


@dataclass(frozen=True, slots=True)
class Drain(Step):
    """Wait until nothing is connected to a replica that owns no slot any more."""

    kind = "drain"
    replica: str
    within: int

    def effect(self, world: World) -> World:
        return world

    def text(self) -> str:
        return f"drain {self.replica} (at most {self.within} s)"


@dataclass(frozen=True, slots=True)
class StopReplica(Step):
    """Stop and remove a container and its socket directory."""

    kind = "stop"
    replica: str

    def effect(self, world: World) -> World:
        return world.without_replica(self.replica)

    def text(self) -> str:
        return f"stop {self.replica}"


def after(world: World, steps: list[Step]) -> World:
    """The world after all these steps succeeded."""
    for step in steps:
        world = step.effect(world)
    return world
