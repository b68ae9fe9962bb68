"""Putting the real parts together: the one place that knows which class is behind which interface."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RefusedError
from ..host import registry
from ..host.credentials import User, forget_supplementary_groups
from ..host.docker import Docker, DockerContainers, DockerImages
from ..host.drain import KernelConnections
from ..host.layout import Layout
from ..host.probe import SocketProbe
from ..host.slots import LiveDirectory
from ..host.sockets import SocketDirectories
from .barrier import Barrier
from .executor import Host
from .interrupt import StopRequest
from .parts import Parts
from .releases import ReleaseStore

if TYPE_CHECKING:
    from ..settings import Settings
    from .progress import Progress


def parts(settings: Settings, progress: Progress) -> Parts:
    """Everything a run works with, on this host. Raises RefusedError."""
    if os.geteuid() != 0:
        raise RefusedError("engine: must run as root", f"uid {os.geteuid()}", "run it with sudo")
    forget_supplementary_groups()
    layout = Layout(settings.root)
    proxy = User.named(settings.proxy_user)
    docker, stop = Docker(), StopRequest()
    host = Host(
        containers=DockerContainers(
            docker, layout, settings.name, settings.stop_seconds, f"{settings.app_uid}:{proxy.gid}"
        ),
        slots=LiveDirectory(layout),
        sockets=SocketDirectories(layout, settings.app_uid, proxy.gid),
        probe=SocketProbe(layout, proxy),
        connections=KernelConnections(layout),
        stop_seconds=settings.stop_seconds,
    )
    return Parts(
        settings=settings,
        layout=layout,
        host=host,
        images=DockerImages(docker, stop),
        machine=docker.reads.machine,
        registries=lambda reference: registry.registries_for(reference, settings.registry_mirrors),
        store=ReleaseStore(layout),
        progress=progress,
        stop=stop,
        barrier=Barrier.from_environment(progress.say),
        meminfo=lambda: Path("/proc/meminfo").read_text(encoding="ascii"),
        operator=operator(dict(os.environ)),
    )


def operator(environment: dict[str, str]) -> str:
    """Who is at work and from where: as told, or as sudo and sshd say."""
    told = environment.get("LONGSHORE_OPERATOR")
    if told:
        return told
    who = environment.get("SUDO_USER") or environment.get("USER") or "root"
    client = environment.get("SSH_CONNECTION", "").partition(" ")[0]
    return f"{who}@{client}" if client else who
