"""The status: what serves, since when, how well, and whether a run is in progress."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from ..clock import ago
from ..running.releases import Fate

if TYPE_CHECKING:
    from ..planning.model import Mount, World
    from ..planning.replica import Replica
    from ..running.journal import Record
    from ..running.lock import Lease
    from ..running.releases import Entry


@dataclass(frozen=True, slots=True)
class Status:
    """All that the status is derived from."""

    current: Entry | None
    newest: Entry | None
    world: World
    slot_count: int
    last: Record | None
    running: Lease | None
    trouble: str = ""

    @property
    def interrupted(self) -> int | None:
        """The release that a run started and that none has finished or reverted."""
        unfinished = self.newest and self.newest.fate is Fate.STARTED and not self.running
        return self.newest.release.number if self.newest and unfinished else None

    def wanted(self) -> dict[str, int]:
        """Replicas that each service should have; a service only found on the host should have none."""
        found = {replica.service: 0 for replica in self.world.replicas.values()}
        services = self.current.release.services if self.current else {}
        return dict(sorted({**found, **{name: service.replicas for name, service in services.items()}}.items()))

    def replicas(self, service: str) -> list[Replica]:
        """A service's replicas by index."""
        mine = [replica for replica in self.world.replicas.values() if replica.service == service]
        return sorted(mine, key=lambda replica: (replica.index, replica.id))

    def mounts(self, service: str) -> tuple[Mount, ...]:
        """What the current release mounts into a service's replicas."""
        services = self.current.release.services if self.current else {}
        return services[service].mounts if service in services else ()

    def answered(self, service: str) -> int:
        """How many of a service's slots lead to a replica that answers."""
        serving = {replica.id for replica in self.replicas(service) if replica.serves}
        return sum(self.world.slots.get((service, slot)) in serving for slot in range(1, self.slot_count + 1))

    @property
    def health(self) -> str:
        """What is wrong with the slots of the current release's services; empty when each leads to where it should.

        Slots may lead to another release only while a run is at work, which moves them one after the other.
        """
        services = self.current.release.services if self.current else {}
        if any(self.answered(service) < self.slot_count for service in services):
            return "NOT EVERY SLOT IS ANSWERED"
        if any(self.misdirected(service) for service in services) and not self.running:
            return "SLOTS LEAD TO ANOTHER RELEASE"
        return ""

    def misdirected(self, service: str) -> bool:
        """Whether a slot of a service leads to a replica that the current release doesn't want, or not like this."""
        owners = [self.world.replicas.get(owner) for (name, _), owner in self.world.slots.items() if name == service]
        return any(self.current and owner and not self.current.release.fits(owner) for owner in owners)

    @property
    def healthy(self) -> bool:
        """Whether every slot of every service is answered, by the current release."""
        return self.current is not None and not self.health

    def to_json(self) -> dict[str, Any]:
        """The object `status --json` prints."""
        release = self.current.release if self.current else None
        return {
            "release": release.number if release else None,
            "image": release.image if release else None,
            "digest": release.digest if release else None,
            "since": self.current.released if self.current else None,
            "operator": release.operator if release else None,
            "healthy": self.healthy,
            "interrupted": self.interrupted,
            "services": {name: self._service_json(name, count) for name, count in self.wanted().items()},
            "last_run": self.last,
            "running": self.running.text() if self.running else None,
            "trouble": self.trouble or None,
        }

    def _service_json(self, name: str, wanted: int) -> dict[str, Any]:
        replicas = [
            {
                "id": replica.id,
                "index": replica.index,
                "release": replica.release,
                "digest": replica.digest,
                "state": replica.state.value,
                "ready": replica.ready,
                "started": replica.started,
                "slots": [slot for _, slot in self.world.owned_by(replica.id)],
            }
            for replica in self.replicas(name)
        ]
        return {
            "mounts": [asdict(mount) for mount in self.mounts(name)],
            "wanted": wanted,
            "ready": sum(1 for replica in self.replicas(name) if replica.serves),
            "slots_answered": self.answered(name),
            "replicas": replicas,
        }

    def text(self) -> list[str]:
        """The same as text."""
        return [*self._head(), *self._services(), *self._runs()]

    def _head(self) -> list[str]:
        if self.current is None:
            return ["nothing was released on this host yet"]
        release, since = self.current.release, self.current.released
        return [
            f"release {release.number}  {release.image}",
            f"  digest  {release.digest}",
            f"  since   {since} ({ago(since)} ago), by {release.operator}",
            f"  health  {self.health or 'every slot is answered'}",
        ]

    def _services(self) -> list[str]:
        lines = []
        for name, wanted in self.wanted().items():
            replicas = self.replicas(name)
            ready = sum(1 for replica in replicas if replica.serves)
            lines.append(f"{name}  {ready}/{wanted} ready, {self.answered(name)}/{self.slot_count} slots answered")
            lines += [f"  mounts {mount}" for mount in self.mounts(name)]
            for replica in replicas:
                slots = " ".join(str(slot) for _, slot in self.world.owned_by(replica.id)) or "none"
                how = "ready" if replica.serves else f"NOT READY ({replica.state})"
                lines.append(f"  {replica.id}  {how}, created {ago(replica.started)} ago, slots {slots}")
        return lines

    def _runs(self) -> list[str]:
        lines = []
        if self.last:
            last = self.last
            lines.append(f"last run  {last['outcome']} {ago(last['time'])} ago, in {last['seconds']} s")
            if last.get("error"):
                lines += [f"  {last['error']['problem']}", f"    found: {last['error']['found']}"]
        if self.interrupted:
            fix = "deploying the same again finishes it, " + (
                "`longshore rollback` reverts it" if self.current else "any other release replaces it"
            )
            lines.append(f"release {self.interrupted} was CUT SHORT: {fix}")
        if self.trouble:
            lines.append(f"journal   {self.trouble}")
        lines.append(f"now       {self.running.text() if self.running else 'no run in progress'}")
        return lines
