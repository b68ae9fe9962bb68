"""Fixtures for tests on a real Docker: a registry with three images, and a host for each test."""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import docker
import pytest

from sandbox import images

from .hosts import EngineHost, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

CONTEXT = Path(__file__).parent / "image"
NAMES = itertools.count(1)


@pytest.fixture(scope="session")
def registry() -> Iterator[str]:
    """The address of an empty registry of our own on loopback."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    directory = Path(tempfile.mkdtemp(prefix="ls-registry-"))
    config = directory / "config.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {directory}}}}}\n"
        f"http: {{addr: '{address}'}}\n"
    )
    with (directory / "log").open("w") as log:
        process = subprocess.Popen(["docker-registry", "serve", str(config)], stdout=log, stderr=log)
    wait_until(lambda: _answers(address), "the registry answers")
    yield address
    process.terminate()
    process.wait(timeout=10)
    shutil.rmtree(directory)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"http://{address}/v2/", timeout=1):
            return True
    except OSError:
        return False


@pytest.fixture(scope="session")
def repository(registry: str) -> Iterator[str]:
    """An image with three different tags 1, 2 and 3, in the registry and not on the host."""
    client = docker.from_env()
    name = f"{registry}/acme/agents"
    for tag in ("1", "2", "3"):
        image, _ = client.images.build(
            path=str(CONTEXT),
            tag=f"{name}:{tag}",
            buildargs={"BASE_IMAGE": images.app_base(client)},
            # Of its own: with another process's image it would share the identity, and be removed with it.
            labels={"version": tag, "registry": registry},
            rm=True,
        )
        client.images.push(name, tag=tag)
        client.images.remove(f"{name}:{tag}")
    yield name
    for image in client.images.list(name=name):
        client.images.remove(image.id, force=True)
    client.close()


@pytest.fixture
def host(repository: str) -> Iterator[EngineHost]:
    """A host with nothing on it."""
    directory = Path(tempfile.mkdtemp(prefix="ls-"))
    directory.chmod(0o755)  # nginx's user must pass
    host = EngineHost(directory / "root", f"longshore-test-{os.getpid()}-{next(NAMES)}", repository)
    yield host
    host.clean()
    shutil.rmtree(directory)
