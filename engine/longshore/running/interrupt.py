"""Signals during a release: a request to stop is heard between steps, a lost terminal is not heard at all."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


class StopRequest:
    """Set by SIGTERM or SIGINT. The run then finishes its step and goes back."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._deaf = False
        self.by = ""

    def listen(self) -> None:
        """Begin to hear signals. SIGHUP, which a dying SSH connection sends, is ignored from here on."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def asked(self) -> bool:
        """Whether the run was asked to stop."""
        return self._asked.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, but not longer than until asked."""
        self._asked.wait(seconds)

    def forget(self) -> None:
        """Going back has begun: nothing interrupts it, however often it is asked."""
        self._deaf = True
        self._asked.clear()

    def ask(self, by: str) -> None:
        """Ask the run to stop."""
        if not self._deaf:
            self.by = by
            self._asked.set()

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        self.ask(signal.Signals(number).name)
