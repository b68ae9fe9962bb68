"""An engine on a fake host: in a run all is real except the host, the images and the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.longshore.host.layout import Layout
from engine.longshore.planning.image import Machine
from engine.longshore.planning.model import Service
from engine.longshore.planning.reference import Reference
from engine.longshore.running import journal
from engine.longshore.running.barrier import Barrier
from engine.longshore.running.executor import Host
from engine.longshore.running.parts import Parts
from engine.longshore.running.releases import ReleaseStore
from engine.longshore.running.runs import Runs
from engine.longshore.settings import Settings

from .fakes import FakeHost, FakeImages, FakeRegistry, FakeSlots, FakeSockets, Lines, QuietStop

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from engine.longshore.running.outcome import Outcome

NAME = "docker.io/acme/agents"
TWO: Mapping[str, Service] = {"planner": Service(2, ready_seconds=1), "solver": Service(2, ready_seconds=1)}
FEW: Mapping[str, Service] = {"planner": Service(1, ready_seconds=1)}


class Bench:
    """An engine on a fake host, with images 1, 2 and 3 here, and all others in a registry while that is `online`."""

    def __init__(self, root: Path) -> None:
        self.host, self.images, self.lines = FakeHost(), FakeImages(), Lines()
        for tag in "123":
            self.images.add(NAME, tag, f"sha256:{tag * 64}")
        self.layout = Layout(root)
        self.store = ReleaseStore(self.layout)
        self.memory_kib = 8_000_000
        self.settings = Settings(root=root, retention=2)
        self.online = False
        self.barrier, self.stop = Barrier("", self.lines.say), QuietStop()

    def runs(self) -> Runs:
        host, self.stop = self.host, QuietStop()
        parts = Parts(
            settings=self.settings,
            layout=self.layout,
            host=Host(host, FakeSlots(host), FakeSockets(host), host, host, self.settings.stop_seconds),
            images=self.images,
            machine=lambda: Machine("linux/amd64", self.layout.root.parent),
            registries=lambda _reference: [FakeRegistry()] if self.online else [],
            store=self.store,
            progress=self.lines,
            stop=self.stop,
            barrier=self.barrier,
            meminfo=lambda: f"MemAvailable: {self.memory_kib} kB",
            operator="tester",
        )
        return Runs(parts)

    def deploy(self, tag: str, services: Mapping[str, Service] | None = TWO, *, check: bool = False) -> Outcome:
        return self.runs().deploy(Reference.parse(f"{NAME}:{tag}"), services, check=check, wait=0, command="deploy")

    def rollback(self, number: int | None = None, *, check: bool = False) -> Outcome:
        return self.runs().rollback(number, check=check, wait=0, command="rollback")

    def current(self) -> int | None:
        entry = self.store.current()
        return entry.release.number if entry else None

    def events(self) -> list[str]:
        return [record["event"] for record in journal.read(self.layout.journal).records]
