"""What the engine needs of a container runtime: replicas as containers, and images. The real one is Docker.

These interfaces are all that the rest of the engine knows of Docker, so its tests need neither Docker nor a mock.
"""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..planning.image import LocalImage
    from ..planning.model import Service
    from ..planning.replica import Replica, State


@dataclass(frozen=True, slots=True)
class Condition:
    """A container's state now. `pid` is 0 unless it runs."""

    state: State
    pid: int = 0
    exit_code: int = 0
    out_of_memory: bool = False
    error: str = ""


class Containers(Protocol):
    """Replicas as containers. Every method raises StepError when the runtime refuses."""

    def replicas(self) -> list[Replica]:
        """All replicas of this engine, running or not. None of them counts as ready before a probe."""

    def start(self, replica: Replica, service: Service, image: str, environment: Mapping[str, str]) -> None:
        """Create and start a replica that isn't restarted when it exits, so that a failing start is noticed.

        `image` is the runtime's own name for the image.
        """

    def condition(self, replica: str) -> Condition:
        """Its state now."""

    def keep_running(self, replica: str) -> None:
        """From now on restart it when it exits, and after a reboot."""

    def stop(self, replica: str, within: int) -> bool:
        """Terminate it, and kill it after `within` seconds. Returns whether it had to be killed."""

    def remove(self, replica: str) -> None:
        """Remove it, if it exists."""

    def logs(self, replica: str, lines: int) -> list[str]:
        """Its last log lines."""


class Images(Protocol):
    """Images on this host."""

    def find(self, reference: str) -> LocalImage | None:
        """The image by tag, digest or id."""

    def pull(self, name: str, digest: str) -> None:
        """Fetch `name@digest`. Raises RefusedError."""

    def tag(self, image: str, name: str, tag: str) -> None:
        """Give an image a name."""

    def remove(self, reference: str) -> bool:
        """Remove a name of an image, and with its last name the image. Returns False while something uses it."""


# docker run(1), EXIT STATUS: 125 to 127 are Docker's and the shell's own
_KNOWN = {
    0: "it exited without an error: its command doesn't stay in the foreground",
    125: "Docker could not start it",
    126: "its command is not executable",
    127: "its command was not found in the image",
    137: "it was killed (SIGKILL), most likely because it needed more memory than its limit",
}


def explain_exit(code: int, *, out_of_memory: bool = False, memory_mb: int = 0) -> str:
    """Explain an exit code. `out_of_memory` is the kernel's report, where Docker passes it on."""
    limit = f" of {memory_mb} MiB" if memory_mb else ""
    if out_of_memory:
        return f"exit code {code}: it was killed for going over its memory limit{limit}"
    if code == 137 and limit:
        return f"exit code 137: {_KNOWN[137]}{limit}"
    if code in _KNOWN:
        return f"exit code {code}: {_KNOWN[code]}"
    if code > 128 and code - 128 in {item.value for item in signal.Signals}:
        return f"exit code {code}: it was terminated by {signal.Signals(code - 128).name}"
    return f"exit code {code}"
