"""Reading the world: containers, slots, and whether each running replica is ready now. Nothing is remembered."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from longshore.model import Replica, State, World

if TYPE_CHECKING:
    from longshore.containers import Containers, Found
    from longshore.probe import Probe
    from longshore.slots import Slots


def read(containers: Containers, slots: Slots, probe: Probe) -> World:
    """What is there now. Raises StepError when the runtime can't say."""
    found = containers.found()

    def look(item: Found) -> Replica:
        running = item.replica.state is State.RUNNING
        return replace(item.replica, ready=running and probe.ask(item.replica.id, item.ready_path).ready)

    if len(found) > 1:  # asked together, so that one that hangs doesn't make the next wait
        with ThreadPoolExecutor(max_workers=min(8, len(found))) as pool:
            return World.of(pool.map(look, found), slots.read())
    return World.of(map(look, found), slots.read())
