"""What does a run leave behind that was killed, or that failed at its very end, and does the next run repair it?"""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from engine.longshore.errors import RefusedError
from engine.longshore.reporting.status import Status
from engine.longshore.running.barrier import Barrier
from engine.longshore.running.outcome import Result
from engine.longshore.running.releases import Fate

from .bench import FEW

if TYPE_CHECKING:
    from collections.abc import Callable

    from .bench import Bench

BOTH = {"planner", "solver"}


class Killed(BaseException):
    """The process is killed: nothing in the engine catches this."""


def killed(*_: object) -> None:
    raise Killed


def disk_full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def fates(bench: Bench) -> list[Fate]:
    return [entry.fate for entry in bench.store.all()]


def status(bench: Bench) -> Status:
    newest = bench.store.all()[-1]
    return Status(bench.store.current(), newest, bench.host.world(), bench.settings.slots, None, None)


def released_twice(bench: Bench) -> None:
    assert bench.deploy("1").result is Result.RELEASED
    assert bench.deploy("2").result is Result.RELEASED


def test_a_failed_rollback_keeps_the_fate_of_its_target(bench: Bench) -> None:
    released_twice(bench)
    bench.host.ends["solver"] = 1
    assert bench.rollback().result is Result.REVERTED
    assert fates(bench) == [Fate.RELEASED, Fate.RELEASED]
    bench.host.ends.clear()
    assert bench.rollback().release == 1


def test_after_a_kill_during_the_pull_rollback_reverts_it_and_a_second_goes_further_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    released_twice(bench)
    bench.online = True
    monkeypatch.setattr(bench.images, "pull", killed)
    with pytest.raises(Killed):
        bench.deploy("4")
    assert status(bench).interrupted == 3
    assert (bench.rollback().result, bench.current()) == (Result.UNCHANGED, 2)
    assert fates(bench) == [Fate.RELEASED, Fate.RELEASED, Fate.REVERTED]
    assert bench.rollback().release == 1


def test_an_interrupted_release_stays_interrupted_until_another_run_completes(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    released_twice(bench)
    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "make_current", killed)
        with pytest.raises(Killed):
            bench.deploy("3")
    bench.online = bench.images.refuse = True
    with pytest.raises(RefusedError, match="could not be pulled"):
        bench.deploy("4")
    assert status(bench).interrupted == 3
    assert (bench.rollback().result, bench.current()) == (Result.ROLLED_BACK, 2)
    assert fates(bench) == [Fate.RELEASED, Fate.RELEASED, Fate.REVERTED]


def test_check_does_not_revert_an_interrupted_release(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    released_twice(bench)
    bench.online = True
    monkeypatch.setattr(bench.images, "pull", killed)
    with pytest.raises(Killed):
        bench.deploy("4")
    assert bench.rollback(check=True).result is Result.UNCHANGED
    assert fates(bench)[-1] is Fate.STARTED


def test_after_a_kill_before_it_is_current_the_same_deploy_completes_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.deploy("1")
    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "make_current", killed)
        with pytest.raises(Killed):
            bench.deploy("2")
    assert (status(bench).interrupted, status(bench).healthy) == (2, False)
    outcome = bench.deploy("2")
    assert (outcome.result, outcome.release, outcome.steps) == (Result.RELEASED, 2, [])
    assert status(bench).healthy


def test_after_a_kill_once_it_is_current_it_counts_as_released(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.deploy("1")
    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "mark", killed)
        with pytest.raises(Killed):
            bench.deploy("2")
    current = bench.store.current()
    assert current is not None
    assert (current.release.number, current.fate) == (2, Fate.RELEASED)
    assert current.released == current.release.created != ""
    assert (status(bench).interrupted, status(bench).healthy) == (None, True)
    assert bench.rollback().release == 1
    assert fates(bench) == [Fate.RELEASED, Fate.RELEASED]  # also when the link leads elsewhere


