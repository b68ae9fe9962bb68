"""Following what may fall silent: a limit on silence, and an ear for a request to stop.

For a library that reads without a limit of its own. The source is read by a thread that nobody waits for, so neither it
nor the end of the process is held up by a read that never returns.
"""

from __future__ import annotations

import queue
import threading
import time
from typing import TYPE_CHECKING, TypeVar

from ..errors import asked_to_stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ..running.interrupt import StopRequest

LOOK = 0.1  # seconds between two looks at a request to stop

Item = TypeVar("Item")


class SilenceError(Exception):
    """Nothing came for too long."""


class _End:
    """What comes after the last item: that there is none, or why."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error


def followed(source: Callable[[], Iterable[Item]], silence: float, stop: StopRequest) -> Iterator[Item]:
    """A source's items as they come. Raises SilenceError after `silence` seconds, AbandonedError, and its own."""
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
    except Exception as raised:  # noqa: BLE001  (it is raised where it is waited for)
        error = raised
    arrived.put(_End(error))


def _next(arrived: queue.SimpleQueue[Item | _End], silence: float, stop: StopRequest) -> Item | _End:
    until = time.monotonic() + silence
    while not stop.asked():
        try:
            return arrived.get(timeout=LOOK)
        except queue.Empty:
            if time.monotonic() >= until:
                raise SilenceError from None
    raise asked_to_stop(stop.by)
