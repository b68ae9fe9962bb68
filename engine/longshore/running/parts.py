"""What a run works with: every effect behind its interface, and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..host.containers import Images, Machine
    from ..host.layout import Layout
    from ..host.registry import Registry
    from ..planning.reference import Reference
    from ..settings import Settings
    from .barrier import Barrier
    from .executor import Host
    from .interrupt import StopRequest
    from .progress import Progress
    from .releases import ReleaseStore


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