def test_a_full_disk_when_the_release_becomes_current_reverts_it(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.deploy("1")
    before = bench.host.world()
    make_current = bench.store.make_current
    monkeypatch.setattr(
        bench.store, "make_current", lambda number: disk_full() if number == 2 else make_current(number)
    )
    outcome = bench.deploy("2")
    assert outcome.result is Result.REVERTED
    assert outcome.error is not None
    assert outcome.error.problem == "engine: could not read or write a file"
    assert "No space left on device" in outcome.error.found
    assert (bench.current(), fates(bench)) == (1, [Fate.RELEASED, Fate.REVERTED])
    assert set(bench.host.world().slots) == set(before.slots)
    assert {replica.release for replica in bench.host.running.values()} == {1}


def silence(bench: Bench) -> Callable[..., None]:
    def mark(*_: object) -> None:
        bench.host.silent = True

    return mark


@pytest.mark.parametrize("trouble", ["disk", "docker"])
def test_failures_after_the_release_is_current_are_reported_and_keep_the_outcome(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    bench.deploy("1")
    with monkeypatch.context() as patch:
        patch.setattr(bench.store, "mark", disk_full if trouble == "disk" else silence(bench))
        outcome = bench.deploy("2")
    assert (outcome.result, outcome.exit_code, bench.current()) == (Result.RELEASED, 0, 2)
    assert bench.events()[-1] == "end"
    assert any(line.startswith("the next run has to clean up: ") for line in bench.lines.said)
    bench.host.silent = False
    assert bench.deploy("2").result is Result.UNCHANGED
    assert fates(bench) == [Fate.RELEASED, Fate.RELEASED]


def test_a_full_disk_before_the_first_change_leaves_no_files(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.deploy("1")
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", disk_full)
        with pytest.raises(OSError, match="No space left"):
            bench.deploy("2")
    assert [path.name for path in sorted(bench.layout.releases.iterdir())] == ["1.json", "current"]
    assert bench.deploy("2").release == 2


def test_a_database_outage_reverts_and_keeps_the_old_replicas(bench: Bench) -> None:
    """All replicas answer 503, the old ones too: replacing them would not help."""
    bench.deploy("1")
    before = set(bench.host.running)
    bench.host.never_ready |= BOTH
    outcome = bench.deploy("2")
    assert (outcome.result, outcome.release) == (Result.REVERTED, 1)
    assert outcome.error is not None
    assert "was not ready within 1 s" in outcome.error.problem
    assert set(bench.host.running) == before == bench.host.directories
    bench.host.never_ready.clear()
    assert bench.deploy("1").result is Result.UNCHANGED


def test_a_failed_revert_leaves_no_replica_without_a_slot(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database goes down when half of the replicas have been replaced."""
    bench.deploy("1")
    point = bench.host.point

    def and_then_it_is_down(*arguments: object) -> None:
        point(*arguments)  # type: ignore[arg-type]
        bench.host.never_ready |= BOTH

    monkeypatch.setattr(bench.host, "point", and_then_it_is_down)
    outcome = bench.deploy("2")
    assert outcome.result is Result.FAILED
    assert set(bench.host.running) == set(bench.host.slots.values()) == bench.host.directories
    monkeypatch.undo()
    bench.host.never_ready.clear()
    assert status(bench).health == "SLOTS LEAD TO ANOTHER RELEASE"
    assert (bench.rollback().release, status(bench).healthy) == (1, True)


def test_a_second_request_to_stop_does_not_interrupt_the_revert(bench: Bench) -> None:
    bench.deploy("1")

    class InterruptedAtEachStep(Barrier):
        """Presses Ctrl-C at every step."""

        def before(self) -> None:
            bench.stop.ask("SIGINT")

    bench.barrier = InterruptedAtEachStep("", bench.lines.say)
    outcome = bench.deploy("2")
    assert (outcome.result, outcome.error and outcome.error.found) == (Result.REVERTED, "SIGINT")
    assert {replica.release for replica in bench.host.running.values()} == {1}


@pytest.mark.parametrize("damage", ["garbage", "gone", "a list"])
def test_the_fix_for_a_damaged_file_of_the_current_release_works(bench: Bench, damage: str) -> None:
    bench.deploy("1", FEW)
    bench.deploy("2", FEW)
    file = bench.layout.releases / "2.json"
    if damage == "gone":
        file.unlink()
    else:
        file.write_text("[]" if damage == "a list" else file.read_text()[:-9])
    replicas = dict(bench.host.running)
    with pytest.raises(RefusedError) as refusal:
        bench.deploy("3", FEW)
    assert refusal.value.found.startswith(f"{file}: ")
    command, rest = refusal.value.fix.removeprefix("`").split("`", 1)
    assert rest == (
        ", then deploy what serves (`longshore exec SERVICE printenv RELEASE_IMAGE`) again: its replicas stay"
    )
    subprocess.run(["sh", "-e", "-c", command], check=True)
    assert bench.deploy("2", FEW).result is Result.RELEASED
    assert bench.host.running == replicas
    assert bench.deploy("3", FEW).result is Result.RELEASED


def test_the_fix_for_a_damaged_file_of_another_release_works(bench: Bench) -> None:
    released_twice(bench)
    file = bench.layout.releases / "1.json"
    file.write_text("{}")
    with pytest.raises(RefusedError) as refusal:
        bench.deploy("3")
    assert refusal.value.fix == f"remove it (`rm {file}`): only a roll back to release 1 needs it"
    file.unlink()
    assert bench.deploy("3").result is Result.RELEASED
