"""A Docker engine where none answers: started, found, and only then stopped.

It is a second engine beside the machine's, so it lives in a network namespace of its own: an engine without a bridge
removes `docker0` from the network that it is in, and that one belongs to the machine's engine.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox import engine
from sandbox.settings import CHECKOUT, Settings

START = """
import sys
from sandbox import engine, settings
print(engine.ensure(settings.load(), sys.argv[1:]).info()["DockerRootDir"])
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    # A socket's path must be short, and pytest's folders are not.
    with tempfile.TemporaryDirectory(prefix="ls-engine-", dir="/tmp") as scratch:
        yield Path(scratch)


def settings_in(folder: Path) -> Settings:
    return Settings(name="longshore-test-engine", state=folder / "state", lock=folder / "lock")


def start(folder: Path) -> str:
    """Have an engine that answers in the folder, as a sandbox would; where it keeps its data."""
    arguments = [
        f"--host=unix://{folder}/docker.sock", f"--data-root={folder}/data", f"--exec-root={folder}/exec",
        f"--pidfile={folder}/pid", "--bridge=none", "--iptables=false", "--ip-forward=false",
    ]  # fmt: skip
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", START, *arguments], cwd=CHECKOUT, text=True, check=True,
        stdout=subprocess.PIPE, timeout=60,
        env={**os.environ, **settings_in(folder).environment(), "DOCKER_HOST": f"unix://{folder}/docker.sock"},
    )  # fmt: skip
    return done.stdout.strip()


def processes(folder: Path) -> list[Path]:
    return [path for path in Path("/proc").glob("[0-9]*/cmdline") if str(folder).encode() in content(path)]


def content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_an_engine_is_started_once_and_stopped(folder: Path) -> None:
    settings = settings_in(folder)
    assert start(folder) == f"{folder}/data"
    started = engine.ours(settings)
    assert started is not None
    assert started.pid == int((folder / "pid").read_text())
    assert Path(f"/proc/{started.pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()

    assert start(folder) == f"{folder}/data"
    assert engine.ours(settings) == started

    assert engine.stop(settings)
    assert engine.start_ticks(started.pid) is None
    assert processes(folder) == []
    assert str(folder) not in Path("/proc/self/mountinfo").read_text()
    assert not engine.stop(settings)


def test_an_engine_that_a_sandbox_did_not_start_is_not_stopped(folder: Path) -> None:
    settings = settings_in(folder)
    engine.ensure(settings).close()
    assert engine.ours(settings) is None
    # A record whose process is another by now, as after a reboot.
    settings.dockerd_record.write_text(json.dumps({"pid": os.getpid(), "ticks": 1}))
    assert not engine.stop(settings)
    assert not settings.dockerd_record.exists()
