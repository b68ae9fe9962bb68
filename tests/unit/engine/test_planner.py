"""Does every plan, from every world, keep serving at every step and reach its goal?"""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.longshore.planning.model import Release, Service, World, slots_of
from engine.longshore.planning.planner import abandon, plan, trust_serving_replicas
from engine.longshore.planning.replica import Replica, State
from engine.longshore.planning.steps import (
    ClearSlots,
    Drain,
    StartReplica,
    Step,
    StopReplica,
    SwitchSlots,
    WaitReady,
    after,
)

from .worlds import DIGESTS, TOKEN, releases, serving, worlds

OLD = Release(1, "docker.io/acme/agents:1", DIGESTS[0], {"planner": Service(2), "solver": Service(2)})
NEW = replace(OLD, number=2, digest=DIGESTS[1])


def answered(world: World) -> set[tuple[str, int]]:
    """The slots that lead to a replica that answers."""
    return {slot for slot, owner in world.slots.items() if owner in world.replicas and world.replicas[owner].serves}


def reached(world: World, release: Release | None) -> bool:
    """Whether a world is exactly what a release wants, with nothing missing and nothing left over."""
    wanted = {} if release is None else release.services
    places = {(replica.service, replica.index) for replica in world.replicas.values()}
    expected = {(name, index) for name, service in wanted.items() for index in range(1, service.replicas + 1)}
    if places != expected or len(world.replicas) != len(expected) or not all(r.serves for r in world.replicas.values()):
        return False
    promised = {
        (name, slot): (name, index)
        for name, service in wanted.items()
        for index in range(1, service.replicas + 1)
        for slot in slots_of(index, service.replicas)
    }
    owners = {slot: world.replicas.get(owner) for slot, owner in world.slots.items()}
    return {slot: (r.service, r.index) for slot, r in owners.items() if r} == promised and None not in owners.values()


def prefixes(world: World, steps: list[Step]) -> list[World]:
    return list(itertools.accumulate(steps, lambda before, step: step.effect(before), initial=world))


@st.composite
def journeys(draw: st.DrawFn) -> tuple[World, Release]:
    """From a host in any state, or from one that serves a release, to another release."""
    old, new = draw(releases(number=1)), draw(releases(number=2))
    start = draw(st.one_of(worlds(old, new), st.just(serving(old)), st.just(serving(new))))
    return start, new


@given(journeys())
def test_a_plan_reaches_the_goal_and_the_next_plan_is_empty(journey: tuple[World, Release]) -> None:
    start, goal = journey
    end = after(start, plan(start, goal, TOKEN))
    assert reached(end, goal)
    assert plan(end, goal, "ffff") == []


@given(journeys(), st.data())
def test_planning_again_from_any_prefix_reaches_the_goal(journey: tuple[World, Release], data: st.DataObject) -> None:
    start, goal = journey
    crashed = data.draw(st.sampled_from(prefixes(start, plan(start, goal, TOKEN))))
    assert reached(after(crashed, plan(crashed, goal, "ffff")), goal)


@given(journeys(), releases(number=3), st.data())
def test_a_revert_from_any_prefix_keeps_serving(
    journey: tuple[World, Release], other: Release, data: st.DataObject
) -> None:
    start, goal = journey
    crashed = data.draw(st.sampled_from(prefixes(start, plan(start, goal, TOKEN))))
    back = plan(crashed, other, "ffff")
    kept = {slot for slot in answered(crashed) if slot[0] in other.services and slot[1] <= 12}
    assert all(kept <= answered(world) for world in prefixes(crashed, back))
    assert reached(after(crashed, back), other)


@given(journeys())
def test_a_slot_that_was_answered_stays_answered(journey: tuple[World, Release]) -> None:
    start, goal = journey
    kept: set[tuple[str, int]] = set()
    for world in prefixes(start, plan(start, goal, TOKEN)):
        assert kept <= answered(world)
        kept = {slot for slot in answered(world) if slot[0] in goal.services and slot[1] <= 12}


@given(releases(number=1), releases(number=2))
def test_never_fewer_replicas_serve_than_the_smaller_release_has(old: Release, new: Release) -> None:
    start = serving(old)
    for world in prefixes(start, plan(start, new, TOKEN)):
        for name in old.services.keys() & new.services.keys():
            owners = {owner for (service, _), owner in world.slots.items() if service == name}
            promised = min(old.services[name].replicas, new.services[name].replicas)
            assert sum(world.replicas[owner].serves for owner in owners if owner in world.replicas) >= promised


@given(journeys())
def test_no_step_stops_or_drains_a_replica_that_a_slot_points_to(journey: tuple[World, Release]) -> None:
    start, goal = journey
    world = start
    for step in plan(start, goal, TOKEN):
        if isinstance(step, StopReplica | Drain):
            assert not world.owned_by(step.replica)
        world = step.effect(world)


@given(journeys())
def test_a_replica_takes_traffic_only_after_it_was_ready(journey: tuple[World, Release]) -> None:
    start, goal = journey
    world = start
    for step in plan(start, goal, TOKEN):
        if isinstance(step, SwitchSlots):
            assert world.replicas[step.replica].serves
        world = step.effect(world)


@given(journeys())
def test_consecutive_steps_of_one_kind_commute(journey: tuple[World, Release]) -> None:
    start, goal = journey
    steps = plan(start, goal, TOKEN)
    backwards: list[Step] = []
    for step in steps:  # reverse every run of steps of one kind
        position = len(backwards)
        while position and isinstance(backwards[position - 1], type(step)) and position > _run_start(backwards, step):
            position -= 1
        backwards.insert(position, step)
    assert after(start, backwards) == after(start, steps)


