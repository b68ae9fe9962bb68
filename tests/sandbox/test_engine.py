"""A Docker engine where none answers: started, found, and only then stopped.

It is a second engine beside the machine's, so it lives in a network namespace of its own: an engine without a bridge
removes `docker0` from the network that it is in, and that one belongs to the machine's engine.
"""

import io
import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from sandbox import images, lifecycle
from sandbox.machine import engine
from sandbox.settings import CHECKOUT, Settings
from tests.sandbox.second import wait

START = """
import sys
from sandbox import settings
from sandbox.machine import engine
print(engine.ensure(settings.load(), sys.argv[1:]).info()["DockerRootDir"])
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    # A socket's path must be short, and pytest's folders are not.
    with tempfile.TemporaryDirectory(prefix="ls-engine-", dir="/tmp") as scratch:
        yield Path(scratch)


def settings_in(folder: Path) -> Settings:
    return Settings(name="longshore-test-engine", state=folder / "state", lock=folder / "lock")


def arguments(folder: Path) -> list[str]:
    """What an engine needs to be told to stay in a folder."""
    return [
        f"--host=unix://{folder}/docker.sock", f"--data-root={folder}/data", f"--exec-root={folder}/exec",
        f"--pidfile={folder}/pid", "--bridge=none", "--iptables=false", "--ip-forward=false",
    ]  # fmt: skip


def start(folder: Path) -> str:
    """Have an engine that answers in the folder, as a sandbox would; where it keeps its data."""
    done = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", START, *arguments(folder)], cwd=CHECKOUT, text=True, check=True,
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


def test_engine_is_started_once_and_stopped(folder: Path) -> None:
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


def test_foreign_engine_is_not_stopped(folder: Path) -> None:
    settings = settings_in(folder)
    engine.ensure(settings).close()
    assert engine.ours(settings) is None
    # A record whose process is another by now, as after a reboot.
    settings.dockerd_record.write_text(json.dumps({"pid": os.getpid(), "ticks": 1}))
    assert not engine.stop(settings)
    assert not settings.dockerd_record.exists()


@pytest.fixture
def client(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[docker.DockerClient]:
    """The second engine's, which is also what `dockerd` starts."""
    dockerd = shutil.which("dockerd", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    assert dockerd is not None
    command = folder / "bin" / "dockerd"
    command.parent.mkdir()
    command.write_text(f"#!/bin/sh\nexec unshare --net {shlex.join([dockerd, *arguments(folder)])}\n")
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{folder}/docker.sock")
    monkeypatch.setattr(engine, "SYSTEMD", folder / "no-systemd")
    numbers = {folder / "pid": "dockerd", folder / "exec" / "containerd" / "containerd.pid": "containerd"}
    monkeypatch.setattr(engine, "PID_FILES", numbers)
    client = engine.ensure(settings_in(folder))
    yield client
    client.close()
    engine.stop(settings_in(folder))
    # An engine mounts its data on itself, and one that finds this done by a killed one leaves it so. Lazily, for what
    # has just ended may hold it for another moment.
    subprocess.run(["umount", "--lazy", folder / "data"], check=False)


def test_down_and_clean_after_the_engine_was_killed(
    folder: Path, client: docker.DockerClient, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(folder)
    ours = {settings.LABEL: settings.name}
    client.api.import_image_from_data(tar(), repository="longshore-sandbox/debian", changes=[f"LABEL {images.LABEL}=x"])
    build(client, "x")
    foreign = client.api.import_image_from_data(tar(), repository="foreign")
    client.containers.create("longshore-sandbox/host", name="host", labels=ours)
    client.volumes.create("disk", labels=ours)
    client.volumes.create("foreign")
    # Built anew under the same name, as a changed recipe's: the host's own image has no name any more.
    build(client, "y")

    started = engine.ours(settings)
    assert started is not None
    assert started.pid is not None
    os.kill(started.pid, signal.SIGKILL)
    wait(lambda: not engine.answers(), "the engine to be dead")
    lifecycle.down(settings)
    assert "removed host host\n" in capsys.readouterr().out
    assert not settings.dockerd_record.exists()
    assert processes(folder) == []
    lifecycle.down(settings, images_too=True)
    assert "removed longshore-sandbox/host:latest\n" in capsys.readouterr().out
    assert processes(folder) == []

    again = engine.ensure(settings)
    assert again.containers.list(all=True) == []
    assert [volume.name for volume in again.volumes.list()] == ["foreign"]
    assert [image.tags for image in again.images.list()] == [["foreign:latest"]], foreign
    again.close()


def build(client: docker.DockerClient, command: str) -> None:
    """An image on the sandbox's Debian."""
    dockerfile = io.BytesIO(f'FROM longshore-sandbox/debian\nCMD ["{command}"]\n'.encode())
    client.images.build(fileobj=dockerfile, tag="longshore-sandbox/host", rm=True)


def tar() -> bytes:
    """An image's files: none."""
    buffer = io.BytesIO()
    tarfile.open(fileobj=buffer, mode="w").close()
    return buffer.getvalue()
