"""Slots: symlinks `live/<service>-<slot>.sock` → `../sockets/<replica>/app.sock`, each moved by one rename(2).

rename(2) is atomic: a connection finds the old replica or the new one, never nothing.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Protocol

from ..errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from ..planning.model import Slot
    from .layout import Layout

_LINK = re.compile(r"([a-z][a-z0-9-]*)-([0-9]+)\.sock")
_TARGET = re.compile(r"\.\./sockets/([a-z0-9-]+)/app\.sock")


class Slots(Protocol):
    """The doors of every service."""

    def read(self) -> dict[Slot, str]:
        """Each slot's replica id; for a link that isn't ours, whatever it holds, which no replica is called."""

    def point(self, service: str, slots: Iterable[int], replica: str) -> None:
        """Point these slots to a replica. Raises StepError."""

    def clear(self, service: str, slots: Iterable[int]) -> None:
        """Remove these slots."""

    def tidy(self) -> None:
        """Remove what a killed run left half made."""


class LiveDirectory:
    """The real slots."""

    def __init__(self, layout: Layout) -> None:
        self._live = layout.live

    def read(self) -> dict[Slot, str]:
        """Each slot's replica id; for a link that isn't ours, whatever it holds, which no replica is called."""
        found: dict[Slot, str] = {}
        if not self._live.is_dir():
            return found
        for entry in os.scandir(self._live):
            name = _LINK.fullmatch(entry.name)
            if name:
                found[name[1], int(name[2])] = _owner(self._live / entry.name)
        return found

    def point(self, service: str, slots: Iterable[int], replica: str) -> None:
        """Point these slots to a replica. Raises StepError."""
        for slot in slots:
            link = self._link(service, slot)
            fresh = self._live / f".{link.name}.new"
            try:
                fresh.unlink(missing_ok=True)
                fresh.symlink_to(f"../sockets/{replica}/app.sock")
                fresh.replace(link)
            except OSError as error:
                raise StepError(
                    "slots: cannot switch", f"{link}: {error.strerror}", "free the path or the disk"
                ) from error
        self._persist()

    def clear(self, service: str, slots: Iterable[int]) -> None:
        """Remove these slots."""
        for slot in slots:
            self._link(service, slot).unlink(missing_ok=True)
        self._persist()

    def tidy(self) -> None:
        """Remove what a killed run left half made."""
        for path in self._live.glob(".*.new"):
            path.unlink(missing_ok=True)

    def _link(self, service: str, slot: int) -> Path:
        return self._live / f"{service}-{slot}.sock"

    def _persist(self) -> None:
        """Make the renames survive a power cut: they are the directory's contents."""
        directory = os.open(self._live, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _owner(link: Path) -> str:
    if not link.is_symlink():
        return "(not a link)"
    text = str(link.readlink())
    target = _TARGET.fullmatch(text)
    return target[1] if target else text