def _run_start(steps: list[Step], like: Step) -> int:
    """Where the last run of steps of this kind begins."""
    start = len(steps)
    while start and type(steps[start - 1]) is type(like):
        start -= 1
    return start


@given(journeys())
def test_the_goal_may_be_no_release(journey: tuple[World, Release]) -> None:
    start, _ = journey
    end = after(start, plan(start, None, TOKEN))
    assert end.replicas == {}
    assert end.slots == {}


@given(journeys())
def test_every_step_is_plain_json_and_one_line_of_text(journey: tuple[World, Release]) -> None:
    start, goal = journey
    for step in plan(start, goal, TOKEN):
        read = json.loads(json.dumps(step.to_json()))
        assert (read["step"], read["service"]) == (step.kind, step.service)
        assert "\n" not in step.text()


def kinds(steps: list[Step]) -> str:
    return " ".join(f"{step.kind}:{step.service[0]}" for step in steps)


def test_a_first_release_starts_wave_by_wave() -> None:
    wave = "start:p start:s wait:p wait:s switch:p switch:s"
    assert kinds(plan(World(), NEW, TOKEN)) == f"{wave} {wave}"


def test_a_release_drains_and_stops_the_old_after_each_wave() -> None:
    wave = "start:p start:s wait:p wait:s switch:p switch:s drain:p drain:s stop:p stop:s"
    assert kinds(plan(serving(OLD), NEW, TOKEN)) == f"{wave} {wave}"


def test_scaling_up_is_renames_and_one_start() -> None:
    more = replace(OLD, number=2, services={**OLD.services, "planner": Service(3)})
    assert kinds(plan(serving(OLD), more, TOKEN)) == "switch:p switch:p start:p wait:p switch:p"


def test_scaling_down_is_renames_and_one_stop() -> None:
    fewer = replace(OLD, number=2, services={**OLD.services, "planner": Service(1)})
    assert kinds(plan(serving(OLD), fewer, TOKEN)) == "switch:p drain:p stop:p"


def drains(steps: list[Step]) -> dict[str, int]:
    return {step.service: step.within for step in steps if isinstance(step, Drain)}


def test_drain_time_is_the_longer_of_both_releases() -> None:
    longer = replace(NEW, services={**NEW.services, "planner": Service(2, drain_seconds=60)})
    shorter = replace(NEW, services={"planner": Service(2, drain_seconds=5)})
    assert drains(plan(serving(OLD), longer, TOKEN)) == {"planner": 60, "solver": 30}
    assert drains(plan(serving(OLD), shorter, TOKEN)) == {"planner": 30, "solver": 30}


def test_a_removed_service_is_retired_last() -> None:
    alone = replace(NEW, services={"planner": Service(1)})
    steps = plan(serving(OLD), alone, TOKEN)
    assert [type(step) for step in steps[-4:]] == [ClearSlots, Drain, Drain, StopReplica] or steps[
        -1
    ].service == "solver"
    assert kinds(steps).endswith("clear:s drain:s drain:s stop:s stop:s")


@pytest.mark.parametrize("state", [State.EXITED, State.RESTARTING, State.CREATED])
def test_a_dead_replica_is_replaced_and_the_others_stay(state: State) -> None:
    world = serving(OLD)
    dead = replace(world.replicas["planner-2-r1-9999"], state=state, ready=False)
    steps = plan(world.with_replica(dead), OLD, TOKEN)
    assert kinds(steps) == "start:p wait:p switch:p stop:p"


def test_a_starting_replica_without_slots_is_waited_for() -> None:
    world = after(serving(OLD), plan(serving(OLD), NEW, TOKEN)[:2])
    assert isinstance(plan(world, NEW, "ffff")[0], WaitReady)


def test_a_dangling_slot_is_repaired() -> None:
    world = serving(OLD)
    broken = replace(world, slots={**world.slots, ("planner", 1): "gone-1-r1-dead"})
    assert plan(broken, OLD, TOKEN) == [SwitchSlots("planner", 1, 2, "planner-1-r1-9999", (1,))]


def test_a_new_replicas_name_has_release_and_token() -> None:
    first = plan(World(), NEW, TOKEN)[0]
    assert isinstance(first, StartReplica)
    assert first.new.id == "planner-1-r2-0a1b"


def test_abandoning_a_repair_stops_only_what_it_started() -> None:
    world = serving(OLD).with_replica(Replica("planner-2-r1-0a1b", "planner", 2, 1, "", "", ready=False))
    assert abandon(world, TOKEN) == [StopReplica("planner", "planner-2-r1-0a1b")]
    assert abandon(world, "ffff", TOKEN) == abandon(world, TOKEN)
    assert abandon(world, "ffff", "9999") == []


def test_a_revert_keeps_old_replicas_that_do_not_answer() -> None:
    """No replica answers, as when a database is down: a replacement would not answer either."""
    crashed = after(serving(OLD), plan(serving(OLD), NEW, TOKEN)[:2])
    down = World.of([replace(replica, ready=False) for replica in crashed.replicas.values()], crashed.slots)
    assert kinds(plan(trust_serving_replicas(down, OLD), OLD, "ffff")) == "drain:p drain:s stop:p stop:s"


@pytest.mark.parametrize("change", [{"state": State.EXITED}, {"config": "another"}, {"id": "planner-3-r1-9999"}])
def test_a_revert_trusts_no_other_replica(change: dict[str, Any]) -> None:
    """Neither one that exited, nor one with another configuration, nor one without a slot."""
    world = serving(OLD)
    one = replace(world.replicas["planner-2-r1-9999"], ready=False, **change)
    assert not trust_serving_replicas(world.with_replica(one), OLD).replicas[one.id].ready
    assert trust_serving_replicas(world, None) == world
