"""Reading from Docker without the SDK: GET requests over its socket.

Importing the SDK takes longer than all the rest of `status`, or of a deploy that has nothing to do.
"""

from __future__ import annotations

import http.client
import json
import socket
import urllib.parse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..clock import ISO_8601
from ..errors import RefusedError
from ..planning.image import LocalImage, Machine
from ..planning.replica import Replica, State

if TYPE_CHECKING:
    from collections.abc import Mapping

SOCKET = "/var/run/docker.sock"
ANSWER_WITHIN = 60  # seconds without a byte, after which Docker counts as stalled

STATES = {"created": State.CREATED, "running": State.RUNNING, "restarting": State.RESTARTING}


class DockerSocket:
    """Docker's API on this host, read only."""

    def __init__(self, path: str = SOCKET) -> None:
        self._path = path

    def replicas(self, name: str) -> list[Replica]:
        """The containers of the engine with this name, running or not. Raises RefusedError."""
        filters = json.dumps({"label": [f"longshore.engine={name}"]})
        listed = self._get("/containers/json", {"all": "1", "filters": filters})
        return [_replica(item, name) for item in listed]

    def image(self, reference: str) -> LocalImage | None:
        """The image by tag, digest or id. Raises RefusedError."""
        value = self._get(f"/images/{urllib.parse.quote(reference, safe='/:@')}/json", {})
        if value is None:
            return None
        digests = tuple(_full_name(digest) for digest in value.get("RepoDigests") or ())
        return LocalImage(value["Id"], digests, f"{value['Os']}/{value['Architecture']}")

    def machine(self) -> Machine:
        """How Docker describes this host. Raises RefusedError."""
        info = self._get("/info", {})
        return Machine(f"linux/{_architecture(info['Architecture'])}", Path(info["DockerRootDir"]))

    def _get(self, path: str, query: Mapping[str, str]) -> Any:  # None for a 404
        connection = _Connection(self._path)
        try:
            connection.request("GET", f"{path}?{urllib.parse.urlencode(query)}")
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            reason = getattr(error, "strerror", None) or str(error)
            fix = "start it with `systemctl start docker`, and read `journalctl --unit docker`"
            raise RefusedError("docker: not running", f"{self._path}: {reason}", fix) from error
        finally:
            connection.close()
        if answer.status == 404:
            return None
        value = json.loads(body)
        if answer.status != 200:
            found = f"{path}: status {answer.status}: {value.get('message')}"
            raise RefusedError("docker: request refused", found, "read `journalctl --unit docker`")
        return value


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=ANSWER_WITHIN)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def _replica(item: Mapping[str, Any], name: str) -> Replica:
    return Replica.from_labels(
        item["Names"][0].removeprefix("/").removeprefix(f"{name}-"),
        item["Labels"],
        STATES.get(item["State"], State.EXITED),
        datetime.fromtimestamp(item["Created"], UTC).strftime(ISO_8601),
    )


def _full_name(digest: str) -> str:
    """A name with the `docker.io/` and `library/` that Docker leaves out of its lists."""
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
