"""What a run is to reach, and whether it can. Nothing is changed here; every problem is a RefusedError."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..clock import utc_now
from ..errors import RefusedError
from ..host import world
from ..host.images import Resolved, describe, resolve
from ..planning import preflight as checks
from ..planning.model import Release
from ..planning.planner import plan
from ..planning.reference import Reference
from . import journal, preflight
from .outcome import Result
from .releases import Entry, Fate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..planning.model import Service, World
    from ..planning.steps import Step
    from .parts import Parts


@dataclass(frozen=True, slots=True)
class Goal:
    """What a run is to reach, and the plan for it."""

    release: Release
    result: Result
    steps: list[Step]
    token: str
    before: Entry | None
    reference: Reference
    resolved: Resolved
    found: World


class Judge:
    """Derives a run's goal from the command, the release files and the world."""

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
        """The current or the interrupted release when it has this content, or else a new one."""
        entries = self._parts.store.all()
        number = entries[-1].release.number + 1 if entries else 1
        previous = before.release.number if before else None
        wanted = Release(number, str(image), digest, services, previous, self._parts.operator, utc_now())
        interrupted = [entry for entry in entries[-1:] if entry.fate is Fate.STARTED]
        for entry in [before, *interrupted]:
            if entry and entry.release.same_content(wanted):
                return entry.release
        return wanted

    def _target(self, number: int | None, before: Entry | None) -> Entry:
        """The release to roll back to. Raises RefusedError when there is none."""
        entries = self._parts.store.all()
        interrupted = bool(entries) and entries[-1].fate is Fate.STARTED
        serving = before.release.number if before else None
        if number is None:
            number = serving if interrupted else before.release.previous if before else None
        good = [entry for entry in entries if entry.fate is Fate.RELEASED]
        for entry in good:
            if entry.release.number == number and (number != serving or interrupted):
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
        """The exact image of a retained release: on the host, or else in a registry by its digest."""
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
        """All checks that can be made before a change. Raises RefusedError."""
        checks.has_slots(goal.release, self._parts.settings.slots)
        machine = self._parts.machine()
        remote = describe(goal.reference, goal.resolved, machine.platform)
        checks.fits_platform(goal.reference, remote, goal.resolved.local, machine.platform)
        preflight.has_room_for_image(goal.reference, remote, machine.platform, machine.storage)
        preflight.has_mount_sources(goal.release.services)
        checks.has_memory(goal.found, goal.steps, preflight.available_memory(self._parts.meminfo()))
        preflight.has_room_for_journal(self._parts.layout.root)
        journal.read(self._parts.layout.journal)  # refuses a damaged one


def fresh_token(found: World) -> str:
    """Four hexadecimal digits that no replica's name on this host ends with."""
    used = {name[-4:] for name in [*found.replicas, *found.slots.values()]}
    while (token := secrets.token_hex(2)) in used:
        pass
    return token
