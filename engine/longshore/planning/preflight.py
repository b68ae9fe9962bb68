"""Preflight checks that need only values: each raises RefusedError with the numbers that it compared."""

# ruff: noqa: RUF001, RUF003  (× is what a person expects in a sum)

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import RefusedError
from .replica import State
from .steps import StartReplica, StopReplica

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .image import LocalImage, RemoteImage
    from .model import Release, World
    from .reference import Reference
    from .steps import Step


def has_slots(release: Release, slots: int) -> None:
    """Refuse more replicas than there are slots: some of them would never take traffic."""
    for name, service in release.services.items():
        if service.replicas > slots:
            found = f"{name} is to have {service.replicas} replicas, and `slots` is {slots}"
            fix = "ask for fewer, or raise it in the engine's settings and in what nginx lists"
            raise RefusedError("release: more replicas than slots", found, fix)


def fits_platform(reference: Reference, remote: RemoteImage | None, local: LocalImage | None, platform: str) -> None:
    """Refuse an image for another architecture."""
    built = remote.platforms if remote else [local.platform] if local else [platform]
    if platform in built:
        return
    raise RefusedError(
        "release: image architecture does not fit the host",
        f"{reference} is {', '.join(built)}, host is {platform}",
        f"build with `docker buildx build --platform {','.join(sorted({*built, platform}))}`, or deploy another image",
    )


def has_memory(world: World, steps: Sequence[Step], available_mb: int) -> None:
    """Refuse when, at the peak of the plan, the new replicas' limits exceed the memory that is available."""
    peak, sum_text = peak_memory(world, steps)
    if peak <= available_mb:
        return
    raise RefusedError(
        "release: more replicas than memory allows",
        f"{sum_text} = {peak} MiB more than now at the peak, and {available_mb} MiB are available",
        "ask for fewer replicas, a smaller `memory_mb`, or give the host more memory",
    )


def peak_memory(world: World, steps: Sequence[Step]) -> tuple[int, str]:
    """MiB by which the sum of limits grows at most over a plan, and that sum in words."""
    running = {key: replica.memory_mb for key, replica in world.replicas.items() if replica.state is State.RUNNING}
    start = sum(running.values())
    peak, started, freed = 0, dict[str, int](), 0
    words = "0"
    for step in steps:
        if isinstance(step, StartReplica):
            started[step.new.id] = running[step.new.id] = step.new.memory_mb
        elif isinstance(step, StopReplica) and step.replica in running:
            freed += running.pop(step.replica)
        grown = sum(running.values()) - start
        if grown > peak:
            peak, words = grown, _sum_in_words(started, freed)
    return peak, words


def _sum_in_words(started: dict[str, int], freed: int) -> str:
    sizes = sorted(started.values())
    parts = [f"{sizes.count(size)} × {size} MiB" for size in sorted(set(sizes))]
    return " + ".join(parts) + (f" - {freed} MiB freed" if freed else "")
