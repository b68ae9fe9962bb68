"""Signals during a release: a request to stop takes effect between steps; a lost terminal has no effect."""

from __future__ import annotations

import signal
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType


class StopRequest:
    """Set by SIGTERM or SIGINT. The run then finishes its step and reverts."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._ignoring = False
        self.by = ""

    def listen(self) -> None:
        """Handle signals from here on. SIGHUP, which a lost SSH connection sends, is ignored."""
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def asked(self) -> bool:
        return self._asked.is_set()

    def pause(self, seconds: float) -> None:
        """Wait, at most until asked to stop."""
        self._asked.wait(seconds)

    def ignore(self) -> None:
        """Ignore this request and all later ones: nothing interrupts a revert."""
        self._ignoring = True
        self._asked.clear()

    def ask(self, by: str) -> None:
        if not self._ignoring:
            self.by = by
            self._asked.set()

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self.ask(signal.Signals(number).name)
