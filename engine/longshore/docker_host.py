"""The container runtime for real: Docker's engine on this host, through the Docker SDK for Python.

Works with the SDK that Debian 12 ships (5.0) and with today's (7). The low-level client is used throughout: it does one
request per call, where the high-level one inspects every container it lists.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import requests.exceptions

from longshore.containers import Condition, Found, LocalImage, Machine, NewReplica
from longshore.errors import RefusedError, StepError
from longshore.model import Replica, State
from longshore.reasons import explain_exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from longshore.layout import Layout

SOCKET = "unix:///var/run/docker.sock"
ANSWER_WITHIN = 60  # seconds without a byte from Docker, after which a call or a pull counts as stalled
PIDS_LIMIT = 256
CPU_SHARES = 512  # half of Docker's default: under pressure nginx and sshd come first

_KEPT_RUNNING: Any = {"Name": "unless-stopped"}  # the type stubs know only two of Docker's four policies
_STATES = {"created": State.CREATED, "running": State.RUNNING, "restarting": State.RESTARTING}
_UNPRINTABLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def connect(answer_within: float = ANSWER_WITHIN) -> docker.APIClient:
    """A client of this host's Docker. Raises RefusedError when it doesn't answer."""
    try:
        return docker.APIClient(base_url=SOCKET, version="auto", timeout=int(answer_within))
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        mend = "start it with `systemctl start docker`, and read `journalctl --unit docker`"
        raise RefusedError("docker: not running", f"{SOCKET}: {_cause(error)}", mend) from error


def machine(client: docker.APIClient) -> Machine:
    """What Docker says of this host."""
    info = client.info()
    return Machine(f"linux/{_architecture(info['Architecture'])}", Path(info["DockerRootDir"]))


class DockerContainers:
    """Replicas as Docker containers named `<name>-<replica>` and labelled `longshore.*`."""

    def __init__(self, client: docker.APIClient, layout: Layout, name: str, stop_seconds: int) -> None:
        self._client = client
        self._layout = layout
        self._name = name
        self._stop_seconds = stop_seconds

    def found(self) -> list[Found]:
        """All replicas of this engine, running or not."""
        with _answers("list containers"):
            listed = self._client.containers(all=True, filters={"label": [f"longshore.engine={self._name}"]})
        return [_found(item, self._name) for item in listed]

    def start(self, new: NewReplica) -> None:
        """Make and start a replica that stays down when it ends, so that a failing start is seen."""
        memory = new.wanted.memory_mb * 1024 * 1024
        paths: dict[str, Mapping[str, str]] = {
            str(self._layout.sockets / new.id): {"bind": "/run/app", "mode": "rw"},
            str(self._layout.internal): {"bind": "/run/proxy", "mode": "ro"},
        }
        limits = self._client.create_host_config(
            binds=paths,
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
        container = self._container(new.id)
        with _answers(f"start {container}"):
            self._client.create_container(
                image=new.image,
                name=container,
                command=list(new.wanted.command) if new.wanted.command else None,
                environment=dict(new.environment),
                labels={**new.labels, "longshore.engine": self._name, "longshore.managed": "true"},
                host_config=limits,
                stop_timeout=self._stop_seconds,
            )
            self._start(container)

    def _start(self, container: str) -> None:
        try:
            self._client.start(container)
        except docker.errors.APIError as error:
            code = self._client.inspect_container(container)["State"]["ExitCode"]
            seen = f"{container}: {explain_exit(code)}: {error.explanation}"
            mend = "look at the image's command and at the service's `command`"
            raise StepError("release: replica could not be started", seen, mend, exit_code=code) from error

    def condition(self, replica: str) -> Condition:
        """Its state now."""
        with _answers(f"inspect {replica}"):
            try:
                state = self._client.inspect_container(self._container(replica))["State"]
            except docker.errors.NotFound:
                return Condition(State.EXITED, error="removed by someone else")
        return Condition(
            state=_STATES.get(state["Status"], State.EXITED),
            pid=state["Pid"],
            exit_code=state["ExitCode"],
            out_of_memory=state["OOMKilled"],
            error=state["Error"],
        )

    def keep_running(self, replica: str) -> None:
        """From now on have it restarted when it ends, and after a reboot."""
        with _answers(f"update {replica}"):
            self._client.update_container(self._container(replica), restart_policy=_KEPT_RUNNING)

    def stop(self, replica: str, within: int) -> bool:
        """Ask it to end, kill it after `within` seconds; whether it had to be killed."""
        container = self._container(replica)
        with _answers(f"stop {replica}"):
            try:
                before = self._client.inspect_container(container)["State"]
                self._client.stop(container, timeout=within)
                after = self._client.inspect_container(container)["State"]
            except docker.errors.NotFound:
                return False
        return bool(before["Running"]) and after["ExitCode"] == 137

    def remove(self, replica: str) -> None:
        """Remove it; nothing to do when there is none."""
        with _answers(f"remove {replica}"):
            try:
                self._client.remove_container(self._container(replica), force=True, v=True)
            except docker.errors.NotFound:
                return

    def logs(self, replica: str, lines: int) -> list[str]:
        """Its last log lines."""
        with _answers(f"read the log of {replica}"):
            text = self._client.logs(self._container(replica), tail=lines)
        return [_UNPRINTABLE.sub("", line) for line in text.decode(errors="replace").splitlines()]

    def _container(self, replica: str) -> str:
        return f"{self._name}-{replica}"


class DockerImages:
    """Images in this host's Docker."""

    def __init__(self, client: docker.APIClient) -> None:
        self._client = client

    def find(self, reference: str) -> LocalImage | None:
        """The image by tag, digest or id."""
        with _answers("look for the image"):
            try:
                found: dict[str, Any] = self._client.inspect_image(reference)  # type: ignore[no-untyped-call]
            except docker.errors.ImageNotFound:
                return None
        digests = tuple(_full_name(digest) for digest in found.get("RepoDigests") or ())
        return LocalImage(found["Id"], digests, f"{found['Os']}/{found['Architecture']}")

    def pull(self, name: str, digest: str) -> None:
        """Fetch `name@digest`. Raises RefusedError."""
        mend = "the release that serves is untouched; mend the registry or the network, and run this again"
        try:
            for event in self._client.pull(name, tag=digest, stream=True, decode=True):
                if "error" in event:
                    raise RefusedError("release: image could not be pulled", f"{name}@{digest}: {event['error']}", mend)
        except docker.errors.APIError as error:
            raise RefusedError(
                "release: image could not be pulled", f"{name}@{digest}: {error.explanation}", mend
            ) from error
        except requests.exceptions.RequestException as error:
            seen = f"{name}@{digest}: nothing arrived for {self._client.timeout} s"
            raise RefusedError("release: image pull stalled", seen, mend) from error

    def tag(self, image: str, name: str, tag: str) -> None:
        """Give an image a name."""
        with _answers("name the image"):
            self._client.tag(image, name, tag, force=True)

    def remove(self, reference: str) -> bool:
        """Remove a name of an image, and the image with its last one; False while something uses it."""
        try:
            self._client.remove_image(reference)
        except docker.errors.ImageNotFound:
            return True
        except docker.errors.APIError as error:
            if error.status_code == 409:
                return False
            raise
        return True


