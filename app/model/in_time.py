"""An iterator that is left behind when its time is up, wherever it is stuck: in a name's look-up, in a slow drip.

An HTTP client's time-outs are for each read, so one byte now and then lasts for ever. Here a thread reads, and whoever
wants what it reads waits no longer than it may; a thread that was left behind ends at its next read.
"""

import queue
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Generic, TypeVar

# How soon a wait notices that nobody wants its end any more.
LOOK_SECONDS = 0.25
# Pieces read ahead of whoever takes them.
_AHEAD = 64

T = TypeVar("T")


class _End:
    """The iterator's end, and the error that it ended with, if any."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Reader(Generic[T]):
    """A thread that reads ahead of whoever takes the pieces, until it is left."""

    def __init__(self, source: Callable[[], Generator[T, None, None]]) -> None:
        self.pieces: queue.Queue[T | _End] = queue.Queue(_AHEAD)
        self.left = threading.Event()
        self._source = source
        threading.Thread(target=self._read, name="model", daemon=True).start()

    def _read(self) -> None:
        try:
            with closing(self._source()) as opened:
                for piece in opened:
                    if not self._put(piece):
                        return
        except BaseException as error:  # noqa: BLE001 (raised again where it is awaited)
            self._put(_End(error))
        else:
            self._put(_End())

    def _put(self, piece: T | _End) -> bool:
        while not self.left.is_set():
            try:
                self.pieces.put(piece, timeout=LOOK_SECONDS)
            except queue.Full:
                continue
            return True
        return False


def in_time(
    source: Callable[[], Generator[T, None, None]], until: float, alive: Callable[[], None]
) -> Generator[T, None, None]:
    """What `source` yields, until the monotonic time `until`; then TimeoutError.

    `alive` is called while waiting, and raises what is to end it before.
    """
    reader = _Reader(source)
    try:
        while True:
            piece = _next(reader.pieces, until, alive)
            if not isinstance(piece, _End):
                yield piece
            elif piece.error is None:
                return
            else:
                raise piece.error
    finally:
        reader.left.set()


def _next(pieces: queue.Queue[T | _End], until: float, alive: Callable[[], None]) -> T | _End:
    while True:
        alive()
        seconds = until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        try:
            return pieces.get(timeout=min(seconds, LOOK_SECONDS))
        except queue.Empty:
            continue
