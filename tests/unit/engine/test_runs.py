"""Deploy and roll back: what is refused, what is reverted, and what is kept?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from engine.longshore.errors import ExitCode, LockedError, RefusedError
from engine.longshore.planning.model import Mount, Service
from engine.longshore.running.lock import Lock
from engine.longshore.running.outcome import Result
from engine.longshore.running.releases import Fate

from .bench import FEW, NAME, TWO

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .bench import Bench


def test_a_release_is_numbered_recorded_and_current(bench: Bench) -> None:
    outcome = bench.deploy("1")
    assert (outcome.result, outcome.changed, outcome.release, outcome.exit_code) == (Result.RELEASED, True, 1, 0)
    assert bench.current() == 1
    assert bench.store.get(1).fate is Fate.RELEASED
    assert bench.events()[0] == "begin"
    assert bench.events()[-1] == "end"
    assert bench.deploy("2").release == 2
    assert bench.store.get(2).release.previous == 1


def test_deploying_the_same_again_changes_and_writes_nothing(bench: Bench) -> None:
    bench.deploy("1")
    events = bench.events()
    outcome = bench.deploy("1")
    assert (outcome.result, outcome.changed, outcome.steps) == (Result.UNCHANGED, False, [])
    assert bench.events() == events


def test_a_setting_that_replicas_do_not_see_makes_a_release_without_steps(bench: Bench) -> None:
    bench.deploy("1")
    outcome = bench.deploy("1", {name: replace(service, drain_seconds=5) for name, service in TWO.items()})
    assert (outcome.result, outcome.release, outcome.steps) == (Result.RELEASED, 2, [])


def test_check_changes_nothing(bench: Bench) -> None:
    outcome = bench.deploy("1", check=True)
    assert (outcome.result, outcome.changed, len(outcome.steps)) == (Result.PLANNED, True, 12)
    assert not bench.layout.root.exists()
    assert bench.host.running == {}
    assert "plan for release 1" in outcome.text()[0]


def test_check_refuses_what_a_run_would_refuse(bench: Bench) -> None:
    bench.deploy("1")
    with Lock(bench.layout.lock, "ann@10.0.0.7", "longshore deploy"), pytest.raises(LockedError) as refusal:
        bench.deploy("2", check=True)
    assert refusal.value.found.startswith("ann@10.0.0.7 runs `longshore deploy` since ")
    damage(bench)
    with pytest.raises(RefusedError, match="journal: damaged"):
        bench.deploy("2", check=True)
    assert bench.deploy("1", check=True).result is Result.UNCHANGED


def test_a_failing_release_is_reverted(bench: Bench) -> None:
    bench.deploy("1")
    before = bench.host.world()
    bench.host.ends["solver"] = 1
    outcome = bench.deploy("2")
    assert (outcome.result, outcome.release, outcome.exit_code) == (Result.REVERTED, 1, ExitCode.REVERTED)
    assert outcome.error is not None
    assert outcome.error.exit_code == 1
    assert bench.host.world() == before
    assert bench.current() == 1
    assert bench.store.get(2).fate is Fate.REVERTED
    assert bench.events()[-1] == "end"
    assert "going back" in bench.events()
    del bench.host.ends["solver"]
    assert bench.deploy("2").release == 3


def test_a_first_release_that_fails_leaves_nothing(bench: Bench) -> None:
    bench.host.never_ready.add("planner")
    outcome = bench.deploy("1")
    assert (outcome.result, outcome.release) == (Result.REVERTED, None)
    assert (bench.host.running, bench.host.slots, bench.host.directories) == ({}, {}, set())


def test_a_failed_repair_keeps_what_serves_and_reports_failure(bench: Bench) -> None:
    bench.deploy("1")
    lost = next(iter(sorted(bench.host.running)))
    bench.host.remove(lost)
    bench.host.ends["planner"] = 1
    others = set(bench.host.running)
    outcome = bench.deploy("1")
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, ExitCode.FAILED)
    assert set(bench.host.running) == others


def test_a_failed_revert_gives_both_reasons(bench: Bench) -> None:
    bench.deploy("1")
    bench.host.ends["solver"] = 1
    bench.host.refuse_stop = True
    outcome = bench.deploy("2")
    assert outcome.result is Result.FAILED
    assert outcome.error is not None
    assert "then the revert failed: docker: could not stop" in outcome.error.found


def test_rollback_goes_to_the_previous_release_and_no_further(bench: Bench) -> None:
    bench.deploy("1")
    bench.deploy("2")
    outcome = bench.rollback()
    assert (outcome.result, outcome.release, bench.current()) == (Result.ROLLED_BACK, 1, 1)
    with pytest.raises(RefusedError) as refusal:
        bench.rollback()
    assert str(refusal.value) == (
        "rollback: nothing to roll back to\n"
        "  found: release 1 serves and is the first\n"
        "  fix: retained: 2; name one: `longshore rollback RELEASE`"
    )
    assert bench.rollback(2).release == 2
    assert bench.deploy("3").release == 3
    assert bench.store.get(3).release.previous == 2


def test_rollback_to_an_unknown_release_is_refused(bench: Bench) -> None:
    with pytest.raises(RefusedError, match="nothing was released here yet"):
        bench.rollback()
    bench.deploy("1")
    with pytest.raises(RefusedError, match="release 7"):
        bench.rollback(7)
    with pytest.raises(RefusedError, match="release 1 serves already"):
        bench.rollback(1)


def test_rollback_without_its_image_is_refused(bench: Bench) -> None:
    bench.deploy("1")
    bench.deploy("2")
    bench.images.here = {name: image for name, image in bench.images.here.items() if "1" not in image.id[-1]}
    events = bench.events()
    with pytest.raises(RefusedError) as refusal:
        bench.rollback()
    assert refusal.value.problem == "rollback: image is gone"
    assert bench.events() == events


def test_retention_removes_only_images_that_the_engine_pulled(bench: Bench) -> None:
    for tag in ("1", "2", "3", "1"):
        bench.deploy(tag, FEW)
    assert [entry.release.number for entry in bench.store.all()] == [3, 4]
    assert bench.images.removed == []


def test_only_the_newest_failed_release_keeps_its_image(bench: Bench) -> None:
    bench.online = True
    bench.deploy("4", FEW)
    bench.host.ends["planner"] = 1
    for tag in "567":
        assert bench.deploy(tag, FEW).result is Result.REVERTED
    assert [entry.release.number for entry in bench.store.all()] == [1, 4]
    assert sorted(bench.images.here) == sorted(
        [*(f"{NAME}:{tag}" for tag in "12347"), *(f"{NAME}@sha256:{tag * 64}" for tag in "12347")]
    )
    assert [line for line in bench.lines.said if "removed the image" in line] == [
        f"removed the image of release 2 ({NAME}:5)",
        f"removed the image of release 3 ({NAME}:6)",
    ]


def test_an_image_in_use_is_not_reported_as_removed(bench: Bench) -> None:
    bench.online = bench.images.in_use = True
    for tag in "4567":
        bench.deploy(tag, FEW)
    assert [line for line in bench.lines.said if "removed the image" in line] == []


def test_more_replicas_than_slots_are_refused(bench: Bench) -> None:
    bench.settings = replace(bench.settings, slots=1)
    with pytest.raises(RefusedError) as refusal:
        bench.deploy("1")
    assert str(refusal.value) == (
        "release: more replicas than slots\n"
        "  found: planner is to have 2 replicas, and `slots` is 1\n"
        "  fix: ask for fewer, or raise it in the engine's settings and in what nginx lists"
    )
    assert bench.store.all() == []


def test_too_little_memory_is_refused_before_anything_is_written(bench: Bench) -> None:
    bench.memory_kib = 1000
    with pytest.raises(RefusedError, match="more replicas than memory allows"):
        bench.deploy("1")
    assert bench.store.all() == []
    assert bench.host.directories == set()


def with_mounts(*mounts: Mount) -> Mapping[str, Service]:
    return {name: replace(service, mounts=mounts) for name, service in FEW.items()}


def test_a_changed_mount_replaces_replicas(bench: Bench, tmp_path: Path) -> None:
    bench.deploy("1", FEW)
    data = Mount(str(tmp_path), "/data")
    first = bench.deploy("1", with_mounts(data))
    assert [type(step).__name__ for step in first.steps].count("StartReplica") == 1
    assert first.steps[0].text().endswith(f", with {tmp_path} at /data")
    assert bench.deploy("1", with_mounts(data)).result is Result.UNCHANGED
    assert bench.deploy("1", with_mounts(replace(data, read_only=True))).result is Result.RELEASED
    entry = bench.store.current()
    assert entry is not None
    assert entry.release.services["planner"].mounts == (replace(data, read_only=True),)


@pytest.mark.parametrize(
    ("links", "problem", "found"),
    [
        ({}, "release: source of a mount does not exist", "{}/data, which planner wants at /x"),
        (
            {"data": "gone"},
            "release: source of a mount does not exist",
            "{0}/data (a link to {0}/gone), which planner wants at /x",
        ),
        (
            {"data": "/run/docker.sock"},
            "release: a mount of planner exposes a control socket of Docker",
            "{}/data is or holds /run/docker.sock",
        ),
        (
            {"data": "/var/run/../run"},
            "release: a mount of planner exposes a control socket of Docker",
            "{}/data is or holds /run/docker.sock",
        ),
    ],
)
def test_a_bad_mount_source_is_refused_before_anything_is_written(
    bench: Bench, tmp_path: Path, links: Mapping[str, str], problem: str, found: str
) -> None:
    for name, goal in links.items():
        (tmp_path / name).symlink_to(goal)
    with pytest.raises(RefusedError) as refusal:
        bench.deploy("1", with_mounts(Mount(f"{tmp_path}/data", "/x")))
    assert (refusal.value.problem, refusal.value.found) == (problem, found.format(tmp_path))
    assert bench.store.all() == []
    assert bench.host.running == {}


def test_deploying_only_an_image_keeps_the_services(bench: Bench) -> None:
    with pytest.raises(RefusedError, match="no configuration to keep"):
        bench.deploy("1", None)
    bench.deploy("1", FEW)
    bench.deploy("2", None)
    assert bench.store.get(2).release.services == FEW


def test_left_over_directories_of_a_killed_run_are_removed(bench: Bench) -> None:
    bench.deploy("1")
    bench.host.directories.add("planner-1-r9-dead")
    assert bench.deploy("1").result is Result.UNCHANGED
    assert "planner-1-r9-dead" not in bench.host.directories


def damage(bench: Bench) -> None:
    """Flip a bit in the middle of the journal."""
    data = bytearray(bench.layout.journal.read_bytes())
    data[20] ^= 1
    bench.layout.journal.write_bytes(data)


def test_a_damaged_journal_is_refused_and_replicas_keep_serving(bench: Bench) -> None:
    bench.deploy("1")
    damage(bench)
    before = bench.host.world()
    with pytest.raises(RefusedError, match="at byte 0"):
        bench.deploy("2")
    assert bench.host.world() == before
    assert bench.deploy("1").result is Result.UNCHANGED
