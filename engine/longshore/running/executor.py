"""The executor: does a plan's steps on the host.

Consecutive steps of one kind run in parallel (two replicas start in the time of one). Each group is recorded before and
after. The first failure ends the walk with a StepError; to revert is the caller's decision.
"""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from ..errors import AbandonedError, StepError, stop_requested
from ..host.containers import explain_exit
from ..host.drain import Load
from ..host.probe import is_probe_log_line
from ..planning.replica import State, environment
from ..planning.steps import ClearSlots, Drain, StartReplica, Step, StopReplica, SwitchSlots, WaitReady

if TYPE_CHECKING:
    from ..host.containers import Condition, Containers
    from ..host.drain import Connections
    from ..host.interrupt import StopRequest
    from ..host.probe import Probe
    from ..host.slots import Slots
    from ..host.sockets import Sockets
    from ..planning.model import Release
    from .barrier import Barrier
    from .progress import Progress

LOG_LINES = 20  # of a replica that failed
POLL = 0.05  # seconds between two checks of a starting or draining replica; a check takes a few milliseconds
QUIET = 3  # checks in a row without a connection: one that nginx was just opening when the slot moved shows by then


@dataclass(frozen=True, slots=True)
class Host:
    """Every effect that a step can have, each behind its interface."""

    containers: Containers
    slots: Slots
    sockets: Sockets
    probe: Probe
    connections: Connections
    stop_seconds: int


class Record(Protocol):
    """Where steps are recorded. Its methods raise OSError when that fails."""

    def intend(self, steps: list[Step]) -> None:
        """Record steps that are about to be done."""

    def done(self, steps: list[Step], results: list[str]) -> None:
        """Record steps that were done, with the result of each."""