@contextmanager
def _answers(doing: str) -> Iterator[None]:
    """Turn Docker's refusals into the engine's own error."""
    try:
        yield
    except docker.errors.APIError as error:
        seen = str(error.explanation or error)
        raise StepError(f"docker: could not {doing}", seen, "read `journalctl --unit docker`") from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        mend = "see whether it runs: `systemctl status docker`"
        raise StepError(f"docker: could not {doing}: it does not answer", _cause(error), mend) from error


def _found(item: dict[str, Any], name: str) -> Found:
    labels = item["Labels"]
    replica = Replica(
        id=item["Names"][0].removeprefix("/").removeprefix(f"{name}-"),
        service=labels.get("longshore.service", ""),
        index=int(labels.get("longshore.index", 0)),
        release=int(labels.get("longshore.release", 0)),
        digest=labels.get("longshore.digest", ""),
        config=labels.get("longshore.config", ""),
        state=_STATES.get(item["State"], State.EXITED),
        ready=False,
        memory_mb=int(labels.get("longshore.memory_mb", 0)),
        drain_seconds=int(labels.get("longshore.drain_seconds", 30)),
        started=datetime.fromtimestamp(item["Created"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )
    return Found(replica, labels.get("longshore.ready_path", "/readyz"))


def _full_name(digest: str) -> str:
    """Docker leaves `docker.io/` and `library/` out of the names it lists; write them out."""
    name, _, rest = digest.partition("@")
    head, slash, _ = name.partition("/")
    if not slash:
        return f"docker.io/library/{name}@{rest}"
    if "." in head or ":" in head or head == "localhost":
        return digest
    return f"docker.io/{digest}"


def _architecture(machine_name: str) -> str:
    """Docker reports the kernel's name of the architecture; images carry Go's."""
    return {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}.get(machine_name, machine_name)


def _cause(error: BaseException) -> str:
    """The innermost reason of a chain of wrappers, in the system's own words."""
    found = re.findall(r"(?:Error|Exception)\((?:\d+, )?'([^'()]+)'\)", str(error))
    return found[-1] if found else str(error)
