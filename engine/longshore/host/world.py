"""Reading the world: containers, slots, and whether each running replica is ready now. Nothing is remembered."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from ..planning.model import Replica, State, World

if TYPE_CHECKING:
    from .containers import Containers, Found
    from .probe import Probe
    from .slots import Slots


def read(containers: Containers, slots: Slots, probe: Probe) -> World:
    """What is there now. Raises StepError when the runtime can't say."""
    found = containers.found()
    doors = slots.read()
    owners = set(doors.values())

    def look(item: Found) -> Replica:
        if item.replica.state is not State.RUNNING:
            return replace(item.replica, ready=False)
        answer = probe.ask(item.replica.id, item.ready_path)
        if answer.late and item.replica.id in owners:  # one hiccup doesn't make what serves broken
            answer = probe.ask(item.replica.id, item.ready_path)
        return replace(item.replica, ready=answer.ready)

    replicas: list[Replica] = []  # asked together, so that one that hangs doesn't make the next wait
    threads = [threading.Thread(target=lambda item=item: replicas.append(look(item))) for item in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return World.of(sorted(replicas, key=lambda replica: replica.id), doors)
