"""Where everything is on a host, and who owns it: the one place that says so.

The engine works with a `Layout`; roles, the proxy's configuration and tests ask for `facts`, by Ansible's lookup
`longshore.app.layout`. So a host with another root or another user of its proxy needs two settings and no edits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..planning.replica import PROXY_SOCKET_NAME, SOCKET_NAME
from ..settings import DEFAULT_FILE

if TYPE_CHECKING:
    from pathlib import Path

    from ..settings import Settings

CONFIGURATION = DEFAULT_FILE.parent  # its parts have modes of their own: the certificate's key is root's alone


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
        """The directory of nginx's internal listener, which is mounted into every replica."""
        return self.root / "internal"

    @property
    def releases(self) -> Path:
        """A file per release."""
        return self.root / "releases"

    @property
    def journal(self) -> Path:
        return self.root / "journal.jsonl"

    @property
    def lock(self) -> Path:
        """Held while a run changes something."""
        return self.root / "lock"

    def slot(self, service: str, slot: int | str) -> Path:
        """The symlink by which nginx reaches a slot."""
        return self.live / f"{service}-{slot}.sock"

    def socket(self, replica: str) -> Path:
        """Where a replica listens."""
        return self.sockets / replica / SOCKET_NAME

    def modes(self) -> dict[Path, int]:
        """The directories and their modes. nginx passes through all but the releases, which may hold secrets."""
        return {self.root: 0o751, self.live: 0o751, self.sockets: 0o751, self.internal: 0o755, self.releases: 0o700}

    def make(self) -> None:
        """Make the directories that are missing; what is there keeps its owner and mode."""
        for path, mode in self.modes().items():
            if not path.is_dir():
                path.mkdir(parents=True, exist_ok=True)
                path.chmod(mode)  # mkdir's own mode is cut by the umask


def facts(settings: Settings) -> dict[str, Any]:
    """Users and paths as plain values. `slot_socket` takes a service and a slot: `slot_socket % ("planner", 1)`."""
    layout = Layout(settings.root)
    paths = {
        "configuration": CONFIGURATION,
        "settings": DEFAULT_FILE,
        "tls": CONFIGURATION / "tls",
        "root": layout.root,
        "live": layout.live,
        "sockets": layout.sockets,
        "internal": layout.internal,
        "releases": layout.releases,
        "journal": layout.journal,
        "lock": layout.lock,
        "slot_socket": layout.slot("%s", "%s"),
        "proxy_socket": layout.internal / PROXY_SOCKET_NAME,
        # Below the root for the sake of one place to look; the engine itself has no use for these.
        "acme": layout.root / "acme",
        "data": layout.root / "data",
    }
    directories = [
        (CONFIGURATION, "root", 0o755),
        (layout.root, settings.proxy_user, layout.modes()[layout.root]),
        (layout.live, settings.proxy_user, layout.modes()[layout.live]),
        (layout.internal, "root", layout.modes()[layout.internal]),
    ]
    return {
        **{name: str(path) for name, path in paths.items()},
        "proxy_user": settings.proxy_user,
        "app_uid": settings.app_uid,
        "slots": settings.slots,
        # What must be there before the first release, for roles to make; the engine makes the rest.
        "directories": [
            {"path": str(path), "owner": "root", "group": group, "mode": f"{mode:04o}"}
            for path, group, mode in directories
        ],
    }
