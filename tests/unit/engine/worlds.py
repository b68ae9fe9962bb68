"""Generated worlds and releases: any state of a host, after a crash or with foreign containers too."""

from __future__ import annotations

from hypothesis import strategies as st

from engine.longshore.planning.model import SLOT_COUNT, Release, Service, World, slots_of
from engine.longshore.planning.replica import Replica, State

DIGESTS = ("sha256:" + "a" * 64, "sha256:" + "b" * 64)
NAMES = ("planner", "solver", "critic")
TOKEN = "0a1b"


@st.composite
def releases(draw: st.DrawFn, number: int = 2) -> Release:
    """One to three services with one to twelve replicas each."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True))
    services = {
        name: Service(replicas=draw(st.integers(1, SLOT_COUNT)), memory_mb=draw(st.sampled_from((64, 256))))
        for name in sorted(names)
    }
    return Release(number, "docker.io/acme/agents:1", draw(st.sampled_from(DIGESTS)), services)


def serving(release: Release, token: str = "9999") -> World:
    """The host after a release went well."""
    replicas, slots = [], {}
    for name, service in release.services.items():
        for index in range(1, service.replicas + 1):
            replica = Replica(
                id=f"{name}-{index}-r{release.number}-{token}",
                service=name,
                index=index,
                release=release.number,
                digest=release.digest,
                config=release.config(name),
                memory_mb=service.memory_mb,
            )
            replicas.append(replica)
            slots |= {(name, slot): replica.id for slot in slots_of(index, service.replicas)}
    return World.of(replicas, slots)


@st.composite
def worlds(draw: st.DrawFn, *candidates: Release) -> World:
    """Any host: replicas of these releases or of none, in any state, and slots that point anywhere."""
    replicas = []
    for number in range(draw(st.integers(0, 8))):
        release = draw(st.sampled_from(candidates))
        name = draw(st.sampled_from(NAMES))
        index = draw(st.integers(1, 4))
        known = name in release.services and draw(st.booleans())
        state = draw(st.sampled_from(State))
        replicas.append(
            Replica(
                id=f"{name}-{index}-r{release.number}-{number:04x}",
                service=name,
                index=index,
                release=release.number,
                digest=release.digest if known else "sha256:" + "f" * 64,
                config=release.config(name) if known else "unknown",
                state=state,
                ready=state is State.RUNNING and draw(st.booleans()),
                memory_mb=64,
            )
        )
    targets = [replica.id for replica in replicas] + ["gone-1-r1-dead", "../elsewhere.sock"]
    slots = [(name, slot) for name in NAMES for slot in range(1, SLOT_COUNT + 2)]
    return World.of(replicas, draw(st.dictionaries(st.sampled_from(slots), st.sampled_from(targets), max_size=39)))
