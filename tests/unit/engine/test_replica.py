"""Do a container's labels hold all that the next run has to know about a replica?"""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from engine.longshore.planning.model import World
from engine.longshore.planning.planner import plan
from engine.longshore.planning.replica import RESERVED_VARIABLES, Replica, State, environment
from engine.longshore.planning.steps import StartReplica

from .test_planner import NEW
from .worlds import TOKEN

STARTED = "2026-01-01T00:00:00Z"


def planned() -> Replica:
    first = plan(World(), NEW, TOKEN)[0]
    assert isinstance(first, StartReplica)
    return replace(first.new, drain_seconds=7, ready_path="/ok")


def test_a_planned_replica_is_read_back_from_its_labels() -> None:
    new = planned()
    assert Replica.from_labels(new.id, new.labels(), State.RUNNING, STARTED) == replace(new, started=STARTED)


def test_all_but_the_state_is_in_the_labels() -> None:
    labelled = {name.removeprefix("longshore.") for name in planned().labels()}
    assert labelled == {field.name for field in fields(Replica)} - {"id", "state", "ready", "started"}


@pytest.mark.parametrize("labels", [{}, {"longshore.index": "-1", "longshore.memory_mb": "many"}])
def test_missing_and_odd_labels_make_a_replica_that_fits_no_release(labels: dict[str, str]) -> None:
    found = Replica.from_labels("planner-1", labels, State.EXITED, STARTED)
    assert (found.index, found.memory_mb, found.drain_seconds, found.ready) == (0, 0, 30, False)
    assert not NEW.fits(found)


def test_the_application_is_told_where_to_listen_and_which_replica_it_is() -> None:
    new = planned()
    given = environment(new, NEW.image)
    assert given == {
        "BIND": "unix:/run/app/app.sock",
        "RELEASE": "2",
        "RELEASE_DIGEST": NEW.digest,
        "RELEASE_IMAGE": NEW.image,
        "SERVICE": "planner",
        "REPLICA": "planner-1-r2-0a1b",
        "PROXY_SOCKET": "/run/proxy/proxy.sock",
    }
    assert set(given) == RESERVED_VARIABLES
