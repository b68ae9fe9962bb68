"""Reads the world: containers, slots, and whether each running replica is ready now. Nothing is cached."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from ..planning.model import World
from ..planning.replica import Replica, State

if TYPE_CHECKING:
    from .containers import Containers
    from .probe import Probe
    from .slots import Slots


def read(containers: Containers, slots: Slots, probe: Probe) -> World:
    """What there is now. Raises RefusedError when the runtime doesn't answer."""
    found = containers.replicas()
    links = slots.read()
    owners = set(links.values())

    def probed(replica: Replica) -> Replica:
        if replica.state is not State.RUNNING:
            return replace(replica, ready=False)
        answer = probe.ask(replica.id, replica.ready_path)
        if answer.late and replica.id in owners:  # one late answer doesn't make a serving replica broken
            answer = probe.ask(replica.id, replica.ready_path)
        return replace(replica, ready=answer.ready)

    replicas: list[Replica] = []  # probed in parallel, so that one that hangs doesn't delay the others
    threads = [threading.Thread(target=lambda item=item: replicas.append(probed(item))) for item in found]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return World.of(sorted(replicas, key=lambda replica: replica.id), links)
