"""Slots: symlinks `live/<service>-<slot>.sock` → `../sockets/<replica>/app.sock`, each moved by one rename(2).

rename(2) is atomic: a connection reaches the old replica or the new one, and never fails in between.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..errors import StepError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..planning.model import Slot
    from .layout import Layout

_LINK = re.compile(r"([a-z][a-z0-9-]*)-([0-9]+)\.sock")


class Slots(Protocol):
    """The slots of every service."""

    def read(self) -> dict[Slot, str]:
        """Each slot's replica id; for anything else in its place, a text that is no replica's id."""

    def point(self, service: str, slots: Iterable[int], replica: str) -> None:
        """Point these slots to a replica. Raises StepError."""

    def clear(self, service: str, slots: Iterable[int]) -> None:
        """Remove these slots."""

    def remove_unfinished(self) -> None:
        """Remove the temporary links that a killed run left behind."""


class LiveDirectory:
    """The slots below the engine's root."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._live = layout.live

    def read(self) -> dict[Slot, str]:
        found: dict[Slot, str] = {}
        if not self._live.is_dir():
            return found
        for entry in os.scandir(self._live):
            name = _LINK.fullmatch(entry.name)
            if name:
                found[name[1], int(name[2])] = self._owner(self._live / entry.name)
        return found

    def point(self, service: str, slots: Iterable[int], replica: str) -> None:
        for slot in slots:
            link = self._layout.slot(service, slot)
            fresh = self._live / f".{link.name}.new"
            try:
                fresh.unlink(missing_ok=True)
                fresh.symlink_to(self._target(replica))
                fresh.replace(link)
            except OSError as error:
                raise StepError(
                    "slots: cannot switch", f"{link}: {error.strerror}", "free the path or the disk"
                ) from error
        self._persist()

    def clear(self, service: str, slots: Iterable[int]) -> None:
        for slot in slots:
            self._layout.slot(service, slot).unlink(missing_ok=True)
        self._persist()

    def remove_unfinished(self) -> None:
        for path in self._live.glob(".*.new"):
            path.unlink(missing_ok=True)

    def _target(self, replica: str) -> str:
        return os.path.relpath(self._layout.socket(replica), self._live)

    def _owner(self, link: Path) -> str:
        if not link.is_symlink():
            return "(not a link)"
        target = str(link.readlink())
        replica = Path(target).parent.name
        return replica if target == self._target(replica) else target

    def _persist(self) -> None:
        """Make the renames survive a power cut: they are in the directory's data."""
        directory = os.open(self._live, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
