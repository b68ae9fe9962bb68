"""Which release each host of a fleet goes back to, so that all of them end on the same image.

Release numbers belong to a host: one that joined later, or that reverted a release, counts otherwise than its
neighbours. So a fleet goes back to an image, and each host by its own number for it. A release that was cut short is
its host's newest, and what serves is the one before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.engine.longshore.planning.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Kept:
    """A release that a host has on file."""

    number: int
    image: str
    digest: str
    previous: int | None
    began: str

    def __str__(self) -> str:
        return f"{self.image}, {self.digest.removeprefix('sha256:')[:12]}"


@dataclass(frozen=True)
class Host:
    """What a host serves and what it could serve again; `kept` holds the releases that did serve, by number.

    `now` is the release to go back from: the one that serves, or one that was begun after it and cut short.
    """

    name: str
    serves: int
    kept: Mapping[int, Kept]
    now: Kept

    @property
    def steady(self) -> bool:
        """Whether what serves is all there is: after a run that was cut short, replicas of two releases may be left."""
        return self.now.number == self.serves


def read(name: str, status: Mapping[str, Any]) -> Host:
    """A host from what `longshore_status` returned with its history. Raises RefusedError where nothing serves."""
    if not status.get("release"):
        found = f"{name}: {'nothing was released yet' if status.get('installed') else 'no release engine'}"
        raise RefusedError("rollback: nothing to roll back to", found, "release an image with longshore.app.deploy")
    serves, cut_short = status["release"], status.get("interrupted")
    releases = {item["number"]: item for item in status["releases"]}
    kept = {
        number: Kept(number, item["image"], item["digest"], item["previous"], item["released"])
        for number, item in releases.items()
        if item["fate"] == "released"
    }
    if not cut_short:
        return Host(name, serves, kept, kept[serves])
    begun = releases[cut_short]
    return Host(name, serves, kept, Kept(cut_short, begun["image"], begun["digest"], serves, begun["created"]))


def targets(fleet: Mapping[str, Mapping[str, Any]], asked: int | None) -> dict[str, int | None]:
    """Each host's release to go back to; None for one that serves the target, and nothing else. Raises RefusedError.

    Asked for a number, every host goes to its release of that number. Otherwise the host that was released to last
    says what to go back to: the image before it. A host that never got the newest one serves that already.
    """
    hosts = [read(name, status) for name, status in sorted(fleet.items())]
    found = {host.name: _numbered(host, asked) for host in hosts} if asked is not None else _before_the_last(hosts)
    _same_image(found)
    there = {host.name for host in hosts if host.steady and found[host.name].number == host.serves}
    return {name: None if name in there else kept.number for name, kept in found.items()}


def _numbered(host: Host, number: int) -> Kept:
    if number not in host.kept:
        numbers = ", ".join(map(str, sorted(host.kept)))
        fix = f"{host.name} keeps {numbers}: name one with -e rollback_release=…, or deploy an image"
        raise RefusedError("rollback: release is not retained", f"{host.name}: release {number}", fix)
    return host.kept[number]


def _before_the_last(hosts: list[Host]) -> dict[str, Kept]:
    latest = max(hosts, key=lambda host: host.now.began)
    # A host that joined since knows nothing before the newest image; its neighbours may.
    ways = [(host.now.began, before) for host in hosts if _alike(host, latest) and (before := _previous(host))]
    if not ways:
        found = f"{latest.name}: release {latest.serves} ({latest.now}) is the first"
        raise RefusedError(
            "rollback: nothing to roll back to", found, "deploy the image you want with -e release_image=…"
        )
    _, target = max(ways, key=lambda way: way[0])
    return {host.name: _way_back(host, latest, target) for host in hosts}


def _alike(host: Host, other: Host) -> bool:
    return host.now.digest == other.now.digest


def _previous(host: Host) -> Kept | None:
    return host.kept.get(host.now.previous or 0)


def _way_back(host: Host, latest: Host, target: Kept) -> Kept:
    """The release by which a host comes to the target's image."""
    before = _previous(host)
    if _alike(host, latest) and before is not None and before.digest == target.digest:
        return before
    if host.now.digest == target.digest:
        return host.now
    same = [kept for _, kept in sorted(host.kept.items()) if kept.digest == target.digest]
    if not same:
        raise RefusedError("rollback: a host never served the image", f"{host.name}: no {target}", _deploy(target))
    return same[-1]


def _same_image(found: Mapping[str, Kept]) -> None:
    if len({kept.digest for kept in found.values()}) > 1:
        ends = "; ".join(f"{name}: {kept}" for name, kept in found.items())
        raise RefusedError("rollback: hosts would end on different images", ends, _deploy(next(iter(found.values()))))


def _deploy(kept: Kept) -> str:
    return f"release the image itself: -e release_image={Reference.parse(kept.image).by_digest(kept.digest)}"
