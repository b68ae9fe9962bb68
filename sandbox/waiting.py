"""Waiting for a condition, with a limit and a reason."""

import time
from collections.abc import Callable


def wait_until(
    condition: Callable[[], bool], *, seconds: float, what: str, give_up: Callable[[], bool] = lambda: False
) -> None:
    """Return as soon as condition() holds.

    Raises TimeoutError, naming what was waited for, after the given seconds or as soon as give_up() holds.
    """
    deadline = time.monotonic() + seconds
    while not condition():
        if give_up():
            raise TimeoutError(f"gave up waiting for {what}")
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}")
        time.sleep(0.05)
