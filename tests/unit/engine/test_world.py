"""Is the world read as it is, and is one late answer not taken for a broken replica?"""

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
class Hiccup:
    """A probe that meets `first`, and is answered from the second time on."""

    first: Answer
    asked: Counter[str] = field(default_factory=Counter)

    def ask(self, replica: str, path: str) -> Answer:
        self.asked[replica] += 1
        return self.first if self.asked[replica] == 1 else READY


@pytest.mark.parametrize(("first", "ready"), [(READY, True), (LATE, True), (UNREADY, False)])
def test_what_serves_is_asked_again_when_its_answer_was_late(first: Answer, ready: bool) -> None:
    host = FakeHost.of(serving(OLD))
    read = world.read(host, host, Hiccup(first))  # type: ignore[arg-type]
    assert {replica.ready for replica in read.replicas.values()} == {ready}


def test_what_owns_no_slot_is_asked_once() -> None:
    host = FakeHost.of(serving(OLD))
    host.slots.clear()
    probe = Hiccup(LATE)
    world.read(host, host, probe)  # type: ignore[arg-type]
    assert set(probe.asked.values()) == {1}
