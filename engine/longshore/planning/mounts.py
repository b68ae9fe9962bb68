"""Which paths of the host may be mounted into a replica, and where. Each function raises RefusedError."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..errors import RefusedError
from .replica import PROXY_DIRECTORY, SOCKET_DIRECTORY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .model import Mount

RESERVED_TARGETS = (SOCKET_DIRECTORY, PROXY_DIRECTORY, "/tmp", "/proc", "/sys", "/dev")  # noqa: S108  (in a container)
DOCKER_SOCKETS = ("/run/docker.sock", "/run/containerd/containerd.sock")  # whoever may write to one is the host's root


def check_targets(mounts: Sequence[Mount], where: str) -> None:
    """Refuse two mounts at one place."""
    targets = [mount.target for mount in mounts]
    for target in targets:
        if targets.count(target) > 1:
            found = ", ".join(str(mount) for mount in mounts if mount.target == target)
            raise RefusedError(f"spec: {where} has the same target twice", found, "give each mount a target of its own")


def check_paths(mount: Mount, where: str) -> None:
    """Refuse a target that the engine or Docker makes in each container, or above it, and Docker's own socket."""
    for own in RESERVED_TARGETS:
        if _holds(own, mount.target) or _holds(mount.target, own):
            fix = f"choose another, like /data: each container has a {own} of its own"
            raise RefusedError(f"spec: {where}.target is reserved", mount.target, fix)
    refuse_docker_socket(mount.source, mount.source, f"spec: {where}.source")


def refuse_docker_socket(real: str, written: str, what: str) -> None:
    """Refuse a path that is Docker's socket or a directory above it. `written` and `what` name it in the error."""
    real = re.sub("^/var/run(?=/|$)", "/run", real)
    for socket in DOCKER_SOCKETS:
        if _holds(real, socket):
            fix = "mount a path of the application's own: with that socket a replica is root on the host"
            raise RefusedError(f"{what} exposes a control socket of Docker", f"{written} is or holds {socket}", fix)


def _holds(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith(outer.rstrip("/") + "/")
