"""How a run ended: as the JSON object that `--json` prints, and as text."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ..errors import ExitCode

if TYPE_CHECKING:
    from ..errors import LongshoreError
    from ..planning.steps import Step


class Result(StrEnum):
    """The outcomes. `planned` is what `--check` answers when a run would change something."""

    RELEASED = "released"
    UNCHANGED = "unchanged"
    PLANNED = "planned"
    ROLLED_BACK = "rolled_back"
    REVERTED = "reverted"
    REFUSED = "refused"
    FAILED = "failed"
    LOCKED = "locked"


_EXITS = {
    Result.REVERTED: ExitCode.REVERTED,
    Result.REFUSED: ExitCode.REFUSED,
    Result.FAILED: ExitCode.FAILED,
    Result.LOCKED: ExitCode.LOCKED,
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run's answer. `release`, `image` and `digest` are what serves now (with `planned`: what would)."""

    result: Result
    changed: bool
    release: int | None = None
    image: str | None = None
    digest: str | None = None
    steps: list[Step] = field(default_factory=list)
    seconds: float = 0.0
    error: LongshoreError | None = None
    note: str = ""

    @property
    def exit_code(self) -> ExitCode:
        return _EXITS.get(self.result, ExitCode.DONE)

    def to_json(self) -> dict[str, Any]:
        """The object `--json` prints."""
        return {
            "changed": self.changed,
            "release": self.release,
            "image": self.image,
            "digest": self.digest,
            "outcome": self.result.value,
            "steps": [{**step.to_json(), "text": step.text()} for step in self.steps],
            "seconds": round(self.seconds, 1),
            "error": None if self.error is None else self.error.to_json(),
            "note": self.note,
        }

    def text(self) -> list[str]:
        """The last lines of the command's output."""
        serving = f"release {self.release} ({self.image})" if self.release else "nothing"
        heads = {
            Result.RELEASED: f"released: {serving} in {self.seconds:.1f} s",
            Result.UNCHANGED: f"unchanged: {serving} serves already",
            Result.PLANNED: f"plan for {serving}: {len(self.steps)} steps, nothing was changed",
            Result.ROLLED_BACK: f"rolled back: {serving} in {self.seconds:.1f} s",
            Result.REVERTED: f"reverted: {serving} serves, as before",
            Result.REFUSED: "refused: nothing was changed",
            Result.FAILED: f"FAILED and not reverted: see `longshore status`; {serving} was the last good release",
            Result.LOCKED: "refused: another run is in progress",
        }
        lines = [heads[self.result]]
        if self.result is Result.PLANNED:
            lines += [f"{number:3} {step.text()}" for number, step in enumerate(self.steps, start=1)]
        return lines
