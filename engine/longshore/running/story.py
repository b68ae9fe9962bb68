"""What a run tells the journal: that it began and why, each group of steps before and after, and how it ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..clock import utc_now

if TYPE_CHECKING:
    from ..planning.steps import Step
    from .journal import Journal
    from .progress import Progress


class RunStory:
    """One run's records. `token` ties them together."""

    def __init__(self, journal: Journal, token: str, progress: Progress) -> None:
        self._journal = journal
        self._token = token
        self._progress = progress
        self._must_write = True

    def begin(self, what: str, operator: str, release: int, before: int | None, steps: list[Step]) -> None:
        """The run has been judged possible and starts now."""
        plan = [step.to_json() for step in steps]
        self._write("begin", {"what": what, "operator": operator, "release": release, "from": before, "plan": plan})

    def intend(self, steps: list[Step]) -> None:
        """These steps are about to be done."""
        self._write("intend", {"steps": [step.to_json() for step in steps]})

    def done(self, steps: list[Step], results: list[str]) -> None:
        """These steps were done, and what came of each."""
        pairs = [f"{step.kind}: {result}" for step, result in zip(steps, results, strict=True)]
        self._write("done", {"results": pairs})

    def going_back(self, error: dict[str, object]) -> None:
        """A step failed. From here on a journal that can't be written is told, not obeyed: serving matters more."""
        self._must_write = False
        self._write("going back", {"error": error})

    def end(self, outcome: str, seconds: float, error: dict[str, object] | None) -> None:
        """The run is over. The host is as it should be, so a journal that can't be written no longer matters."""
        self._must_write = False
        self._write("end", {"outcome": outcome, "seconds": round(seconds, 1), "error": error})

    def _write(self, event: str, record: dict[str, Any]) -> None:
        try:
            self._journal.append({"time": utc_now(), "run": self._token, "event": event, **record})
        except OSError as error:
            if self._must_write:
                raise
            self._progress.say(f"the journal could not be written: {error}")
