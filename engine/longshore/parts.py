"""What a run works with: every effect behind its interface, and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from longshore.barrier import Barrier
    from longshore.containers import Images, Machine
    from longshore.executor import Host
    from longshore.interrupt import StopRequest
    from longshore.layout import Layout
    from longshore.progress import Progress
    from longshore.reference import Reference
    from longshore.registry import Registry
    from longshore.releases import ReleaseStore
    from longshore.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run works with."""

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
