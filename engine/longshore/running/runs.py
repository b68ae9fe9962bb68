"""Runs: what `deploy` and `rollback` do, from the lock to the outcome.

A run reads the world, plans, checks that the plan is possible, and only then changes anything. When a step fails, it
plans the way back and does that. Each effect is behind an interface of `Parts`.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from ..clock import utc_now
from ..errors import LongshoreError, RefusedError, system_error
from ..host import world
from ..planning.planner import abandon, plan, trust_serving_replicas
from ..planning.reference import Reference
from .executor import Executor
from .journal import Journal, RunJournal
from .judging import Judge, fresh_token
from .lock import Lock, wait_until_free
from .outcome import Outcome, Result
from .releases import Entry, Fate, surplus

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager

    from ..planning.model import Release, Service, World
    from ..planning.steps import Step
    from .judging import Goal
    from .parts import Parts


class Runs:
    """The runs of one host."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._judge = Judge(parts)
        self._began = time.monotonic()

    def deploy(
        self, image: Reference, services: Mapping[str, Service] | None, *, check: bool, wait: float, command: str
    ) -> Outcome:
        """Release an image with these services, or with those that serve now. Raises RefusedError, LockedError."""
        with self._exclusive(check=check, wait=wait, command=command):
            return self._run(self._judge.deploy(image, services), check=check, command=command)

    def rollback(self, number: int | None, *, check: bool, wait: float, command: str) -> Outcome:
        """Go back to the release before this one, or to a retained one. Raises RefusedError, LockedError."""
        with self._exclusive(check=check, wait=wait, command=command):
            return self._run(self._judge.rollback(number), check=check, command=command)

    def _exclusive(self, *, check: bool, wait: float, command: str) -> AbstractContextManager[object]:
        if check:
            wait_until_free(self._parts.layout.lock, wait)
            return nullcontext()
        self._parts.layout.make()
        return Lock(self._parts.layout.lock, self._parts.operator, command, wait)

    def _run(self, goal: Goal, *, check: bool, command: str) -> Outcome:
        already = goal.before is not None and goal.before.release.number == goal.release.number
        if not check:
            self._remove_leftovers(goal.found)
        if already and not goal.steps:
            if not check:  # an earlier run may have been interrupted before its first change, or after its last one
                self._parts.store.mark_unfinished_reverted()
            return self._outcome(Result.UNCHANGED, goal.release, changed=False, note=goal.resolved.note)
        self._judge.preflight(goal)
        if check:
            return self._outcome(Result.PLANNED, goal.release, changed=True, steps=goal.steps, note=goal.resolved.note)
        self._parts.stop.listen()
        journal = Journal(self._parts.layout.journal)
        try:
            image = self._prepare(goal)
            return self._walk(goal, image, RunJournal(journal, goal.token, self._parts.progress), command)
        finally:
            journal.close()

    def _prepare(self, goal: Goal) -> str:
        """Write the release's file and pull its image; returns Docker's name for the image."""
        parts = self._parts
        entries = parts.store.all()
        known = [entry for entry in entries if entry.release.number == goal.release.number]
        same_image = [
            e for e in entries if e.release.digest == goal.release.digest and e.release.image == goal.release.image
        ]
        pulled = goal.resolved.local is None or any(entry.pulled for entry in same_image)
        try:
            if not known:
                parts.store.save(Entry(goal.release, Fate.STARTED, pulled))
            elif pulled and not known[0].pulled:
                parts.store.save(replace(known[0], pulled=True))
            return self._image_here(goal)
        except (LongshoreError, OSError):
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
            found = f"{reference.by_digest(digest)} is missing after its pull"
            raise RefusedError("release: image could not be pulled", found, "read `journalctl --unit docker`")
        if reference.tag:
            images.tag(local.id, reference.name, reference.tag)
        self._parts.progress.say(f"{reference} pulled in {time.monotonic() - began:.1f} s")
        return local.id

    def _walk(self, goal: Goal, image: str, record: RunJournal, command: str) -> Outcome:
        parts = self._parts
        executor = Executor(parts.host, record, parts.progress, parts.stop, parts.barrier)
        before = goal.before.release.number if goal.before else None
        try:
            record.begin(command, parts.operator, goal.release.number, before, goal.steps)
            executor.walk(goal.steps, goal.release, image)
            parts.store.make_current(goal.release.number)
        except OSError as error:
            return self._revert(goal, executor, record, system_error(error))
        except LongshoreError as error:
            return self._revert(goal, executor, record, error)
        with self._best_effort():
            parts.store.mark(goal.release.number, Fate.RELEASED, utc_now())
            parts.store.mark_unfinished_reverted()
            self._remove_leftovers(self._world())
            self._apply_retention(goal.release.number)
        outcome = self._outcome(goal.result, goal.release, changed=True, steps=goal.steps, note=goal.resolved.note)
        record.end(outcome.result, outcome.seconds, None)
        return outcome

    def _revert(self, goal: Goal, executor: Executor, record: RunJournal, reason: LongshoreError) -> Outcome:
        """Plan from here back to what served before, and do that; if it fails, at least remove what was started."""
        parts = self._parts
        parts.stop.ignore()
        parts.progress.say(f"reverting: {reason.problem} ({reason.found})")
        record.reverting(reason.to_json())
        before = goal.before.release if goal.before else None
        repairing = before is not None and before.number == goal.release.number
        result = Result.FAILED if repairing else Result.REVERTED
        tokens = [goal.token]
        try:
            found = self._world()
            tokens.append(fresh_token(found))
            served = trust_serving_replicas(found, before)
            back = plan(served, before, tokens[-1], parts.settings.slots)
            executor.walk(abandon(found, goal.token) if repairing else back, before, self._image_of(before))
            parts.store.make_current(before.number if before else None)
        except (LongshoreError, OSError) as failure:
            result = Result.FAILED
            reason.found = f"{reason.found}; then the revert failed: {_in_a_line(failure)}"
            with self._best_effort():
                executor.walk(abandon(self._world(), *tokens), before, "")
        else:
            with self._best_effort():
                parts.store.mark_unfinished_reverted()
                self._remove_leftovers(self._world())
                self._apply_retention(before.number if before else 0)
        outcome = self._outcome(result, before, changed=True, steps=goal.steps, error=reason)
        record.end(outcome.result, outcome.seconds, reason.to_json())
        return outcome

    @contextmanager
    def _best_effort(self) -> Iterator[None]:
        """For what is left to do when the outcome stands: failures are reported, and the next run does the rest."""
        try:
            yield
        except (LongshoreError, OSError) as error:
            self._parts.progress.say(f"the next run has to clean up: {_in_a_line(error)}")

    def _remove_leftovers(self, found: World) -> None:
        """Remove what killed runs left behind: we hold the lock, so no other run is creating anything."""
        parts = self._parts
        for replica in parts.host.sockets.remove_unknown(found.replicas):
            parts.progress.say(f"removed the left-over socket directory of {replica}")
        parts.host.slots.remove_unfinished()
        parts.store.repair()

    def _apply_retention(self, current: int) -> None:
        """Keep `retention` releases; of the others remove the files, and the images that this engine pulled."""
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
                if parts.images.remove(reference.by_digest(release.digest)):
                    parts.progress.say(f"removed the image of release {release.number} ({release.image})")
            parts.store.remove(release.number)

    def _image_of(self, release: Release | None) -> str:
        if release is None:
            return ""
        reference = Reference.parse(release.image)
        local = self._parts.images.find(reference.by_digest(release.digest)) or self._parts.images.find(release.digest)
        return local.id if local else reference.by_digest(release.digest)

    def _world(self) -> World:
        host = self._parts.host
        return world.read(host.containers, host.slots, host.probe)

    def _outcome(  # noqa: PLR0913  (an outcome has that many fields)
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


def _in_a_line(error: LongshoreError | OSError) -> str:
    return f"{error.problem}: {error.found}" if isinstance(error, LongshoreError) else str(error)
