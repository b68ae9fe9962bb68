"""Where everything is below the engine's root, and who may reach it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Layout:
    """The paths below one root."""

    root: Path

    @property
    def live(self) -> Path:
        """The slots: symlinks that nginx connects to."""
        return self.root / "live"

    @property
    def sockets(self) -> Path:
        """A directory per replica."""
        return self.root / "sockets"

    @property
    def internal(self) -> Path:
        """The directory of nginx's internal listener, which replicas see as /run/proxy."""
        return self.root / "internal"

    @property
    def releases(self) -> Path:
        """A file per release."""
        return self.root / "releases"

    @property
    def journal(self) -> Path:
        """The engine's story."""
        return self.root / "journal.jsonl"

    @property
    def lock(self) -> Path:
        """Held while a run changes something."""
        return self.root / "lock"

    def socket(self, replica: str) -> Path:
        """Where a replica listens."""
        return self.sockets / replica / "app.sock"

    def make(self) -> None:
        """Make the directories that are missing; what is there keeps its owner and mode."""
        self.root.mkdir(mode=0o751, parents=True, exist_ok=True)
        for path, mode in ((self.live, 0o751), (self.sockets, 0o751), (self.internal, 0o755), (self.releases, 0o700)):
            if not path.is_dir():
                path.mkdir(exist_ok=True)
                path.chmod(mode)  # mkdir's own mode is cut by the umask
