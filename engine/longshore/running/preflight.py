"""Preflight: what can be known to go wrong, known before anything is changed. One small function per question.

Each raises RefusedError, with the numbers it judged by.
"""

# ruff: noqa: RUF001, RUF003  (× is what a person expects in a sum)

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ..errors import RefusedError
from ..planning.model import State, World
from ..planning.steps import StartReplica, Step, StopReplica

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ..host.containers import LocalImage
    from ..host.registry import RemoteImage
    from ..planning.model import Release
    from ..planning.reference import Reference

MIB = 1024 * 1024
UNPACKED = 3.5  # times its download: gzip's usual 2.5 for a Debian-based image, plus the download kept while unpacking
SPARE_SPACE = 256 * MIB  # left for logs and for the host
SPARE_INODES = 20_000  # a Debian-based Python image has about 10,000 files
JOURNAL_SPACE = 4 * MIB
JOURNAL_INODES = 100


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


def has_room_for_image(reference: Reference, remote: RemoteImage | None, platform: str, storage: Path) -> None:
    """Refuse an image that Docker's storage can't take; nothing to ask when the image is here."""
    if remote is None:
        return
    download = remote.sizes[platform]
    needed = int(download * UNPACKED) + SPARE_SPACE
    free, inodes = _free(storage)
    fix = f"free some below {storage} (`docker system df` shows what), or give the host a larger disk"
    if free < needed:
        found = (
            f"{storage} has {free // MIB} MiB free; {reference} needs {needed // MIB} MiB "
            f"({download // MIB} MiB to download × {UNPACKED:g}, plus {SPARE_SPACE // MIB} MiB to spare)"
        )
        raise RefusedError("release: no disk space for the image", found, fix)
    if inodes is not None and inodes < SPARE_INODES:
        found = f"{storage} has {inodes} inodes free; an image needs up to {SPARE_INODES}"
        raise RefusedError("release: no inodes for the image", found, fix)


def has_room_for_journal(root: Path) -> None:
    """Refuse when the engine couldn't write down what it does."""
    free, inodes = _free(root)
    fix = f"free some on the file system of {root}"
    if free < JOURNAL_SPACE:
        found = f"{root} has {free // 1024} KiB free; it takes {JOURNAL_SPACE // 1024} KiB"
        raise RefusedError("release: no disk space for the journal", found, fix)
    if inodes is not None and inodes < JOURNAL_INODES:
        found = f"{root} has {inodes} inodes free; it takes {JOURNAL_INODES}"
        raise RefusedError("release: no inodes for sockets and links", found, fix)


def has_memory(world: World, steps: Sequence[Step], available_mb: int) -> None:
    """Refuse when, at the plan's hungriest moment, the new replicas' limits are more than the host can give."""
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
            started[step.replica] = running[step.replica] = step.memory_mb
        elif isinstance(step, StopReplica) and step.replica in running:
            freed += running.pop(step.replica)
        grown = sum(running.values()) - start
        if grown > peak:
            peak, words = grown, _sum_in_words(started, freed)
    return peak, words


def available_memory(meminfo: str) -> int:
    """MiB that the kernel says can be given out without swapping (`/proc/meminfo`, proc(5))."""
    for line in meminfo.splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) // 1024
    raise RefusedError(
        "engine: free memory is unknown", "no MemAvailable in /proc/meminfo", "run a kernel of 3.14 or later"
    )


def _sum_in_words(started: dict[str, int], freed: int) -> str:
    sizes = sorted(started.values())
    parts = [f"{sizes.count(size)} × {size} MiB" for size in sorted(set(sizes))]
    return " + ".join(parts) + (f" - {freed} MiB freed" if freed else "")


def _free(path: Path) -> tuple[int, int | None]:
    """Bytes and inodes free where the path is, or will be; None where inodes have no fixed number (btrfs)."""
    while not path.exists():
        path = path.parent
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None
