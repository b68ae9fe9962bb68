"""Reads a stream with a limit on the time between two items, until it ends or the run is asked to stop.

For a library that reads without a time limit of its own. A daemon thread does the reading, so a read that never returns
blocks neither the caller nor the end of the process.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from ..errors import stop_requested

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from .interrupt import StopRequest

POLL = 0.1  # seconds between two checks for a request to stop

Item = TypeVar("Item")


class StalledError(Exception):
    """Nothing arrived within the limit."""


class _End:
    """Marks the end of the stream, and the error that ended it, if any."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error


def read_stream(source: Callable[[], Iterable[Item]], silence: float, stop: StopRequest) -> Iterator[Item]:
    """Yield items as they arrive. Raises StalledError after `silence` seconds, AbandonedError, and the source's own."""
    arrived: queue.SimpleQueue[Item | _End] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(source, arrived), daemon=True).start()
    while True:
        item = _next(arrived, silence, stop)
        if not isinstance(item, _End):
            yield item
        elif item.error:
            raise item.error
        else:
            return


def _read(source: Callable[[], Iterable[Item]], arrived: queue.SimpleQueue[Item | _End]) -> None:
    error = None
    try:
        for item in source():
            arrived.put(item)
    except Exception as raised:  # noqa: BLE001  (read_stream raises it)
        error = raised
    arrived.put(_End(error))


def _next(arrived: queue.SimpleQueue[Item | _End], silence: float, stop: StopRequest) -> Item | _End:
    until = time.monotonic() + silence
    while not stop.asked():
        try:
            return arrived.get(timeout=POLL)
        except queue.Empty:
            if time.monotonic() >= until:
                raise StalledError from None
    raise stop_requested(stop.by)
