"""Deploy and roll back: what is refused, what is taken back, what is kept?"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from longshore import journal
from longshore.barrier import Barrier
from longshore.containers import Machine
from longshore.errors import ExitCode, RefusedError
from longshore.executor import Host
from longshore.layout import Layout
from longshore.model import Service
from longshore.outcome import Outcome, Result
from longshore.reference import Reference
from longshore.releases import Fate, ReleaseStore
from longshore.runs import Parts, Runs
from longshore.settings import Settings

from .fakes import DeafStop, FakeHost, FakeImages, FakeSlots, FakeSockets, Lines

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

NAME = "docker.io/acme/agents"
TWO: Mapping[str, Service] = {"planner": Service(2, ready_seconds=1), "solver": Service(2, ready_seconds=1)}
FEW: Mapping[str, Service] = {"planner": Service(1, ready_seconds=1)}


class Bench:
    """An engine on a fake host, with images 1, 2 and 3 here and no registry."""

    def __init__(self, root: Path) -> None:
        self.host, self.images, self.lines = FakeHost(), FakeImages(), Lines()
        for tag in "123":
            self.images.add(NAME, tag, f"sha256:{tag * 64}")
        self.layout = Layout(root)
        self.store = ReleaseStore(self.layout)
        self.memory_kib = 8_000_000
        self.settings = Settings(root=root, retention=2)

    def runs(self) -> Runs:
        host = self.host
        parts = Parts(
            settings=self.settings,
            layout=self.layout,
            host=Host(host, FakeSlots(host), FakeSockets(host), host, host),
            images=self.images,
            machine=lambda: Machine("linux/amd64", self.layout.root.parent),
            registries=lambda _reference: [],
            store=self.store,
            progress=self.lines,
            stop=DeafStop(),
            barrier=Barrier("", self.lines.say),
            meminfo=lambda: f"MemAvailable: {self.memory_kib} kB",
            operator="tester",
        )
        return Runs(parts)

    def deploy(self, tag: str, services: Mapping[str, Service] | None = TWO, *, check: bool = False) -> Outcome:
        return self.runs().deploy(Reference.parse(f"{NAME}:{tag}"), services, check=check, wait=0, command="deploy")

    def rollback(self, number: int | None = None, *, check: bool = False) -> Outcome:
        return self.runs().rollback(number, check=check, wait=0, command="rollback")

    def current(self) -> int | None:
        entry = self.store.current()
        return entry.release.number if entry else None

    def events(self) -> list[str]:
        return [record["event"] for record in journal.read(self.layout.journal).records]


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "root")


def test_a_release_is_numbered_recorded_and_current(bench: Bench) -> None:
    outcome = bench.deploy("1")
    assert (outcome.result, outcome.changed, outcome.release, outcome.exit_code) == (Result.RELEASED, True, 1, 0)
    assert bench.current() == 1
    assert bench.store.get(1).fate is Fate.RELEASED
    assert bench.events()[0] == "begin"
    assert bench.events()[-1] == "end"
    assert bench.deploy("2").release == 2
    assert bench.store.get(2).release.previous == 1


def test_the_same_again_is_unchanged_and_unwritten(bench: Bench) -> None:
    bench.deploy("1")
    events = bench.events()
    outcome = bench.deploy("1")
    assert (outcome.result, outcome.changed, outcome.steps) == (Result.UNCHANGED, False, [])
    assert bench.events() == events


def test_a_setting_that_replicas_don_t_see_is_a_release_without_steps(bench: Bench) -> None:
    bench.deploy("1")
    outcome = bench.deploy("1", {name: replace(service, drain_seconds=5) for name, service in TWO.items()})
    assert (outcome.result, outcome.release, outcome.steps) == (Result.RELEASED, 2, [])


def test_check_changes_nothing(bench: Bench) -> None:
    outcome = bench.deploy("1", check=True)
    assert (outcome.result, outcome.changed, len(outcome.steps)) == (Result.PLANNED, True, 12)
    assert not bench.layout.root.exists()
    assert bench.host.replicas == {}
    assert "plan for release 1" in outcome.text()[0]


def test_a_failing_release_is_taken_back(bench: Bench) -> None:
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
    assert (bench.host.replicas, bench.host.slots, bench.host.directories) == ({}, {}, set())


def test_a_repair_that_fails_keeps_what_serves_and_says_failed(bench: Bench) -> None:
    bench.deploy("1")
    lost = next(iter(sorted(bench.host.replicas)))
    bench.host.remove(lost)
    bench.host.ends["planner"] = 1
    others = set(bench.host.replicas)
    outcome = bench.deploy("1")
    assert (outcome.result, outcome.exit_code) == (Result.FAILED, ExitCode.FAILED)
    assert set(bench.host.replicas) == others


def test_going_back_that_fails_says_both_reasons(bench: Bench) -> None:
    bench.deploy("1")
    bench.host.ends["solver"] = 1
    bench.host.refuse_stop = True
    outcome = bench.deploy("2")
    assert outcome.result is Result.FAILED
    assert outcome.error is not None
    assert "then going back failed: docker: could not stop" in outcome.error.seen


def test_back_to_the_release_before_and_no_further(bench: Bench) -> None:
    bench.deploy("1")
    bench.deploy("2")
    outcome = bench.rollback()
    assert (outcome.result, outcome.release, bench.current()) == (Result.ROLLED_BACK, 1, 1)
    with pytest.raises(RefusedError) as refusal:
        bench.rollback()
    assert str(refusal.value) == (
        "rollback: nothing to roll back to\n"
        "  seen: release 1 serves and is the first\n"
        "  mend: retained: 2; name one: `longshore rollback RELEASE`"
    )
    assert bench.rollback(2).release == 2
    assert bench.deploy("3").release == 3
    assert bench.store.get(3).release.previous == 2


def test_what_can_t_be_rolled_back_to_is_named(bench: Bench) -> None:
    with pytest.raises(RefusedError, match="nothing was released here yet"):
        bench.rollback()
    bench.deploy("1")
    with pytest.raises(RefusedError, match="release 7"):
        bench.rollback(7)
    with pytest.raises(RefusedError, match="release 1 serves already"):
        bench.rollback(1)


def test_a_roll_back_without_its_image_is_refused(bench: Bench) -> None:
    bench.deploy("1")
    bench.deploy("2")
    bench.images.here = {name: image for name, image in bench.images.here.items() if "1" not in image.id[-1]}
    events = bench.events()
    with pytest.raises(RefusedError) as refusal:
        bench.rollback()
    assert refusal.value.problem == "rollback: image is gone"
    assert bench.events() == events


def test_retention_keeps_two_and_only_removes_images_it_pulled(bench: Bench) -> None:
    for tag in ("1", "2", "3", "1"):
        bench.deploy(tag, FEW)
    assert [entry.release.number for entry in bench.store.all()] == [3, 4]
    assert bench.images.removed == []


def test_memory_is_judged_before_anything_is_written(bench: Bench) -> None:
    bench.memory_kib = 1000
    with pytest.raises(RefusedError, match="more replicas than memory allows"):
        bench.deploy("1")
    assert bench.store.all() == []
    assert bench.host.directories == set()


def test_configuration_is_kept_when_only_the_image_is_given(bench: Bench) -> None:
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


def test_a_damaged_journal_is_refused_and_serving_goes_on(bench: Bench) -> None:
    bench.deploy("1")
    data = bytearray(bench.layout.journal.read_bytes())
    data[20] ^= 1
    bench.layout.journal.write_bytes(data)
    before = bench.host.world()
    with pytest.raises(RefusedError, match="at byte 0"):
        bench.deploy("2")
    assert bench.host.world() == before
    assert bench.deploy("1").result is Result.UNCHANGED
