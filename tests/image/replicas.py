"""Containers of the image, started as a person or as the engine starts them."""

import secrets
from pathlib import Path
from typing import Any, Self

import docker
import httpx
from docker.models.containers import Container

from tests import plain_http
from tests.waiting import until

# What the engine gives every replica, and the image has to bear.
HARDENED: dict[str, Any] = {
    "read_only": True,
    "tmpfs": {"/tmp": ""},
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
    "pids_limit": 1024,
    "mem_limit": "256m",
}
USER = 10001


class Replicas:
    """Starts containers and removes them at the end; a failed test shows their logs."""

    def __init__(self, engine: docker.DockerClient, image: str, folder: Path) -> None:
        self.engine = engine
        self.image = image
        self.folder = folder
        self.started: list[Container] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for container in self.started:
            print(container.name, container.logs(tail=40).decode(), sep="\n")
            container.remove(force=True, v=True)

    def health_check(self) -> list[str]:
        """The command that Docker asks by."""
        command: list[str] = self.engine.images.get(self.image).attrs["Config"]["Healthcheck"]["Test"]
        return command[1:]

    def start(self, *, image: str = "", **options: Any) -> Container:
        """A container in the background."""
        name = f"longshore-test-app-{secrets.token_hex(4)}"
        container = self.engine.containers.run(image or self.image, name=name, detach=True, **options)
        self.started.append(container)
        return container

    def on_port(self, **options: Any) -> tuple[Container, httpx.Client]:
        """A container with its port published on loopback, once it answers."""
        container = self.start(ports={"5000/tcp": ("127.0.0.1", None)}, **options)
        container.reload()
        published = container.ports["5000/tcp"]
        assert published
        port = published[0]["HostPort"]
        client = plain_http.client(base_url=f"http://127.0.0.1:{port}", timeout=30)
        until(lambda: _answers(client) or not _running(container))
        return container, client

    def on_socket(self, name: str, *, proxy: Path | None = None, **environment: str) -> tuple[Container, httpx.Client]:
        """A container as the engine starts it: behind a socket in a directory of its own."""
        directory = self.folder / name
        directory.mkdir()
        directory.chmod(0o2777)
        volumes = {str(directory): {"bind": "/run/app", "mode": "rw"}}
        if proxy:
            volumes[str(proxy)] = {"bind": "/run/proxy", "mode": "ro"}
            environment["PROXY_SOCKET"] = "/run/proxy/app.sock"
        environment["BIND"] = "unix:/run/app/app.sock"
        container = self.start(environment=environment, volumes=volumes, network_mode="none", **HARDENED)
        client = plain_http.client(directory / "app.sock", timeout=30)
        until(lambda: _answers(client) or not _running(container))
        return container, client


def _running(container: Container) -> bool:
    container.reload()
    return bool(container.status in {"created", "running"})


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz").status_code == 200
    except httpx.TransportError:
        return False
