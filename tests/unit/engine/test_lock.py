"""Is there one run at a time, is the lock freed when its holder dies, and is a second run told who holds it?"""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from engine.longshore.errors import LockedError
from engine.longshore.running.lock import Lock, holder, wait_until_free

ENGINE = Path(__file__).parents[3] / "engine"


def test_a_second_run_is_refused_and_told_who_holds_the_lock(tmp_path: Path) -> None:
    with Lock(tmp_path / "lock", "ann@10.0.0.7", "longshore deploy") as held:
        with pytest.raises(LockedError) as refusal, Lock(tmp_path / "lock", "bob", "longshore rollback"):
            pass
        assert refusal.value.found.startswith(f"ann@10.0.0.7 runs `longshore deploy` since {held.lease.since} (")
        assert refusal.value.problem == "lock: another run is changing this host"
        found = holder(tmp_path / "lock")
        assert found == held.lease
    assert holder(tmp_path / "lock") is None


def test_a_free_lock_has_no_holder(tmp_path: Path) -> None:
    assert holder(tmp_path / "lock") is None


def test_waiting_takes_the_lock_once_it_is_free(tmp_path: Path) -> None:
    first = Lock(tmp_path / "lock", "ann", "first")
    first.__enter__()
    threading.Timer(0.5, lambda: first.__exit__(None, None, None)).start()
    with Lock(tmp_path / "lock", "bob", "second", wait=10):
        found = holder(tmp_path / "lock")
        assert found is not None
        assert found.who == "bob"


def test_waiting_ends_at_its_limit(tmp_path: Path) -> None:
    with Lock(tmp_path / "lock", "ann", "first"):
        with pytest.raises(LockedError) as refusal, Lock(tmp_path / "lock", "bob", "second", wait=0.4):
            pass
        assert refusal.value.fix.startswith("not free after 0.4 s; ")


def test_waiting_until_free_takes_no_lock(tmp_path: Path) -> None:
    wait_until_free(tmp_path / "lock")
    assert not (tmp_path / "lock").exists()
    first = Lock(tmp_path / "lock", "ann", "first")
    first.__enter__()
    with pytest.raises(LockedError) as refusal:
        wait_until_free(tmp_path / "lock", wait=0.4)
    assert refusal.value.found.startswith("ann runs `first` since ")
    assert refusal.value.fix.startswith("not free after 0.4 s; ")
    threading.Timer(0.5, lambda: first.__exit__(None, None, None)).start()
    wait_until_free(tmp_path / "lock", wait=10)
    assert holder(tmp_path / "lock") is None


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    code = (
        "import sys, signal; from pathlib import Path; from engine.longshore.running.lock import Lock\n"
        "with Lock(Path(sys.argv[1]), 'ann', 'first'): print('held', flush=True); signal.pause()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path / "lock")], cwd=ENGINE.parent, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    found = holder(tmp_path / "lock")
    assert found is not None
    assert found.pid == process.pid
    process.kill()
    process.wait()
    process.stdout.close()
    with Lock(tmp_path / "lock", "bob", "second"):
        pass