class Executor:
    """Walks plans on one host."""

    def __init__(self, host: Host, record: Record, progress: Progress, stop: StopRequest, barrier: Barrier) -> None:
        self._host = host
        self._record = record
        self._progress = progress
        self._stop = stop
        self._barrier = barrier
        self._failed = threading.Event()

    def walk(self, steps: list[Step], release: Release | None, image: str) -> None:
        """Do all steps in order. `image` is what the container runtime knows the release's image by."""
        self._failed.clear()
        for group in self._groups(steps):
            if self._stop.asked():
                raise self._stop_requested()
            try:
                self._record.intend(group)
                self._barrier.before()
                results = self._in_parallel(group, release, image)
                self._barrier.after()
                self._record.done(group, results)
            except OSError as error:
                raise StepError(
                    "engine: could not perform or record a step",
                    str(error),
                    "check the disk and its mounts: `df`, `df -i`",
                ) from error

    def _groups(self, steps: list[Step]) -> list[list[Step]]:
        if self._barrier.armed:
            return [[step] for step in steps]
        return [list(group) for _, group in itertools.groupby(steps, key=type)]

    def _in_parallel(self, group: list[Step], release: Release | None, image: str) -> list[str]:
        if len(group) == 1:
            return [self._do(group[0], release, image)]
        with ThreadPoolExecutor(max_workers=len(group)) as pool:
            running = [pool.submit(self._do, step, release, image) for step in group]
        failures = [failure for step in running if (failure := step.exception())]
        if failures:  # a step that was abandoned because of another one is never the cause
            raise min(failures, key=lambda failure: isinstance(failure, AbandonedError))
        return [step.result() for step in running]

    def _do(self, step: Step, release: Release | None, image: str) -> str:
        """Do one step, and report its result at once: others of its group may take longer."""
        try:
            result = self._perform(step, release, image)
        except BaseException:
            self._failed.set()
            raise
        self._progress.say(result)
        return result

    def _perform(self, step: Step, release: Release | None, image: str) -> str:
        match step:
            case StartReplica():
                assert release is not None
                return self._start(step, release, image)
            case WaitReady():
                return self._wait_ready(step, release.services[step.service].memory_mb if release else 0)
            case SwitchSlots():
                self._host.slots.point(step.service, step.slots, step.replica)
                return f"{step.service} {step.index}/{step.of} takes traffic"
            case ClearSlots():
                self._host.slots.clear(step.service, step.slots)
                return f"{step.service} takes no traffic any more"
            case Drain():
                return self._drain(step)
            case StopReplica():
                return self._stop_replica(step)
            case _:
                raise NotImplementedError(step.kind)

    def _start(self, step: StartReplica, release: Release, image: str) -> str:
        began = time.monotonic()
        new, wanted = step.new, release.services[step.service]
        self._host.sockets.make(new.id)
        variables = {**wanted.environment, **environment(new, release.image)}
        self._host.containers.start(new, wanted, image, variables)
        return f"{step.service} {new.index}/{step.of} started in {time.monotonic() - began:.1f} s ({new.id})"

    def _wait_ready(self, step: WaitReady, memory_mb: int) -> str:
        began = time.monotonic()
        while True:
            condition = self._host.containers.condition(step.replica)
            if condition.state is not State.RUNNING:
                raise self._ended(step, condition, memory_mb)
            answer = self._host.probe.ask(step.replica, step.path)
            waited = time.monotonic() - began
            if answer.ready:
                self._host.containers.keep_running(step.replica)
                return f"{step.service} {step.index}/{step.of} ready after {waited:.1f} s"
            if waited >= step.within:
                raise StepError(
                    f"release: {step.service} {step.index}/{step.of} was not ready within {step.within} s",
                    f"{step.replica} on {step.path}: {answer.detail}",
                    "read its last log lines; if it only needs longer to start, raise `ready_seconds`",
                    log=self._recent_log(step),
                )
            if self._stop.asked() or self._failed.is_set():
                raise self._stop_requested()
            self._stop.pause(POLL)

    def _ended(self, step: WaitReady, condition: Condition, memory_mb: int) -> StepError:
        reason = explain_exit(condition.exit_code, out_of_memory=condition.out_of_memory, memory_mb=memory_mb)
        memory = condition.out_of_memory or condition.exit_code == 137
        return StepError(
            f"release: {step.service} {step.index}/{step.of} exited before it was ready",
            f"{step.replica}: {reason}",
            "raise the service's `memory_mb`"
            if memory
            else "read its last log lines, fix the image or its environment",
            exit_code=condition.exit_code,
            log=self._recent_log(step),
        )

    def _recent_log(self, step: WaitReady) -> list[str]:
        """Its last log lines, without those that its access log has of our own probes."""
        lines = self._host.containers.logs(step.replica, 20 * LOG_LINES)
        others = [line for line in lines if not is_probe_log_line(line, step.path)]
        return (others or lines)[-LOG_LINES:]

    def _drain(self, step: Drain) -> str:
        began = time.monotonic()
        quiet = 0
        load = Load(0, 0)
        problem = ""
        while quiet < QUIET:
            try:
                pid = self._host.containers.condition(step.replica).pid
                load = self._host.connections.count(step.replica, pid)
                quiet = quiet + 1 if load.total == 0 else 0
            except OSError as error:  # without a count, wait the whole time rather than cut a connection
                problem, quiet = f" ({error.strerror})", 0
            if time.monotonic() - began >= step.within:
                break
            time.sleep(POLL)
        if load.total:
            return f"{step.replica} still had {load.total} connections after {step.within} s, which were cut{problem}"
        return f"{step.replica} drained after {time.monotonic() - began:.1f} s{problem}"

    def _stop_replica(self, step: StopReplica) -> str:
        began = time.monotonic()
        killed = self._host.containers.stop(step.replica, self._host.stop_seconds)
        self._host.containers.remove(step.replica)
        self._host.sockets.remove(step.replica)
        how = f"killed, as it was still running after {self._host.stop_seconds} s" if killed else "stopped"
        return f"{step.replica} {how} ({time.monotonic() - began:.1f} s)"

    def _stop_requested(self) -> AbandonedError:
        return stop_requested(self._stop.by or "another step failed")
