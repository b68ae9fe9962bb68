"""Preflight checks that look at this host. Each raises RefusedError, before anything is changed."""

# ruff: noqa: RUF001, RUF003  (× is what a person expects in a sum)

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import RefusedError
from ..planning.mounts import refuse_docker_socket

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..planning.image import RemoteImage
    from ..planning.model import Service
    from ..planning.reference import Reference

MIB = 1024 * 1024
UNPACKED = 3.5  # times its download: gzip's usual 2.5 for a Debian-based image, plus the download kept while unpacking
SPARE_SPACE = 256 * MIB  # left for logs and for the host
SPARE_INODES = 20_000  # a Debian-based Python image has about 10,000 files
JOURNAL_SPACE = 4 * MIB
JOURNAL_INODES = 100


def has_room_for_image(reference: Reference, remote: RemoteImage | None, platform: str, storage: Path) -> None:
    """Refuse an image that doesn't fit in Docker's storage; without `remote`, the host has it already."""
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
    """Refuse when the engine couldn't record what it does."""
    free, inodes = _free(root)
    fix = f"free some on the file system of {root}"
    if free < JOURNAL_SPACE:
        found = f"{root} has {free // 1024} KiB free; a release needs {JOURNAL_SPACE // 1024} KiB"
        raise RefusedError("release: no disk space for the journal", found, fix)
    if inodes is not None and inodes < JOURNAL_INODES:
        found = f"{root} has {inodes} inodes free; a release needs {JOURNAL_INODES}"
        raise RefusedError("release: no inodes for sockets and links", found, fix)


def has_mount_sources(services: Mapping[str, Service]) -> None:
    """Refuse a source that isn't on this host, or that leads to Docker's socket."""
    for name, service in services.items():
        for mount in service.mounts:
            real = os.path.realpath(mount.source)
            refuse_docker_socket(real, mount.source, f"release: a mount of {name}")
            if not Path(real).exists():
                leads = f" (a link to {real})" if os.path.lexists(mount.source) else ""
                found = f"{mount.source}{leads}, which {name} wants at {mount.target}"
                fix = "make it, for the user of the image; what the project's own services want, configure.yml makes"
                raise RefusedError("release: source of a mount does not exist", found, fix)


def available_memory(meminfo: str) -> int:
    """MiB that can be allocated without swapping, as `/proc/meminfo` says (proc(5))."""
    for line in meminfo.splitlines():
        name, _, rest = line.partition(":")
        if name == "MemAvailable":
            return int(rest.split()[0]) // 1024
    raise RefusedError(
        "engine: available memory is unknown", "no MemAvailable in /proc/meminfo", "run a kernel of 3.14 or later"
    )


def _free(path: Path) -> tuple[int, int | None]:
    """Bytes and inodes free where the path is, or will be; None where inodes have no fixed number (btrfs)."""
    while not path.exists():
        path = path.parent
    found = os.statvfs(path)
    return found.f_bavail * found.f_frsize, found.f_favail if found.f_files else None
