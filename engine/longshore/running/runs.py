"""Runs: what `deploy` and `rollback` do, from the lock to the outcome.

A run reads the world, judges (plan and preflight), and only then changes anything; when a step fails it plans the way
back and walks that. Each effect is behind an interface of `Parts`.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from typing import TYPE_CHECKING

from ..clock import utc_now
from ..errors import LongshoreError, RefusedError, system_error
from ..host import world
from ..planning.planner import abandon, as_it_served, plan
from ..planning.reference import Reference
from .executor import Executor
from .journal import Journal
from .judging import Judge, fresh_token
from .lock import Lock, await_free
from .outcome import Outcome, Result
from .releases import Entry, Fate
from .retention import forget_old, tidy
from .story import RunStory

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
        with self._turn(check=check, wait=wait, command=command):
            return self._run(self._judge.deploy(image, services), check=check, command=command)

    def rollback(self, number: int | None, *, check: bool, wait: float, command: str) -> Outcome:
        """Go back to the release before this one, or to a retained one. Raises RefusedError, LockedError."""
        with self._turn(check=check, wait=wait, command=command):
            return self._run(self._judge.rollback(number), check=check, command=command)

    def _turn(self, *, check: bool, wait: float, command: str) -> AbstractContextManager[object]:
        if check:
            await_free(self._parts.layout.lock, wait)
            return nullcontext()
        self._parts.layout.make()
        return Lock(self._parts.layout.lock, self._parts.operator, command, wait)

    def _run(self, goal: Goal, *, check: bool, command: str) -> Outcome:
        already = goal.before is not None and goal.before.release.number == goal.release.number
        if not check:
            tidy(self._parts, goal.found)
        if already and not goal.steps:
            if not check:
                self._parts.store.give_up()  # a run that was cut short before it changed anything, or when it was back
            return self._outcome(Result.UNCHANGED, goal.release, changed=False, note=goal.resolved.note)
        self._judge.preflight(goal)
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
            found = f"{reference.by_digest(digest)} is not here after its pull"
            raise RefusedError("release: image could not be pulled", found, "read `journalctl --unit docker`")
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
            parts.store.make_current(goal.release.number)
        except OSError as error:
            return self._go_back(goal, executor, story, system_error(error))
        except LongshoreError as error:
            return self._go_back(goal, executor, story, error)
        with self._best_effort():
            parts.store.mark(goal.release.number, Fate.RELEASED, utc_now())
            parts.store.give_up()
            tidy(parts, self._world())
            forget_old(parts, goal.release.number)
        outcome = self._outcome(goal.result, goal.release, changed=True, steps=goal.steps, note=goal.resolved.note)
        story.end(outcome.result, outcome.seconds, None)
        return outcome

    def _go_back(self, goal: Goal, executor: Executor, story: RunStory, reason: LongshoreError) -> Outcome:
        """Plan from here to what served before, and walk that; where that fails, at least leave nothing over."""
        parts = self._parts
        parts.stop.forget()
        parts.progress.say(f"going back: {reason.problem} ({reason.found})")
        story.going_back(reason.to_json())
        before = goal.before.release if goal.before else None
        repairing = before is not None and before.number == goal.release.number
        result = Result.FAILED if repairing else Result.REVERTED
        tokens = [goal.token]
        try:
            found = self._world()
            tokens.append(fresh_token(found))
            served = as_it_served(found, before)
            back = plan(served, before, tokens[-1], parts.settings.slots)
            executor.walk(abandon(found, goal.token) if repairing else back, before, self._image_of(before))
            parts.store.make_current(before.number if before else None)
        except (LongshoreError, OSError) as failure:
            result = Result.FAILED
            reason.found = f"{reason.found}; then going back failed: {_in_a_line(failure)}"
            with self._best_effort():
                executor.walk(abandon(self._world(), *tokens), before, "")
        else:
            with self._best_effort():
                parts.store.give_up()
                tidy(parts, self._world())
                forget_old(parts, before.number if before else 0)
        outcome = self._outcome(result, before, changed=True, steps=goal.steps, error=reason)
        story.end(outcome.result, outcome.seconds, reason.to_json())
        return outcome

    @contextmanager
    def _best_effort(self) -> Iterator[None]:
        """What is done when it is decided what serves: a failure changes no outcome, and the next run does the rest."""
        try:
            yield
        except (LongshoreError, OSError) as error:
            self._parts.progress.say(f"the next run has to clean up: {_in_a_line(error)}")

    def _image_of(self, release: Release | None) -> str:
        if release is None:
            return ""
        reference = Reference.parse(release.image)
        local = self._parts.images.find(reference.by_digest(release.digest)) or self._parts.images.find(release.digest)
        return local.id if local else reference.by_digest(release.digest)

    def _world(self) -> World:
        host = self._parts.host
        return world.read(host.containers, host.slots, host.probe)

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


def _in_a_line(error: LongshoreError | OSError) -> str:
    return f"{error.problem}: {error.found}" if isinstance(error, LongshoreError) else str(error)
