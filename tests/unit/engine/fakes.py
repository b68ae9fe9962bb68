"""A host in memory: fakes of the engine's interfaces, with failures on request."""

# ruff: noqa: ARG002  (a fake has its interface's arguments)

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from engine.longshore.errors import RefusedError, StepError
from engine.longshore.host.containers import Condition
from engine.longshore.host.drain import Load
from engine.longshore.host.interrupt import StopRequest
from engine.longshore.host.probe import Answer
from engine.longshore.host.registry import Registry
from engine.longshore.planning.image import LocalImage, RemoteImage
from engine.longshore.planning.model import World
from engine.longshore.planning.replica import Replica, State

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from engine.longshore.planning.model import Service, Slot
    from engine.longshore.planning.steps import Step

DIGEST = "sha256:" + "1" * 64


@dataclass
class FakeHost:
    """Containers, slots, probe and connections of one host. `ends` maps services whose replicas exit to exit codes."""

    running: dict[str, Replica] = field(default_factory=dict)
    slots: dict[Slot, str] = field(default_factory=dict)
    directories: set[str] = field(default_factory=set)
    never_ready: set[str] = field(default_factory=set)
    ends: dict[str, int] = field(default_factory=dict)
    loads: list[Load] = field(default_factory=list)
    kept_running: set[str] = field(default_factory=set)
    killed: bool = False
    refuse_stop: bool = False
    silent: bool = False

    @classmethod
    def of(cls, world: World) -> FakeHost:
        return cls(dict(world.replicas), dict(world.slots), set(world.replicas), kept_running=set(world.replicas))

    def replicas(self) -> list[Replica]:
        if self.silent:
            raise RefusedError("docker: not running", "no answer", "start it")
        return list(self.running.values())

    def start(self, replica: Replica, service: Service, image: str, environment: Mapping[str, str]) -> None:
        assert replica.id in self.directories
        state = State.EXITED if replica.service in self.ends else State.RUNNING
        started = Replica.from_labels(replica.id, replica.labels(), state, "")
        self.running[replica.id] = replace(started, ready=True)

    def condition(self, replica: str) -> Condition:
        found = self.running.get(replica)
        if found is None:
            return Condition(State.EXITED)
        return Condition(found.state, pid=1, exit_code=self.ends.get(found.service, 0))

    def keep_running(self, replica: str) -> None:
        self.kept_running.add(replica)

    def stop(self, replica: str, within: int) -> bool:
        if self.refuse_stop:
            raise StepError("docker: could not stop", replica, "")
        assert replica not in self.slots.values()
        return self.killed

    def remove(self, replica: str) -> None:
        self.running.pop(replica, None)

    def logs(self, replica: str, lines: int) -> list[str]:
        return [f"log of {replica}", "GET /readyz 503"]

    # slots
    def read(self) -> dict[Slot, str]:
        return dict(self.slots)

    def point(self, service: str, slots: Iterable[int], replica: str) -> None:
        self.slots |= {(service, slot): replica for slot in slots}

    def clear(self, service: str, slots: Iterable[int]) -> None:
        for slot in slots:
            self.slots.pop((service, slot), None)

    # probe, connections
    def ask(self, replica: str, path: str) -> Answer:
        ready = self.running[replica].state is State.RUNNING and self.running[replica].service not in self.never_ready
        return Answer(ready, "status 200" if ready else "status 503")

    def count(self, replica: str, pid: int) -> Load:
        return self.loads.pop(0) if self.loads else Load(0, 0)

    def world(self) -> World:
        return World.of([replace(r, ready=self.ask(r.id, "").ready) for r in self.running.values()], dict(self.slots))


@dataclass
class FakeSockets:
    """Socket directories of a FakeHost."""

    host: FakeHost

    def make(self, replica: str) -> None:
        self.host.directories.add(replica)

    def remove(self, replica: str) -> None:
        self.host.directories.discard(replica)

    def remove_unknown(self, known: Collection[str]) -> list[str]:
        unknown = sorted(self.host.directories - set(known))
        self.host.directories -= set(unknown)
        return unknown


@dataclass
class FakeSlots:
    """Slots of a FakeHost."""

    host: FakeHost

    def read(self) -> dict[Slot, str]:
        return self.host.read()

    def point(self, service: str, slots: Iterable[int], replica: str) -> None:
        self.host.point(service, slots, replica)

    def clear(self, service: str, slots: Iterable[int]) -> None:
        self.host.clear(service, slots)

    def remove_unfinished(self) -> None:
        return


@dataclass
class FakeImages:
    """Images on the host, by name."""

    here: dict[str, LocalImage] = field(default_factory=dict)
    pulled: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    refuse: bool = False
    in_use: bool = False

    def add(self, name: str, tag: str, digest: str, platform: str = "linux/amd64") -> None:
        image = LocalImage(f"id-of-{digest}", (f"{name}@{digest}",), platform)
        self.here |= {f"{name}:{tag}": image, f"{name}@{digest}": image}

    def find(self, reference: str) -> LocalImage | None:
        return self.here.get(reference)

    def pull(self, name: str, digest: str) -> None:
        if self.refuse:
            raise RefusedError("release: image could not be pulled", f"{name}@{digest}", "again")
        self.pulled.append(f"{name}@{digest}")
        self.here[f"{name}@{digest}"] = LocalImage(f"id-of-{digest}", (f"{name}@{digest}",), "linux/amd64")

    def tag(self, image: str, name: str, tag: str) -> None:
        self.here[f"{name}:{tag}"] = next(local for local in self.here.values() if local.id == image)

    def remove(self, reference: str) -> bool:
        if self.in_use:
            return False
        self.removed.append(reference)
        return self.here.pop(reference, None) is not None


class FakeRegistry(Registry):
    """A registry that has every tag, each with its own digest, for one platform."""

    def __init__(self) -> None:
        super().__init__("http://registry.test")

    def digest(self, repository: str, tag: str) -> str:
        return f"sha256:{tag * 64}"

    def image(self, repository: str, digest: str, platform: str) -> RemoteImage:
        return RemoteImage(digest, {platform: 1})


@dataclass
class Lines:
    """Progress that is kept for assertions."""

    said: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.said.append(line)


@dataclass
class FakeRecord:
    """Keeps the events, and fails from the n-th on."""

    events: list[str] = field(default_factory=list)
    fails_at: int = 1000

    def intend(self, steps: list[Step]) -> None:
        self._add(f"intend {steps[0].kind}")

    def done(self, steps: list[Step], results: list[str]) -> None:
        self._add(f"done {steps[0].kind}")

    def _add(self, event: str) -> None:
        if len(self.events) >= self.fails_at:
            raise OSError(28, "No space left on device")
        self.events.append(event)


class QuietStop(StopRequest):
    """A stop request that leaves the test process's own signals alone."""

    def listen(self) -> None:
        return
