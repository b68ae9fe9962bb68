"""A stop at an exact point, for crash tests only: they kill the engine there rather than after a sleep.

`LONGSHORE_TEST_BARRIER=before:7` (or `after:7`) makes a run say so and wait for ever before (after) its 7th step, steps
of going back included; `tell` comes before the wait. Unset, which is always so outside tests, nothing happens here.
"""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

VARIABLE = "LONGSHORE_TEST_BARRIER"


class Barrier:
    """Counts steps and waits at the named one."""

    def __init__(self, point: str, tell: Callable[[str], None]) -> None:
        self._point = point
        self._tell = tell
        self._step = 0

    @classmethod
    def from_environment(cls, tell: Callable[[str], None]) -> Barrier:
        """The barrier this process was started with."""
        return cls(os.environ.get(VARIABLE, ""), tell)

    @property
    def armed(self) -> bool:
        """Whether steps must come one by one, so that a point between two of them exists."""
        return bool(self._point)

    def before(self) -> None:
        """A step begins."""
        self._step += 1
        self._stop_at(f"before:{self._step}")

    def after(self) -> None:
        """A step is done and not yet recorded."""
        self._stop_at(f"after:{self._step}")

    def _stop_at(self, point: str) -> None:
        if point == self._point:
            self._tell(f"barrier {point}")
            while True:
                signal.pause()
