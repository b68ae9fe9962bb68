"""The supervisor: starts the sandbox's processes, records when one ends, and stops them all on request.

Run as `python -m sandbox.processes PLAN` by `python -m sandbox up`, from which it inherits the machine-wide lock: the
lock is held exactly as long as the sandbox lives. It writes `processes.json`: its own number, since when, and for each
process its number or how it ended.

A dead process isn't started again by itself: moto's account died with it, and an operator who isn't told would wonder
where the hosts went. SIGHUP starts what is dead, SIGTERM ends everything. When the supervisor is killed, the kernel
ends its children.
"""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from sandbox import settings, state

PR_SET_PDEATHSIG = 1  # prctl(2)
GRACE_SECONDS = 5
_libc = ctypes.CDLL(None)


@dataclass(frozen=True)
class Status:
    """One process as `processes.json` has it."""

    pid: int | None
    since: str
    # None while it runs; negative for a signal, as in subprocess.
    ended_with: int | None = None


class Supervisor:
    """The processes of one sandbox: name -> command, in the order in which they start."""

    def __init__(self, commands: Mapping[str, Sequence[str]], current: settings.Settings) -> None:
        self._commands = commands
        self._settings = current
        self._started = now()
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._statuses: dict[str, Status] = {}

    def run(self) -> None:
        """Until SIGTERM."""
        watched = {signal.SIGCHLD, signal.SIGHUP, signal.SIGTERM, signal.SIGINT}
        # Blocked, so that none is lost between two waits; children unblock them.
        signal.pthread_sigmask(signal.SIG_BLOCK, watched)
        self._start_dead()
        while True:
            match signal.sigwait(watched):
                case signal.SIGCHLD:
                    self._reap()
                case signal.SIGHUP:
                    self._start_dead()
                case _:
                    break
        self._end()

    def _start_dead(self) -> None:
        self._settings.logs.mkdir(parents=True, exist_ok=True)
        for name, command in self._commands.items():
            if name in self._children:
                continue
            with (self._settings.logs / f"{name}.log").open("ab") as log:
                self._children[name] = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    preexec_fn=_bind_to_parent,  # noqa: PLW1509 - this process has one thread
                )
            self._statuses[name] = Status(self._children[name].pid, now())
        self._publish()

    def _reap(self) -> None:
        for name, child in list(self._children.items()):
            if (code := child.poll()) is not None:
                del self._children[name]
                self._statuses[name] = Status(None, now(), code)
        self._publish()

    def _end(self) -> None:
        for child in self._children.values():
            child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in self._children.values():
            try:
                child.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        state.forget(self._settings.state)

    def _publish(self) -> None:
        report = {name: asdict(status) for name, status in self._statuses.items()}
        content = {"supervisor": os.getpid(), "since": self._started, "processes": report}
        state.write(self._settings.state / "processes.json", content)


def _bind_to_parent() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, set())
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def now() -> str:
    """The time as an operator reads it."""
    return datetime.now(UTC).astimezone().isoformat(timespec="seconds")


def python(module: str, *arguments: str) -> list[str]:
    """The command that runs a module of the sandbox as a process."""
    return [sys.executable, "-m", module, *arguments]


if __name__ == "__main__":
    Supervisor(state.read(Path(sys.argv[1])), settings.load()).run()
