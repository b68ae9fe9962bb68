"""What a run works with: every effect behind its interface, and the real ones for this host."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RefusedError
from ..host import registry
from ..host.credentials import User, drop_supplementary_groups
from ..host.docker import Docker, DockerContainers, DockerImages
from ..host.drain import KernelConnections
from ..host.interrupt import StopRequest
from ..host.layout import Layout
from ..host.probe import SocketProbe
from ..host.slots import LiveDirectory
from ..host.sockets import SocketDirectories
from .barrier import Barrier
from .executor import Host
from .releases import ReleaseStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..host.containers import Images
    from ..host.registry import Registry
    from ..planning.image import Machine
    from ..planning.reference import Reference
    from ..settings import Settings
    from .progress import Progress


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a run works with."""

    settings: Settings
    layout: Layout
    host: Host
    images: Images
    machine: Callable[[], Machine]
    registries: Callable[[Reference], list[Registry]]
    store: ReleaseStore
    progress: Progress
    stop: StopRequest
    barrier: Barrier
    meminfo: Callable[[], str]
    operator: str


def parts_of_this_host(settings: Settings, progress: Progress) -> Parts:
    """The real parts. Raises RefusedError."""
    if os.geteuid() != 0:
        raise RefusedError("engine: must run as root", f"uid {os.geteuid()}", "run it with sudo")
    drop_supplementary_groups()
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
    """Who runs this, and from where: as LONGSHORE_OPERATOR says, or else as sudo and sshd do."""
    named = environment.get("LONGSHORE_OPERATOR")
    if named:
        return named
    who = environment.get("SUDO_USER") or environment.get("USER") or "root"
    client = environment.get("SSH_CONNECTION", "").partition(" ")[0]
    return f"{who}@{client}" if client else who
