"""Steps that may take any time or memory, done in a process with limits on both.

One process is kept warm between steps, since starting it takes half a second, and it ends by itself when idle.
"""

import json
import os
import select
import subprocess
import sys
import threading
import time
from pathlib import Path

from app.agents.messages import Outcome, Step
from app.language.errors import ImpossibleError

# The wall clock's limit, for a machine with much else to do; the processor's is in the worker, and far lower.
STEP_SECONDS = 15.0
START_SECONDS = 12.0
_ROOT = Path(__file__).parents[2]
_TOO_MUCH = "this takes more time or memory than one question may use"


class BusyError(Exception):
    """Other steps hold the process; this one may be asked again."""


class LimitedProcess:
    """The process, started when it is first needed; one step at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._started = False

    def solve(self, step: Step) -> Outcome:
        """The outcome; ImpossibleError where there is none within the limits, ValueError for a senseless step."""
        if not self._lock.acquire(timeout=STEP_SECONDS):
            raise BusyError
        try:
            return self._solve(step)
        finally:
            self._lock.release()

    def stop(self) -> int:
        """End the process, if there is one; its exit code, which is 0 when it had ended itself for lack of work."""
        if self._process is None:
            return 0
        process, self._process = self._process, None
        if process.poll() is None:
            process.kill()
        process.communicate()
        return process.returncode

    def _solve(self, step: Step) -> Outcome:
        request = json.dumps(step.json()).encode() + b"\n"
        for _ in range(2):
            answer = self._exchange(request)
            if answer.endswith(b"\n"):
                return _outcome(json.loads(answer))
            # It may have ended for lack of work just when the step came; then a new one does it.
            if self.stop() != 0:
                break
        raise ImpossibleError(_TOO_MUCH)

    def _exchange(self, request: bytes) -> bytes:
        process = self._running()
        if process.stdin is None or process.stdout is None:
            return b""
        if not self._started:
            # Its first line says that it has started. One that is late is waited for again by the next step: were it
            # sent a step at once, that line would be taken for the answer.
            self._started = _line(process.stdout.fileno(), START_SECONDS).endswith(b"\n")
            if not self._started and process.poll() is None:
                raise BusyError
        try:
            process.stdin.write(request)
            process.stdin.flush()
        except OSError:
            return b""
        return _line(process.stdout.fileno(), STEP_SECONDS)

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.stop()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app.agents.limited_worker"],
                cwd=_ROOT,
                env={"PATH": os.environ.get("PATH", ""), "PYTHONDONTWRITEBYTECODE": "1", "MALLOC_ARENA_MAX": "2"},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            self._started = False
        return self._process


def _line(descriptor: int, seconds: float) -> bytes:
    """A line of a process's output, or as much of it as came in the time."""
    line = b""
    end = time.monotonic() + seconds
    while not line.endswith(b"\n"):
        readable, _, _ = select.select([descriptor], [], [], max(0.0, end - time.monotonic()))
        chunk = os.read(descriptor, 65536) if readable else b""
        if not chunk:
            break
        line += chunk
    return line


def _outcome(answer: dict[str, str]) -> Outcome:
    if "impossible" in answer:
        raise ImpossibleError(answer["impossible"])
    if "senseless" in answer:
        raise ValueError(answer["senseless"])
    return Outcome.parse(answer)


limited = LimitedProcess()
