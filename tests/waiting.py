"""Waiting for a condition instead of for a time."""

import time
from collections.abc import Callable

# For what never comes; how fast it comes is nothing that a test judges.
LIMIT_SECONDS = 120.0


def until(condition: Callable[[], object], seconds: float = LIMIT_SECONDS) -> None:
    """Wait until `condition` holds, and fail if it never does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
