"""Which hosts die as soon as they boot: decided from what is seen of them round by round. No I/O."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sandbox.hypervisor.reconcile import Host, Start

# A host that ends this soon after its boot never came up. SSH answers after two.
SHORT = timedelta(seconds=10)
# One short boot can be a host that its administrator rebooted.
TOO_MANY = 2
# A host that keeps dying is booted again this often: what kills it may be put right meanwhile.
RETRY = timedelta(seconds=10)


@dataclass(frozen=True)
class Dying:
    """A host's boots in a row that ended at once."""

    boots: int
    last_boot: datetime
    died: datetime
    exit_code: int

    @property
    def for_good(self) -> bool:
        """Whether an operator needs to hear of it."""
        return self.boots >= TOO_MANY


class Boots:
    """Counts boots that ended at once, by instance."""

    def __init__(self) -> None:
        self._dying: dict[str, Dying] = {}

    def watch(self, hosts: Iterable[Host], now: datetime) -> None:
        """Count what ended since the last look, and forget hosts that stay up or are gone."""
        found = {host.instance_id: host for host in hosts}
        self._dying = {instance: dying for instance, dying in self._dying.items() if instance in found}
        for instance, host in found.items():
            before = self._dying.get(instance)
            if host.death and host.death.at - host.booted < SHORT:
                if before is None or before.last_boot != host.booted:
                    boots = before.boots + 1 if before else 1
                    self._dying[instance] = Dying(boots, host.booted, host.death.at, host.death.exit_code)
            elif host.death or (host.running and now - host.booted >= SHORT):
                self._dying.pop(instance, None)

    def for_good(self) -> dict[str, Dying]:
        """Hosts that die at each boot."""
        return {instance: dying for instance, dying in self._dying.items() if dying.for_good}

    def too_soon(self, action: Start, now: datetime) -> bool:
        """Whether a host that keeps dying has just been booted."""
        dying = self._dying.get(action.instance_id)
        return dying is not None and dying.for_good and now - dying.died < RETRY
