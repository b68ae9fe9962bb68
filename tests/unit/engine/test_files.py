"""Slots, socket directories and release files: are they consistent at every moment, with nothing left over?"""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from engine.longshore.errors import RefusedError, StepError
from engine.longshore.host.layout import Layout
from engine.longshore.host.slots import LiveDirectory
from engine.longshore.host.sockets import SocketDirectories
from engine.longshore.planning.model import Release, Service
from engine.longshore.running.releases import Entry, Fate, ReleaseStore, surplus

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout(tmp_path / "root")
    made.make()
    return made


def test_nginx_may_enter_all_directories_but_the_releases(layout: Layout) -> None:
    def mode(path: Path) -> str:
        return oct(path.stat().st_mode & 0o7777)

    assert (mode(layout.live), mode(layout.sockets)) == ("0o751", "0o751")
    assert (mode(layout.internal), mode(layout.releases)) == ("0o755", "0o700")
    layout.live.chmod(0o700)
    layout.make()
    assert mode(layout.live) == "0o700"  # what is there is left as it is


def test_slots_are_pointed_moved_and_cleared(layout: Layout) -> None:
    slots = LiveDirectory(layout)
    slots.point("planner", (1, 3), "planner-1-r1-aaaa")
    slots.point("planner", (3,), "planner-1-r2-bbbb")
    assert slots.read() == {("planner", 1): "planner-1-r1-aaaa", ("planner", 3): "planner-1-r2-bbbb"}
    assert os.readlink(layout.live / "planner-1.sock") == "../sockets/planner-1-r1-aaaa/app.sock"  # noqa: PTH115
    slots.clear("planner", (1, 2, 3))
    assert slots.read() == {}


def test_a_slot_exists_at_every_moment_of_a_switch(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    slots = LiveDirectory(layout)
    slots.point("planner", (1,), "planner-1-r0-0000")
    link, end, looks = layout.live / "planner-1.sock", threading.Event(), list[bool]()

    def look() -> None:
        while not end.is_set():
            looks.append(link.is_symlink())

    monkeypatch.setattr("os.fsync", lambda _: None)  # what is on the disk is another question, and takes its time
    watcher = threading.Thread(target=look)
    watcher.start()
    number = 0
    while number < 300 or len(looks) < 1000:
        number += 1
        slots.point("planner", (1,), f"planner-1-r{number}-aaaa")
    end.set()
    watcher.join()
    assert all(looks)


def test_anything_else_in_a_slots_place_is_no_replica_and_is_replaced(layout: Layout) -> None:
    (layout.live / "planner-1.sock").write_text("")
    (layout.live / "planner-2.sock").symlink_to("/somewhere/else.sock")
    (layout.live / "notes.txt").write_text("")
    slots = LiveDirectory(layout)
    assert slots.read() == {("planner", 1): "(not a link)", ("planner", 2): "/somewhere/else.sock"}
    slots.point("planner", (1, 2), "planner-1-r1-aaaa")
    assert set(slots.read().values()) == {"planner-1-r1-aaaa"}
    (layout.live / "planner-3.sock").mkdir()
    with pytest.raises(StepError, match=r"planner-3\.sock"):
        slots.point("planner", (3,), "planner-1-r1-aaaa")


def test_temporary_links_of_a_killed_run_are_removed(layout: Layout) -> None:
    (layout.live / ".planner-1.sock.new").symlink_to("../sockets/x/app.sock")
    LiveDirectory(layout).remove_unfinished()
    assert list(layout.live.iterdir()) == []


def test_without_a_live_directory_there_are_no_slots(tmp_path: Path) -> None:
    assert LiveDirectory(Layout(tmp_path / "none")).read() == {}


def test_socket_directories_are_made_and_removed(layout: Layout) -> None:
    sockets = SocketDirectories(layout, os.getuid(), os.getgid())
    sockets.make("planner-1-r1-aaaa")
    assert oct((layout.sockets / "planner-1-r1-aaaa").stat().st_mode & 0o7777) == "0o2770"
    sockets.make("planner-1-r1-bbbb")
    (layout.socket("planner-1-r1-bbbb")).touch()
    assert sockets.remove_unknown(["planner-1-r1-aaaa"]) == ["planner-1-r1-bbbb"]
    sockets.remove("planner-1-r1-aaaa")
    sockets.remove("planner-1-r1-aaaa")
    assert list(layout.sockets.iterdir()) == []


def entry(number: int, fate: Fate = Fate.RELEASED, previous: int | None = None) -> Entry:
    services = {"planner": Service(2, environment={"B": "2", "A": "1"}, command=("x", "y"))}
    return Entry(Release(number, "docker.io/a/b:1", "sha256:1", services, previous), fate)


def test_release_files_round_trip_and_are_private(layout: Layout) -> None:
    store = ReleaseStore(layout)
    assert (store.all(), store.current()) == ([], None)
    store.save(entry(1))
    store.save(entry(2, Fate.STARTED, previous=1))
    store.make_current(1)
    assert store.all() == [entry(1), entry(2, Fate.STARTED, previous=1)]
    assert store.current() == entry(1)
    store.mark(2, Fate.RELEASED, "2026-01-01T00:00:00Z")
    store.make_current(2)
    assert store.current() == replace(entry(2, previous=1), released="2026-01-01T00:00:00Z")
    assert oct((layout.releases / "2.json").stat().st_mode & 0o777) == "0o600"
    store.remove(1)
    assert [item.release.number for item in store.all()] == [2]


def test_a_broken_release_file_is_named(layout: Layout) -> None:
    (layout.releases / "3.json").write_text("{}")
    with pytest.raises(RefusedError) as refusal:
        ReleaseStore(layout).all()
    assert str(layout.releases / "3.json") in refusal.value.fix


def numbers(entries: list[Entry]) -> list[int]:
    return [item.release.number for item in entries]


def test_retention_keeps_the_newest_the_current_and_the_one_before() -> None:
    served = [entry(number, previous=number - 1 or None) for number in range(1, 9)]
    assert numbers(surplus(served, current=8, keep=3)) == [1, 2, 3, 4, 5]
    assert numbers(surplus(served, current=3, keep=3)) == [1, 4, 5]
    assert surplus([], current=0, keep=3) == []


def test_retention_drops_releases_that_never_served_but_keeps_the_newest_number() -> None:
    mixed = [entry(1), entry(2, Fate.REVERTED), entry(3, previous=1), entry(4, Fate.REVERTED), entry(5, Fate.REVERTED)]
    assert numbers(surplus(mixed, current=3, keep=5)) == [2, 4]
