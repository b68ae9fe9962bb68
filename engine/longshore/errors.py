"""The errors of the engine. Each says what is wrong, what was found and how to fix it.

An operator reads three lines:

    release: image architecture does not fit the host
      found: docker.io/acme/agents:1.4.0 is linux/amd64, host is linux/arm64
      fix: build with `docker buildx build --platform linux/arm64,linux/amd64`, or deploy another image
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum


class ExitCode(IntEnum):
    """What the `longshore` command's exit status means."""

    DONE = 0
    REFUSED = 1
    USAGE = 2
    REVERTED = 3
    FAILED = 4
    LOCKED = 5


@dataclass
class LongshoreError(Exception):
    """A problem an operator can act on. `exit_code` and `log` belong to a container, when one is to blame."""

    problem: str
    found: str
    fix: str
    exit_code: int | None = None
    log: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.problem}\n  found: {self.found}\n  fix: {self.fix}"

    def to_json(self) -> dict[str, object]:
        """The shape of `error` in every `--json` answer."""
        answer: dict[str, object] = {"problem": self.problem, "found": self.found, "fix": self.fix}
        if self.exit_code is not None:
            answer["exit_code"] = self.exit_code
        if self.log:
            answer["log"] = self.log
        return answer


class RefusedError(LongshoreError):
    """Refused before anything was changed."""


class LockedError(LongshoreError):
    """Another run holds the lock."""


class StepError(LongshoreError):
    """A step of a plan failed: the run reverts."""


class AbandonedError(StepError):
    """A step was abandoned because the run was asked to stop, or because another step failed."""


def stop_requested(by: str) -> AbandonedError:
    """The error of a step that ends early. `by` is a signal's name, or says that another step failed."""
    return AbandonedError("release: stopped before it was complete", by, "run the same command again when you want it")


def system_error(error: OSError) -> StepError:
    """An error of the operating system, such as a full disk, in three lines."""
    return StepError(
        "engine: could not read or write a file", str(error), "check the disk and its mounts: `df`, `df -i`"
    )
