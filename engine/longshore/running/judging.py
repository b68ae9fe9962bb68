"""Judging: where a run is to go, and whether it may. Nothing is changed here; every mistake is a RefusedError."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..clock import utc_now
from ..errors import RefusedError
from ..host import world
from ..host.images import Resolved, describe, resolve
from ..planning import mounts
from ..planning.model import Release
from ..planning.planner import plan
from ..planning.reference import Reference
from . import journal, preflight
from .outcome import Result
from .releases import Entry, Fate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..host.registry import RemoteImage
    from ..planning.model import Service, World
    from ..planning.steps import Step
    from .parts import Parts


@dataclass(frozen=True, slots=True)
class Goal:
    """Where a run wants to go, judged and ready to walk."""

    release: Release
    result: Result
    steps: list[Step]
    token: str
    before: Entry | None
    reference: Reference
    resolved: Resolved
    found: World


class Judge:
    """Finds a run's goal from what is asked, what is on file and what is on the host."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def deploy(self, image: Reference, services: Mapping[str, Service] | None) -> Goal:
        """An image with these services, or with those that serve now. Raises RefusedError."""
        before = self._parts.store.current()
        if services is None:
            if before is None:
                fix = "give image and services with `--spec FILE` the first time"
                raise RefusedError("release: no configuration to keep", "nothing was released here yet", fix)
            services = before.release.services
        resolved = self._resolve(image)
        release = self._numbered(image, resolved.digest, services, before)
        return self._goal(release, Result.RELEASED, before, image, resolved)

    def rollback(self, number: int | None) -> Goal:
        """The release before this one, or a retained one. Raises RefusedError."""
        before = self._parts.store.current()
        target = self._target(number, before).release
        reference = Reference.parse(target.image)
        return self._goal(target, Result.ROLLED_BACK, before, reference, self._kept_image(reference, target))

    def _resolve(self, image: Reference) -> Resolved:
        resolved = resolve(image, self._parts.images, self._parts.registries(image))
        if resolved.note:
            self._parts.progress.say(resolved.note)
        return resolved

    def _numbered(
        self, image: Reference, digest: str, services: Mapping[str, Service], before: Entry | None
    ) -> Release:
        """The release that serves when it is what's wanted, one that was cut short, or the next number."""
        entries = self._parts.store.all()
        number = entries[-1].release.number + 1 if entries else 1
        previous = before.release.number if before else None
        wanted = Release(number, str(image), digest, services, previous, self._parts.operator, utc_now())
        cut_short = [entry for entry in entries[-1:] if entry.fate is Fate.STARTED]
        for entry in [before, *cut_short]:
            if entry and entry.release.same_content(wanted):
                return entry.release
        return wanted

    def _target(self, number: int | None, before: Entry | None) -> Entry:
        """The release a roll back means. Raises RefusedError when there is none."""
        entries = self._parts.store.all()
        cut_short = bool(entries) and entries[-1].fate is Fate.STARTED
        serving = before.release.number if before else None
        if number is None:
            number = serving if cut_short else before.release.previous if before else None
        good = [entry for entry in entries if entry.fate is Fate.RELEASED]
        for entry in good:
            if entry.release.number == number and (number != serving or cut_short):
                return entry
        others = ", ".join(str(entry.release.number) for entry in good if entry.release.number != serving)
        fix = (
            f"retained: {others}; name one: `longshore rollback RELEASE`" if others else "deploy another image instead"
        )
        if number is None or number == serving:
            found = f"release {serving} serves and is the first" if before else "nothing was released here yet"
            if number is not None:
                found = f"release {serving} serves already"
            raise RefusedError("rollback: nothing to roll back to", found, fix)
        raise RefusedError("rollback: release is not retained", f"release {number}", fix)

    def _kept_image(self, reference: Reference, target: Release) -> Resolved:
        """The retained release's very image: here, or else still in a registry by its digest."""
        images = self._parts.images
        local = images.find(reference.by_digest(target.digest)) or images.find(target.digest)
        if local:
            return Resolved(target.digest, local, None)
        exact = replace(reference, digest=target.digest)
        try:
            return resolve(exact, images, self._parts.registries(reference))
        except RefusedError as error:
            fix = "deploy another image, or bring this one back: `docker pull` or `docker load`"
            raise RefusedError("rollback: image is gone", f"it is not on this host, and {error.found}", fix) from error

    def _goal(
        self, release: Release, result: Result, before: Entry | None, reference: Reference, resolved: Resolved
    ) -> Goal:
        host = self._parts.host
        found = world.read(host.containers, host.slots, host.probe)
        token = fresh_token(found)
        steps = plan(found, release, token, self._parts.settings.slots)
        return Goal(release, result, steps, token, before, reference, resolved, found)

    def preflight(self, goal: Goal) -> None:
        """Everything that can be known to go wrong. Raises RefusedError."""
        preflight.has_slots(goal.release, self._parts.settings.slots)
        machine = self._parts.machine()
        remote: RemoteImage | None = describe(goal.reference, goal.resolved, machine.platform)
        preflight.fits_platform(goal.reference, remote, goal.resolved.local, machine.platform)
        preflight.has_room_for_image(goal.reference, remote, machine.platform, machine.storage)
        mounts.check_host(goal.release.services)
        preflight.has_memory(goal.found, goal.steps, preflight.available_memory(self._parts.meminfo()))
        preflight.has_room_for_journal(self._parts.layout.root)
        journal.read(self._parts.layout.journal)  # refuses a damaged one


def fresh_token(found: World) -> str:
    """Four hexadecimal digits that no name on this host ends with yet."""
    used = {name[-4:] for name in [*found.replicas, *found.slots.values()]}
    while (token := secrets.token_hex(2)) in used:
        pass
    return token
