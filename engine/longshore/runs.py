"""Runs: what `deploy` and `rollback` do, from the lock to the outcome.

A run reads the world, judges (plan and preflight), and only then changes anything; when a step fails it plans the way
back and walks that. Each effect is behind an interface of `Parts`.
"""

from __future__ import annotations

import secrets
import time
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from longshore import preflight, world
from longshore.clock import utc_now
from longshore.errors import LongshoreError, RefusedError, StepError
from longshore.executor import Executor
from longshore.images import Resolved, describe, resolve
from longshore.journal import Journal
from longshore.lock import Lock
from longshore.model import Release
from longshore.outcome import Outcome, Result
from longshore.planner import abandon, plan
from longshore.reference import Reference
from longshore.releases import Entry, Fate, surplus
from longshore.story import RunStory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager

    from longshore.barrier import Barrier
    from longshore.containers import Images, Machine
    from longshore.executor import Host
    from longshore.interrupt import StopRequest
    from longshore.layout import Layout
    from longshore.model import Service, World
    from longshore.progress import Progress
    from longshore.registry import Registry, RemoteImage
    from longshore.releases import ReleaseStore
    from longshore.settings import Settings
    from longshore.steps import Step


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run works with."""

    settings: Settings
    layout: Layout
    host: Host
    images: Images
    machine: Callable[[], Machine]
    registries: Callable[[Reference], list[Registry]]
    store: ReleaseStore
    progress: Progress
    stop: StopRequest
    barrier: Barrier
    meminfo: Callable[[], str]
    operator: str


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
    seen: World


class Runs:
    """The runs of one host."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._began = time.monotonic()

    def deploy(
        self, image: Reference, services: Mapping[str, Service] | None, *, check: bool, wait: float, command: str
    ) -> Outcome:
        """Release an image with these services, or with those that serve now. Raises RefusedError, LockedError."""
        with self._turn(check=check, wait=wait, command=command):
            before = self._parts.store.current()
            if services is None:
                if before is None:
                    mend = "give image and services with `--spec FILE` the first time"
                    raise RefusedError("release: no configuration to keep", "nothing was released here yet", mend)
                services = before.release.services
            resolved = self._resolve(image)
            release = self._numbered(image, resolved.digest, services, before)
            return self._run(
                self._goal(release, Result.RELEASED, before, image, resolved), check=check, command=command
            )

    def rollback(self, number: int | None, *, check: bool, wait: float, command: str) -> Outcome:
        """Go back to the release before this one, or to a retained one. Raises RefusedError, LockedError."""
        with self._turn(check=check, wait=wait, command=command):
            before = self._parts.store.current()
            target = self._target(number, before).release
            reference = Reference.parse(target.image)
            resolved = self._kept_image(reference, target)
            return self._run(
                self._goal(target, Result.ROLLED_BACK, before, reference, resolved), check=check, command=command
            )

    # -- judging: nothing is changed -------------------------------------------------------------------------------

    def _turn(self, *, check: bool, wait: float, command: str) -> AbstractContextManager[object]:
        if check:
            return nullcontext()
        self._parts.layout.make()
        return Lock(self._parts.layout.lock, self._parts.operator, command, wait)

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
        mend = (
            f"retained: {others}; name one: `longshore rollback RELEASE`" if others else "deploy another image instead"
        )
        if number is None or number == serving:
            seen = f"release {serving} serves and is the first" if before else "nothing was released here yet"
            if number is not None:
                seen = f"release {serving} serves already"
            raise RefusedError("rollback: nothing to roll back to", seen, mend)
        raise RefusedError("rollback: release is not retained", f"release {number}", mend)

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
            mend = "deploy another image, or bring this one back: `docker pull` or `docker load`"
            raise RefusedError("rollback: image is gone", f"it is not on this host, and {error.seen}", mend) from error

    def _goal(
        self, release: Release, result: Result, before: Entry | None, reference: Reference, resolved: Resolved
    ) -> Goal:
        host = self._parts.host
        seen = world.read(host.containers, host.slots, host.probe)
        token = _fresh_token(seen)
        steps = plan(seen, release, token, self._parts.settings.slots)
        return Goal(release, result, steps, token, before, reference, resolved, seen)

    def _preflight(self, goal: Goal) -> None:
        """Everything that can be known to go wrong. Raises RefusedError."""
        machine = self._parts.machine()
        remote: RemoteImage | None = describe(goal.reference, goal.resolved, machine.platform)
        preflight.fits_platform(goal.reference, remote, goal.resolved.local, machine.platform)
        preflight.has_room_for_image(goal.reference, remote, machine.platform, machine.storage)
        preflight.has_memory(goal.seen, goal.steps, preflight.available_memory(self._parts.meminfo()))
        preflight.has_room_for_journal(self._parts.layout.root)

    # -- changing --------------------------------------------------------------------------------------------------

    def _run(self, goal: Goal, *, check: bool, command: str) -> Outcome:
        already = goal.before is not None and goal.before.release.number == goal.release.number
        if not check:
            self._tidy(goal.seen)
        if already and not goal.steps:
            return self._outcome(Result.UNCHANGED, goal.release, changed=False, note=goal.resolved.note)
        self._preflight(goal)
        if check:
            return self._outcome(Result.PLANNED, goal.release, changed=True, steps=goal.steps, note=goal.resolved.note)
        self._parts.stop.listen()
        journal = Journal(self._parts.layout.journal)
        try:
            image = self._take_up(goal)
            return self._walk(goal, image, RunStory(journal, goal.token, self._parts.progress), command)
        finally:
            journal.close()

    def _take_up(self, goal: Goal) -> str:
        """Put the release on file and its image on the host; what Docker knows the image by."""
        parts = self._parts
        entries = parts.store.all()
        known = [entry for entry in entries if entry.release.number == goal.release.number]
        for entry in entries:  # what a run that was cut short began and this one doesn't go on with
            if entry.fate is Fate.STARTED and entry not in known:
                parts.store.mark(entry.release.number, Fate.REVERTED)
        same_image = [
            e for e in entries if e.release.digest == goal.release.digest and e.release.image == goal.release.image
        ]
        pulled = goal.resolved.local is None or any(entry.pulled for entry in same_image)
        if not known:
            parts.store.save(Entry(goal.release, Fate.STARTED, pulled))
        elif pulled and not known[0].pulled:
            parts.store.save(replace(known[0], pulled=True))
        try:
            return self._image_here(goal)
        except LongshoreError:
            if not known:
                parts.store.remove(goal.release.number)
            raise

    def _image_here(self, goal: Goal) -> str:
        if goal.resolved.local:
            return goal.resolved.local.id
        images, reference, digest = self._parts.images, goal.reference, goal.resolved.digest
        began = time.monotonic()
        images.pull(reference.name, digest)
        local = images.find(reference.by_digest(digest))
        if local is None:
            seen = f"{reference.by_digest(digest)} is not here after its pull"
            raise RefusedError("release: image could not be pulled", seen, "read `journalctl --unit docker`")
        if reference.tag:
            images.tag(local.id, reference.name, reference.tag)
        self._parts.progress.say(f"{reference} pulled in {time.monotonic() - began:.1f} s")
        return local.id

    def _walk(self, goal: Goal, image: str, story: RunStory, command: str) -> Outcome:
        parts = self._parts
        executor = Executor(parts.host, story, parts.progress, parts.stop, parts.barrier)
        before = goal.before.release.number if goal.before else None
        try:
            story.begin(command, parts.operator, goal.release.number, before, goal.steps)
            executor.walk(goal.steps, goal.release, image)
        except OSError as error:
            unwritten = StepError("journal: cannot be written", str(error), "see the disk and its mounts")
            return self._go_back(goal, executor, story, unwritten)
        except LongshoreError as error:
            return self._go_back(goal, executor, story, error)
        parts.store.mark(goal.release.number, Fate.RELEASED, utc_now())
        parts.store.make_current(goal.release.number)
        self._tidy(self._world())
        self._forget_old(goal.release.number)
        outcome = self._outcome(goal.result, goal.release, changed=True, steps=goal.steps, note=goal.resolved.note)
        story.end(outcome.result, outcome.seconds, None)
        return outcome

    def _go_back(self, goal: Goal, executor: Executor, story: RunStory, reason: LongshoreError) -> Outcome:
        """Plan from here to what served before, and walk that."""
        parts = self._parts
        parts.stop.forget()
        parts.progress.say(f"going back: {reason.problem} ({reason.seen})")
        story.going_back(reason.to_json())
        before = goal.before.release if goal.before else None
        repairing = before is not None and before.number == goal.release.number
        result = Result.FAILED if repairing else Result.REVERTED
        try:
            seen = self._world()
            token = _fresh_token(seen)
            steps = abandon(seen, goal.token) if repairing else plan(seen, before, token, parts.settings.slots)
            executor.walk(steps, before, self._image_of(before))
            if not repairing:
                parts.store.mark(goal.release.number, Fate.REVERTED)
            self._tidy(self._world())
        except (LongshoreError, OSError) as failure:
            result = Result.FAILED
            also = f"{failure.problem}: {failure.seen}" if isinstance(failure, LongshoreError) else str(failure)
            reason.seen = f"{reason.seen}; then going back failed: {also}"
        outcome = self._outcome(result, before, changed=True, steps=goal.steps, error=reason)
        story.end(outcome.result, outcome.seconds, reason.to_json())
        return outcome

    def _image_of(self, release: Release | None) -> str:
        if release is None:
            return ""
        reference = Reference.parse(release.image)
        local = self._parts.images.find(reference.by_digest(release.digest)) or self._parts.images.find(release.digest)
        return local.id if local else reference.by_digest(release.digest)

    # -- afterwards ------------------------------------------------------------------------------------------------

    def _world(self) -> World:
        host = self._parts.host
        return world.read(host.containers, host.slots, host.probe)

    def _tidy(self, seen: World) -> None:
        """Remove what killed runs left half made: the lock is ours, so nobody is making anything."""
        for replica in self._parts.host.sockets.tidy(seen.replicas):
            self._parts.progress.say(f"removed the left-over socket directory of {replica}")
        self._parts.host.slots.tidy()
        self._parts.store.tidy()

    def _forget_old(self, current: int) -> None:
        """Keep `retention` releases; of the rest remove the files, and the images that this engine pulled."""
        parts = self._parts
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
                parts.images.remove(reference.by_digest(release.digest))
                parts.progress.say(f"removed the image of release {release.number} ({release.image})")
            parts.store.remove(release.number)

    def _outcome(  # noqa: PLR0913  (an outcome has that many sides)
        self,
        result: Result,
        release: Release | None,
        *,
        changed: bool,
        steps: list[Step] | None = None,
        error: LongshoreError | None = None,
        note: str = "",
    ) -> Outcome:
        return Outcome(
            result=result,
            changed=changed,
            release=release.number if release else None,
            image=release.image if release else None,
            digest=release.digest if release else None,
            steps=steps or [],
            seconds=time.monotonic() - self._began,
            error=error,
            note=note,
        )


def _fresh_token(seen: World) -> str:
    """Four hexadecimal digits that no name on this host ends with yet."""
    used = {name[-4:] for name in [*seen.replicas, *seen.slots.values()]}
    while (token := secrets.token_hex(2)) in used:
        pass
    return token
