"""Is the world read correctly, and is a serving replica with one late answer still ready?"""

# ruff: noqa: ARG002  (a fake has its interface's arguments)

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest

from engine.longshore.host import world
from engine.longshore.host.probe import Answer

from .fakes import FakeHost
from .test_planner import OLD
from .worlds import serving

LATE = Answer(ready=False, detail="no answer within 2 s", late=True)
UNREADY = Answer(ready=False, detail="status 503")
READY = Answer(ready=True, detail="status 200")


@dataclass
class LateProbe:
    """A probe whose first answer is `first`; all later ones are ready."""

    first: Answer
    asked: Counter[str] = field(default_factory=Counter)

    def ask(self, replica: str, path: str) -> Answer:
        self.asked[replica] += 1
        return self.first if self.asked[replica] == 1 else READY


@pytest.mark.parametrize(("first", "ready"), [(READY, True), (LATE, True), (UNREADY, False)])
def test_a_late_answer_of_a_serving_replica_is_probed_again(first: Answer, ready: bool) -> None:
    host = FakeHost.of(serving(OLD))
    read = world.read(host, host, LateProbe(first))  # type: ignore[arg-type]
    assert {replica.ready for replica in read.replicas.values()} == {ready}


def test_a_replica_without_slots_is_probed_once() -> None:
    host = FakeHost.of(serving(OLD))
    host.slots.clear()
    probe = LateProbe(LATE)
    world.read(host, host, probe)  # type: ignore[arg-type]
    assert set(probe.asked.values()) == {1}
