"""A stop at an exact point, for crash tests only: they kill the engine there rather than after a sleep.

`LONGSHORE_TEST_BARRIER=before:7` (or `after:7`) makes a run report that point and then wait for ever before (after) its
7th step, steps of a revert included. Outside tests the variable is never set, and nothing happens here.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "LONGSHORE_TEST_BARRIER"


class Barrier:
    """Counts steps and waits at the point that was named."""

    def __init__(self, point: str, report: Callable[[str], None]) -> None:
        self._point = point
        self._report = report
        self._step = 0

    @classmethod
    def from_environment(cls, report: Callable[[str], None]) -> Barrier:
        """The barrier that this process was started with."""
        return cls(os.environ.get(VARIABLE, ""), report)

    @property
    def armed(self) -> bool:
        """Whether steps must be done one by one, so that there is a point between any two."""
        return bool(self._point)

    def before(self) -> None:
        self._step += 1
        self._stop_at(f"before:{self._step}")

    def after(self) -> None:
        """The step is done, and not recorded yet."""
        self._stop_at(f"after:{self._step}")

    def _stop_at(self, point: str) -> None:
        if point == self._point:
            self._report(f"barrier {point}")
            while True:
                signal.pause()
