"""Release files: `releases/<number>.json`, the content of each release and what became of it.

`releases/current` is a link to the file of the release that serves, moved when a release has succeeded. The link alone
decides: the file that it leads to is read as `released` even if it says `started`, as a crash can come between the two
writes. Any other file that says `started` belongs to an interrupted run; the next run continues or reverts it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..errors import RefusedError
from ..planning.model import Release, Service

if TYPE_CHECKING:
    from pathlib import Path

    from ..host.layout import Layout


class Fate(StrEnum):
    """What became of a release."""

    STARTED = "started"
    RELEASED = "released"
    REVERTED = "reverted"


@dataclass(frozen=True, slots=True)
class Entry:
    """A release and its fate. `pulled` marks an image that this engine pulled and so may remove."""

    release: Release
    fate: Fate
    pulled: bool = False
    released: str = ""

    def to_json(self) -> dict[str, Any]:
        """The file's contents."""
        release = self.release
        head = {key: value for key, value in asdict(release).items() if key != "services"}
        services = {name: service.to_json() for name, service in release.services.items()}
        return {**head, "services": services, "fate": self.fate, "pulled": self.pulled, "released": self.released}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Entry:
        """Read back what `to_json` wrote."""
        own = {"fate", "pulled", "released"}
        head = {key: item for key, item in value.items() if key not in own}
        head["services"] = {name: Service.from_json(item) for name, item in value["services"].items()}
        return cls(Release(**head), Fate(value["fate"]), value["pulled"], value["released"])


class ReleaseStore:
    """All release files of a host."""

    def __init__(self, layout: Layout) -> None:
        self._directory = layout.releases
        self._current = self._directory / "current"

    def all(self) -> list[Entry]:
        """Every release on file, oldest first. Raises RefusedError for a file that can't be read."""
        if not self._directory.is_dir():
            return []
        numbers = sorted(int(path.stem) for path in self._directory.glob("*.json") if path.stem.isdigit())
        return [self.get(number) for number in numbers]

    def get(self, number: int) -> Entry:
        """One release. Raises RefusedError."""
        entry = self._read(number)
        if entry.fate is Fate.STARTED and number == self._serving():
            return replace(entry, fate=Fate.RELEASED, released=entry.released or entry.release.created)
        return entry

    def current(self) -> Entry | None:
        """The release that serves; None before the first. Raises RefusedError."""
        number = self._serving()
        return None if number is None else self.get(number)

    def save(self, entry: Entry) -> None:
        """Replace a release's file atomically. Raises OSError."""
        file = self._file(entry.release.number)
        fresh = file.with_suffix(".new")
        try:
            with fresh.open("w", encoding="utf-8") as stream:
                json.dump(entry.to_json(), stream, indent=2)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.chmod(0o600)  # an environment may hold secrets
            fresh.replace(file)
        finally:
            fresh.unlink(missing_ok=True)
        self._persist()

    def mark(self, number: int, fate: Fate, released: str = "") -> None:
        """Record what became of a release."""
        entry = self.get(number)
        self.save(replace(entry, fate=fate, released=released or entry.released))

    def mark_unfinished_reverted(self) -> None:
        """Mark releases as reverted that were started and never served."""
        for entry in self.all():
            if entry.fate is Fate.STARTED:
                self.save(replace(entry, fate=Fate.REVERTED))

    def make_current(self, number: int | None) -> None:
        """Record which release serves from now on, or None. Raises OSError."""
        if number == self._serving():
            return
        if number is None:
            self._current.unlink()
        else:
            fresh = self._directory / "current.new"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(f"{number}.json")
            fresh.replace(self._current)
        self._persist()

    def remove(self, number: int) -> None:
        self._file(number).unlink(missing_ok=True)

    def repair(self) -> None:
        """Remove temporary files of a killed run, and record that the current release was released."""
        for path in self._directory.glob("*.new"):
            path.unlink(missing_ok=True)
        current = self.current()
        if current and current != self._read(current.release.number):
            self.save(current)

    def _serving(self) -> int | None:
        try:
            return int(self._current.readlink().stem)
        except FileNotFoundError:
            return None

    def _read(self, number: int) -> Entry:
        file = self._file(number)
        try:
            return Entry.from_json(json.loads(file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError) as error:
            fix = f"remove it (`rm {file}`): only a roll back to release {number} needs it"
            if number == self._serving():
                aside = f"mv {file} {file}.damaged; " if file.exists() else ""
                image = "`longshore exec SERVICE printenv RELEASE_IMAGE`"
                fix = f"`{aside}rm {self._current}`, then deploy what serves ({image}) again: its replicas stay"
            raise RefusedError("releases: a file can't be read", f"{file}: {error!r}", fix) from error

    def _file(self, number: int) -> Path:
        return self._directory / f"{number}.json"

    def _persist(self) -> None:
        directory = os.open(self._directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def surplus(entries: list[Entry], current: int, keep: int) -> list[Entry]:
    """The releases to remove: all but the newest `keep` that served, the current one and the one before it.

    Of those that never served only the newest stays, so that its number isn't given again.
    """
    served = [entry for entry in entries if entry.fate is Fate.RELEASED]
    kept = {entry.release.number for entry in served[-keep:]} | {current, entries[-1].release.number if entries else 0}
    kept |= {entry.release.previous or 0 for entry in served if entry.release.number == current}
    return [entry for entry in entries if entry.release.number not in kept]
