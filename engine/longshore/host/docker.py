"""Docker as the container runtime. Whatever changes something goes through the Docker SDK.

Works with the SDK that Debian 12 ships (5.0) and with today's (7). The SDK is imported at the first change, because the
import takes longer than all of a run that has nothing to do. Its low-level client makes one request per call.
"""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..errors import RefusedError, StepError
from ..planning.model import Mount
from ..planning.replica import PROXY_DIRECTORY, SOCKET_DIRECTORY, State
from .containers import Condition, explain_exit
from .docker_socket import ANSWER_WITHIN, SOCKET, STATES, DockerSocket

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import docker

    from ..planning.image import LocalImage
    from ..planning.model import Service
    from ..planning.replica import Replica
    from .interrupt import StopRequest
    from .layout import Layout

# ruff: noqa: PLC0415  (the SDK is imported at its first use)

PIDS_LIMIT = 1024  # threads count too: an open stream holds one, and a replica may serve hundreds
COMMAND_AT_FAULT = (126, 127)  # with any other code of a container that never ran, Docker is at fault
CPU_SHARES = 512  # half of Docker's default: under pressure nginx and sshd come first

_KEPT_RUNNING: Any = {"Name": "unless-stopped"}  # the type stubs know only two of Docker's four policies
_UNPRINTABLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


class Docker:
    """Docker on this host: its socket for reading, and the SDK's client for changes."""

    def __init__(self, socket: str = SOCKET, answer_within: int = ANSWER_WITHIN) -> None:
        self.reads = DockerSocket(socket)
        self.answer_within = answer_within
        self._socket = socket
        self._client: docker.APIClient | None = None
        self._creating = threading.Lock()

    @property
    def client(self) -> docker.APIClient:
        """The SDK's client, created at its first use. Raises RefusedError when Docker doesn't answer."""
        import docker
        import docker.errors
        import requests.exceptions

        with self._creating:
            if self._client is None:
                try:
                    address = f"unix://{self._socket}"
                    self._client = docker.APIClient(base_url=address, version="auto", timeout=self.answer_within)
                except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
                    fix = "start it with `systemctl start docker`, and read `journalctl --unit docker`"
                    raise RefusedError("docker: not running", f"{self._socket}: {error}", fix) from error
            return self._client


class DockerContainers:
    """Replicas as Docker containers named `<name>-<replica>` and labelled `longshore.*`.

    `user` is what a new one runs as, `uid:gid`. The group is nginx's: gunicorn gives its socket to the group it runs
    as (gunicorn.sock.UnixSocket.bind), which a set-group-ID directory alone can't change.

    They start and stop one at a time: Docker 20.10, which Debian 12 has, deadlocks when one container joins or leaves
    a network while Docker still handles that another one left (moby/moby#46661).
    """

    def __init__(self, docker: Docker, layout: Layout, name: str, stop_seconds: int = 0, user: str = "") -> None:
        self._docker = docker
        self._layout = layout
        self._name = name
        self._stop_seconds = stop_seconds
        self._user = user
        self._network = threading.Lock()

    def replicas(self) -> list[Replica]:
        return self._docker.reads.replicas(self._name)

    def start(self, replica: Replica, service: Service, image: str, environment: Mapping[str, str]) -> None:
        import docker.types

        client = self._docker.client
        memory = service.memory_mb * 1024 * 1024
        mounts = [
            Mount(str(self._layout.sockets / replica.id), SOCKET_DIRECTORY),
            Mount(str(self._layout.internal), PROXY_DIRECTORY, read_only=True),
            *service.mounts,
        ]
        limits = client.create_host_config(
            # Not `binds`, with which Docker makes a missing source as root, and a colon in a path means something.
            mounts=[docker.types.Mount(m.target, m.source, type="bind", read_only=m.read_only) for m in mounts],
            read_only=True,
            tmpfs={"/tmp": "rw,nosuid,nodev,size=64m,mode=1777"},  # noqa: S108  (a path inside the container)
            cap_drop=["ALL"],
            security_opt=["no-new-privileges:true"],
            pids_limit=PIDS_LIMIT,
            mem_limit=memory,
            memswap_limit=memory,
            cpu_shares=CPU_SHARES,
            restart_policy={"Name": "no"},
        )
        container = self.container(replica.id)
        with _docker_errors(f"start {container}"):
            client.create_container(
                image=image,
                name=container,
                command=list(service.command) if service.command else None,
                environment=dict(environment),
                user=self._user,
                labels={**replica.labels(), "longshore.engine": self._name, "longshore.managed": "true"},
                host_config=limits,
                stop_timeout=self._stop_seconds,
            )
            self._start(container)

    def _start(self, container: str) -> None:
        from docker.errors import APIError

        client = self._docker.client
        try:
            with self._network:
                client.start(container)
        except APIError as error:
            code = client.inspect_container(container)["State"]["ExitCode"]
            if code in COMMAND_AT_FAULT:
                found = f"{container}: {explain_exit(code)}: {error.explanation}"
                fix = "look at the image's command and at the service's `command`"
                raise StepError("release: replica could not be started", found, fix, exit_code=code) from error
            found, fix = (
                f"{container}: {error.explanation}",
                "fix Docker on this host: read `journalctl --unit docker`",
            )
            raise StepError("docker: could not start a replica", found, fix) from error

    def condition(self, replica: str) -> Condition:
        from docker.errors import NotFound

        with _docker_errors(f"inspect {replica}"):
            try:
                state = self._docker.client.inspect_container(self.container(replica))["State"]
            except NotFound:
                return Condition(State.EXITED, error="removed by someone else")
        return Condition(
            state=STATES.get(state["Status"], State.EXITED),
            pid=state["Pid"],
            exit_code=state["ExitCode"],
            out_of_memory=state["OOMKilled"],
            error=state["Error"],
        )

    def keep_running(self, replica: str) -> None:
        with _docker_errors(f"update {replica}"):
            self._docker.client.update_container(self.container(replica), restart_policy=_KEPT_RUNNING)

    def stop(self, replica: str, within: int) -> bool:
        from docker.errors import NotFound

        client, container = self._docker.client, self.container(replica)
        with _docker_errors(f"stop {replica}"):
            try:
                before = client.inspect_container(container)["State"]
                with self._network:
                    client.stop(container, timeout=within)
                after = client.inspect_container(container)["State"]
            except NotFound:
                return False
        return bool(before["Running"]) and after["ExitCode"] == 137

    def remove(self, replica: str) -> None:
        from docker.errors import NotFound

        with _docker_errors(f"remove {replica}"):
            try:
                self._docker.client.remove_container(self.container(replica), force=True, v=True)
            except NotFound:
                return

    def logs(self, replica: str, lines: int) -> list[str]:
        """Its last log lines, without terminal control sequences."""
        with _docker_errors(f"read the log of {replica}"):
            text = self._docker.client.logs(self.container(replica), tail=lines)
        return [_UNPRINTABLE.sub("", line) for line in text.decode(errors="replace").splitlines()]

    def container(self, replica: str) -> str:
        """The name of a replica's container."""
        return f"{self._name}-{replica}"


