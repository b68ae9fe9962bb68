"""`make run`: the application alone on port 5000, without the sandbox.

`DEV=1` runs the checkout's `app/` and reloads it; `DATABASE=postgresql` keeps its state in a PostgreSQL beside it.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

from docker.errors import APIError, NotFound

from engine.longshore.errors import RefusedError
from sandbox import application, direct, images
from sandbox.console import say
from sandbox.machine import ports
from sandbox.settings import CHECKOUT, Settings
from sandbox.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

    import docker
    from docker.models.containers import Container

NAME = "python-web-app"
PORT = 5000
DATABASES = ("sqlite", "postgresql")
SOCKETS = "/run/postgresql"
# As on a host (inventory/group_vars/all.yml): by the folder of the server's socket, without a port or a password.
POSTGRESQL_URL = f"postgresql+psycopg://longshore@/longshore?host={SOCKETS}"
# The official image makes role and database from these when it starts; the sandbox's own image has both.
_POSTGRESQL = {"POSTGRES_USER": "longshore", "POSTGRES_DB": "longshore", "POSTGRES_HOST_AUTH_METHOD": "trust"}
_TASKS = "SELECT agent, state, to_timestamp(created / 1e6) AS asked FROM tasks"
# The official image starts a temporary server first, whose parent is a shell.
_IS_READY = 'test "$(cat /proc/1/comm)" = postgres && psql --username longshore longshore --command "SELECT 1"'


def run(
    client: docker.DockerClient,
    settings: Settings,
    *,
    database: str = "sqlite",
    sources: Path | None = None,
    port: int = PORT,
) -> None:
    """Build the image, start it, wait until it answers, and say how to ask it.

    With `sources`, it runs that folder instead of the image's copy of `app/`, and reloads what changes there.

    Raises RefusedError for an unknown database, a port that is in use, and an application that does not start.
    """
    if database not in DATABASES:
        raise RefusedError(
            "run: DATABASE names no database that the application knows",
            found=database,
            fix=" or ".join(f"make run DATABASE={one}" for one in DATABASES),
        )
    name = NAME if port == PORT else f"{NAME}-{port}"
    ports.require_free(port, "the application run alone", f"`docker rm --force {name}`, then `make run`", area="run")
    application.build(client, application.Reference(NAME, "exercise"))
    labels = {settings.LABEL: settings.name}
    options: dict[str, Any] = {"environment": {}, "volumes": {}, "labels": labels}
    if database == "postgresql":
        volume = _start_postgresql(client, name, labels)
        options["environment"]["DATABASE_URL"] = POSTGRESQL_URL
        options["volumes"][volume] = {"bind": SOCKETS, "mode": "ro"}
    if sources:
        _develop(options, sources)
    _remove_stopped(client, name)
    container = client.containers.run(
        NAME, name=name, detach=True, ports={f"{PORT}/tcp": ("127.0.0.1", port)}, **options
    )
    _wait_until_it_answers(container, port)
    say(_farewell(name, port, database=database, sources=sources))


def _develop(options: dict[str, Any], sources: Path) -> None:
    options["volumes"] |= {
        str(sources): {"bind": "/srv/app", "mode": "ro"},
        str(CHECKOUT / "sandbox/development"): {"bind": "/srv/development", "mode": "ro"},
    }
    # The image's byte code is never compared with its source, so it must not be found.
    options["environment"] |= {"PYTHONPYCACHEPREFIX": "/tmp/pycache", "PYTHONDONTWRITEBYTECODE": ""}  # noqa: S108
    options["command"] = ["gunicorn", "--config", "/srv/development/gunicorn.conf.py"]


def _start_postgresql(client: docker.DockerClient, name: str, labels: dict[str, str]) -> str:
    """Start a server that nothing but a socket leads to; return the volume that holds the socket."""
    server = f"{name}-postgresql"
    image = images.postgresql(client)
    _remove_stopped(client, server)
    # Its data is thrown away with it, so no write has to wait for a disk.
    container = client.containers.run(
        image,
        ["postgres", "-c", "listen_addresses=", "-c", "fsync=off"],
        name=server,
        detach=True,
        labels=labels,
        environment=_POSTGRESQL,
        # Without a name: it is removed with the server.
        volumes=[SOCKETS],
    )

    def answers() -> bool:
        return bool(container.exec_run(["sh", "-c", _IS_READY]).exit_code == 0)

    _wait(answers, container, "PostgreSQL")
    return next(str(mount["Name"]) for mount in container.attrs["Mounts"] if mount["Destination"] == SOCKETS)


def _wait_until_it_answers(container: Container, port: int) -> None:
    def answers() -> bool:
        try:
            with direct.get(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    _wait(answers, container, "the application")


def _wait(condition: Any, container: Container, what: str) -> None:
    def ended() -> bool:
        container.reload()
        return bool(container.status == "exited")

    try:
        wait_until(lambda: not ended() and condition(), seconds=180, what=f"{what} to answer", give_up=ended)
    except (TimeoutError, APIError) as error:
        lines = container.logs(tail=5).decode(errors="replace").strip()
        raise RefusedError(
            f"run: {what} does not answer",
            found=textwrap.indent(lines, " " * 9).strip() if ended() and lines else str(error),
            fix=f"see all of its log with `docker logs {container.name}`, then `docker rm --force {container.name}`",
        ) from error


def _remove_stopped(client: docker.DockerClient, name: str) -> None:
    """Make room for a new container where one of an earlier run has stopped; Docker refuses it where one runs."""
    try:
        earlier = client.containers.get(name)
    except NotFound:
        return
    if earlier.status != "running":
        earlier.remove(v=True)


def _farewell(name: str, port: int, *, database: str, sources: Path | None) -> str:
    """Lines to paste: how to ask it, look into its database, and stop it."""
    url = f"http://127.0.0.1:{port}"
    lines = [
        f"The application answers at {url}",
        f"  curl {url}",
        f'  curl {url}/v1/tasks --json \'{{"question": "What is 15% of 240 km in miles?"}}\'',
    ]
    remove = f"docker rm --force --volumes {name}"
    if database == "postgresql":
        # One after the other: a volume that a container still has is kept.
        remove += f" && {remove}-postgresql"
        psql = f"docker exec -it {name}-postgresql psql --username longshore longshore"
        lines += [
            "Its conversations and tasks are in PostgreSQL, until you remove it:",
            f"  {psql}",
            f"  {psql} --command '{_TASKS}'",
        ]
    if sources:
        lines += [f"It runs {sources} and reloads what you save there:", f"  docker logs --follow {name}"]
    return "\n".join([*lines, "Stop and remove it:", f"  {remove}"])
