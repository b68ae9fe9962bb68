"""What a host keeps after a run, and what goes: left-overs of killed runs, and releases beyond the retention."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..planning.reference import Reference
from .releases import surplus

if TYPE_CHECKING:
    from ..planning.model import World
    from .parts import Parts


def tidy(parts: Parts, found: World) -> None:
    """Remove what killed runs left half made: the lock is ours, so nobody is making anything."""
    for replica in parts.host.sockets.tidy(found.replicas):
        parts.progress.say(f"removed the left-over socket directory of {replica}")
    parts.host.slots.tidy()
    parts.store.tidy()


def forget_old(parts: Parts, current: int) -> None:
    """Keep `retention` releases; of the rest remove the files, and the images that this engine pulled."""
    entries = parts.store.all()
    old = surplus(entries, current, parts.settings.retention)
    numbers = {entry.release.number for entry in old}
    needed = {e.release.digest for e in entries if e.release.number not in numbers}
    for entry in old:
        release = entry.release
        if entry.pulled and release.digest not in needed:
            reference = Reference.parse(release.image)
            exact = parts.images.find(reference.by_digest(release.digest))
            tagged = parts.images.find(f"{reference.name}:{reference.tag}") if reference.tag else None
            if tagged and exact and tagged.id == exact.id:
                parts.images.remove(f"{reference.name}:{reference.tag}")
            if parts.images.remove(reference.by_digest(release.digest)):
                parts.progress.say(f"removed the image of release {release.number} ({release.image})")
        parts.store.remove(release.number)