class DockerImages:
    """Images in Docker. A pull may take minutes, so it ends early when `stop` is set."""

    def __init__(self, docker: Docker, stop: StopRequest) -> None:
        self._docker = docker
        self._stop = stop

    def find(self, reference: str) -> LocalImage | None:
        return self._docker.reads.image(reference)

    def pull(self, name: str, digest: str) -> None:
        """Fetch `name@digest`. Raises RefusedError, AbandonedError."""
        import docker.errors
        import requests.exceptions
        import urllib3.exceptions

        from .stream import StalledError, read_stream

        client, image = self._docker.client, f"{name}@{digest}"
        silence = self._docker.answer_within
        fix = "the release that serves is untouched; fix the registry or the network, and run this again"
        try:
            # The SDK itself has no time limit between two events.
            for event in read_stream(
                lambda: client.pull(name, tag=digest, stream=True, decode=True), silence, self._stop
            ):
                if "error" in event:
                    raise RefusedError("release: image could not be pulled", f"{image}: {event['error']}", fix)
        except docker.errors.APIError as error:
            raise RefusedError("release: image could not be pulled", f"{image}: {error.explanation}", fix) from error
        except StalledError as error:
            found = f"{image}: nothing arrived for {silence} s"
            raise RefusedError("release: image pull stalled", found, fix) from error
        except (docker.errors.DockerException, requests.RequestException, urllib3.exceptions.HTTPError) as error:
            fix = "check Docker: `systemctl status docker`; the release that serves is untouched"
            raise RefusedError("release: Docker went away during the pull", f"{image}: {error}", fix) from error

    def tag(self, image: str, name: str, tag: str) -> None:
        with _docker_errors("name the image"):
            self._docker.client.tag(image, name, tag, force=True)

    def remove(self, reference: str) -> bool:
        from docker.errors import APIError, NotFound

        with _docker_errors(f"remove the image {reference}"):
            try:
                self._docker.client.remove_image(reference)
            except NotFound:
                return True
            except APIError as error:
                if error.status_code == 409:
                    return False
                raise
        return True


@contextmanager
def _docker_errors(doing: str) -> Iterator[None]:
    """Raise Docker's errors as the engine's own."""
    import docker.errors
    import requests.exceptions

    try:
        yield
    except docker.errors.APIError as error:
        found = str(error.explanation or error)
        raise StepError(f"docker: could not {doing}", found, "read `journalctl --unit docker`") from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        fix = "check it: `systemctl status docker`; `systemctl restart docker` leaves all replicas serving"
        raise StepError(f"docker: could not {doing}: it does not answer", str(error), fix) from error
