"""The planner: from what is there and what is wanted to the steps in between. No I/O, no clock, no randomness.

Rolling, wave by wave over the index: start replica i of every service, wait until all are ready, switch their slots,
then drain and stop whatever owns no slot any more. Because slot s belongs to index ((s-1) % replicas)+1, a change of
scale is only switches. What holds at every prefix of a plan, as the tests show over generated worlds:

- a slot that was answered stays answered;
- no step stops a replica that a slot points to;
- planning again from there, as after a crash, reaches the goal;
- from the goal the plan is empty.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .model import SLOT_COUNT, Release, World, slots_of
from .replica import Replica, State
from .steps import ClearSlots, Drain, StartReplica, Step, StopReplica, SwitchSlots, WaitReady

if TYPE_CHECKING:
    from collections.abc import Iterable

Place = tuple[str, int]
"""A service and an index: where a release wants exactly one replica."""


def plan(actual: World, desired: Release | None, token: str, slot_count: int = SLOT_COUNT) -> list[Step]:
    """The steps from `actual` to `desired`; `None` wants nothing at all. `token` makes new replicas' names unique."""
    return _Rolling(actual, desired, token, slot_count).steps()


class _Rolling:
    """A plan under construction: `world` is what `actual` becomes after the steps so far."""

    def __init__(self, actual: World, desired: Release | None, token: str, slot_count: int) -> None:
        self.world = actual
        self.release = desired
        self.token = token
        self.slot_count = slot_count
        self.done: list[Step] = []
        self.chosen = _reusable(actual, desired)

    def steps(self) -> list[Step]:
        services = {} if self.release is None else self.release.services
        self.sweep()
        for index in range(1, max((service.replicas for service in services.values()), default=0) + 1):
            self.wave(index, [name for name, service in services.items() if service.replicas >= index])
        self.retire()
        self.sweep()
        return self.done

    def do(self, steps: Iterable[Step]) -> None:
        for step in steps:
            self.done.append(step)
            self.world = step.effect(self.world)

    def wave(self, index: int, services: list[str]) -> None:
        self.do([self.start(name, index) for name in services if (name, index) not in self.chosen])
        self.do([self.wait(name, index) for name in services if self.must_wait(name, index)])
        self.do([self.switch(name, index) for name in services if self.misplaced(name, index)])
        self.sweep()

    def start(self, name: str, index: int) -> StartReplica:
        assert self.release is not None
        service = self.release.services[name]
        replica = f"{name}-{index}-r{self.release.number}-{self.token}"
        self.chosen[name, index] = replica
        new = Replica(
            id=replica,
            service=name,
            index=index,
            release=self.release.number,
            digest=self.release.digest,
            config=self.release.config(name),
            ready=False,
            memory_mb=service.memory_mb,
            drain_seconds=service.drain_seconds,
            ready_path=service.ready_path,
        )
        return StartReplica(name, service.replicas, new, tuple(str(mount) for mount in service.mounts))

    def must_wait(self, name: str, index: int) -> bool:
        """Whether the replica has yet to show that it is ready: no slot points to it."""
        return not self.world.owned_by(self.chosen[name, index])

    def wait(self, name: str, index: int) -> WaitReady:
        assert self.release is not None
        service = self.release.services[name]
        chosen = self.chosen[name, index]
        return WaitReady(name, index, service.replicas, chosen, service.ready_path, service.ready_seconds)

    def misplaced(self, name: str, index: int) -> tuple[int, ...]:
        """The slots of this index that don't point to its replica."""
        assert self.release is not None
        mine = slots_of(index, self.release.services[name].replicas, self.slot_count)
        return tuple(slot for slot in mine if self.world.slots.get((name, slot)) != self.chosen[name, index])

    def switch(self, name: str, index: int) -> SwitchSlots:
        assert self.release is not None
        replicas = self.release.services[name].replicas
        return SwitchSlots(name, index, replicas, self.chosen[name, index], self.misplaced(name, index))

    def retire(self) -> None:
        """Remove the slots of services that the release lacks. This comes last: until now something may call them."""
        wanted = {} if self.release is None else self.release.services
        gone: dict[str, list[int]] = {}
        for name, slot in sorted(self.world.slots):
            if name not in wanted or slot > self.slot_count:
                gone.setdefault(name, []).append(slot)
        self.do([ClearSlots(name, tuple(slots)) for name, slots in gone.items()])

    def sweep(self) -> None:
        """Drain, then stop, every replica that no slot points to and that the release doesn't want."""
        wanted = set(self.chosen.values())
        owners = set(self.world.slots.values())
        idle = [replica for key, replica in sorted(self.world.replicas.items()) if key not in wanted | owners]
        self.do([Drain(r.service, r.id, self.drain_time(r)) for r in idle if r.state is State.RUNNING])
        self.do([StopReplica(r.service, r.id) for r in idle])

    def drain_time(self, replica: Replica) -> int:
        """The longer of what the replica was started with and what is wanted now."""
        wanted = {} if self.release is None else self.release.services
        return max(replica.drain_seconds, wanted[replica.service].drain_seconds if replica.service in wanted else 0)


def _reusable(actual: World, desired: Release | None) -> dict[Place, str]:
    """The replicas that already are what the release wants, one per place; of several the one serving most slots.

    A running replica that isn't ready counts only while no slot points to it: it may still be starting. One that has
    slots and doesn't answer is broken, and gets replaced.
    """
    chosen: dict[Place, Replica] = {}
    for _, replica in sorted(actual.replicas.items()):
        place = (replica.service, replica.index)
        if not _fits(replica, desired) or not (replica.serves or not actual.owned_by(replica.id)):
            continue
        if place not in chosen or _rank(actual, replica) > _rank(actual, chosen[place]):
            chosen[place] = replica
    return {place: replica.id for place, replica in chosen.items()}


def _fits(replica: Replica, desired: Release | None) -> bool:
    if desired is None or replica.state is not State.RUNNING or not desired.fits(replica):
        return False
    return replica.index <= desired.services[replica.service].replicas


def _rank(actual: World, replica: Replica) -> tuple[bool, int]:
    return replica.serves, len(actual.owned_by(replica.id))


def trust_serving_replicas(actual: World, before: Release | None) -> World:
    """The world to plan a revert from: a replica that runs, fits `before` and owns a slot counts as ready.

    If it doesn't answer now, its cause (such as a database that is down) would keep a replacement from answering too.
    """
    owners = set(actual.slots.values())
    trusted = {
        key: replace(replica, ready=True)
        for key, replica in actual.replicas.items()
        if key in owners and _fits(replica, before)
    }
    return replace(actual, replicas={**actual.replicas, **trusted})


def abandon(actual: World, *tokens: str) -> list[Step]:
    """Stop only the replicas that unsuccessful runs with these tokens started and that no slot points to."""
    owners = set(actual.slots.values())
    ours = [r for key, r in sorted(actual.replicas.items()) if key.rpartition("-")[2] in tokens and key not in owners]
    return [StopReplica(replica.service, replica.id) for replica in ours]
