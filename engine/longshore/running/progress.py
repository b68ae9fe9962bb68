"""Progress for people: one line per event on stderr.

A reader that goes away (a lost SSH connection) must not end a release: nothing more is written to a closed stream.
"""

from __future__ import annotations

import sys
import threading
from typing import Protocol, TextIO


class Progress(Protocol):
    """Where events are reported."""

    def say(self, line: str) -> None:
        """Report one event in a line."""


class Stream:
    """Lines on a stream that may close at any time."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream: TextIO | None = sys.stderr if stream is None else stream
        self._turn = threading.Lock()

    def say(self, line: str) -> None:
        with self._turn:
            if self._stream is None:
                return
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (OSError, ValueError):  # closed by the reader, or by us
                self._stream = None
