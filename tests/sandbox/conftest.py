import secrets
import socket
import tempfile
from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

import docker
import pytest
from docker.models.containers import Container

from sandbox import images
from sandbox.machine import engine
from sandbox.settings import Settings
from tests import kept
from tests.sandbox.second import Second


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    numbers = [server.getsockname()[1] for server in sockets]
    for server in sockets:
        server.close()
    return numbers


@pytest.fixture(scope="module")
def second(request: pytest.FixtureRequest) -> Iterator[Second]:
    """A second sandbox, down at first; down again and nothing left of it afterwards."""
    name = f"longshore-test-{secrets.token_hex(3)}"
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as scratch:
        folder = Path(scratch)
        api, registry, https = free_ports(3)
        settings = Settings(
            name=name,
            state=folder / "state",
            lock=folder / "lock",
            api_port=api,
            registry_port=registry,
            https_port=https,
            vpc_cidr=IPv4Network(f"10.213.{secrets.randbelow(256)}.0/24"),
        )
        sandbox = Second(settings, folder)
        yield sandbox
        if request.session.testsfailed:
            sandbox.command("collect", str(kept.COLLECTED / name))
        done = sandbox.command("down")
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def foreign() -> Iterator[Container]:
    """Somebody else's container, from the sandbox's own image and with the sandbox's label on another value."""
    client = docker.from_env()
    image = images.host(engine.connect())
    made = client.containers.run(
        image, ["sleep", "600"], detach=True, name=f"longshore-test-foreign-{secrets.token_hex(3)}", init=True,
        labels={Settings.LABEL: "somebody-else"},
    )  # fmt: skip
    yield made
    made.remove(force=True)
