"""What of the host a replica may be shown, and where: by the paths alone, and then on the host itself.

Each function raises RefusedError, before anything is changed.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from .model import Mount, Service

MADE_BY_THE_ENGINE = ("/run/app", "/run/proxy", "/tmp", "/proc", "/sys", "/dev")  # noqa: S108  (in a container)
DOCKER_SOCKETS = ("/run/docker.sock", "/run/containerd/containerd.sock")  # whoever may write to one is the host's root


def check_targets(mounts: Sequence[Mount], where: str) -> None:
    """Refuse two mounts at one place."""
    targets = [mount.target for mount in mounts]
    for target in targets:
        if targets.count(target) > 1:
            found = ", ".join(str(mount) for mount in mounts if mount.target == target)
            raise RefusedError(f"spec: {where} has one target twice", found, "give each mount a target of its own")


def check_paths(mount: Mount, where: str) -> None:
    """Refuse a target that the engine or Docker makes in each container, or above it, and Docker's own socket."""
    for own in MADE_BY_THE_ENGINE:
        if _holds(own, mount.target) or _holds(mount.target, own):
            fix = f"choose another, like /data: each container has a {own} of its own"
            raise RefusedError(f"spec: {where}.target is not free", mount.target, fix)
    _refuse_docker(mount.source, mount.source, f"spec: {where}.source")


def check_host(services: Mapping[str, Service]) -> None:
    """Refuse a source that isn't on this host, or leads to Docker's socket."""
    for name, service in services.items():
        for mount in service.mounts:
            real = os.path.realpath(mount.source)
            _refuse_docker(real, mount.source, f"release: a mount of {name}")
            if not Path(real).exists():
                leads = f" (a link to {real})" if os.path.lexists(mount.source) else ""
                found = f"{mount.source}{leads}, which {name} wants at {mount.target}"
                fix = "make it, for the user of the image; what the project's own services want, configure.yml makes"
                raise RefusedError("release: source of a mount does not exist", found, fix)


def _refuse_docker(real: str, said: str, what: str) -> None:
    real = re.sub("^/var/run(?=/|$)", "/run", real)
    for socket in DOCKER_SOCKETS:
        if _holds(real, socket):
            fix = "mount something of the application's own: by that socket a replica would be root on the host"
            raise RefusedError(f"{what} gives the host away", f"{said} is or holds {socket}", fix)


def _holds(outer: str, inner: str) -> bool:
    return inner == outer or inner.startswith(outer.rstrip("/") + "/")
