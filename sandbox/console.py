"""What a person reads while the sandbox works: plain lines, and phases with their times."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(line: str = "") -> None:
    """One line to standard output, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


@contextmanager
def phase(what: str) -> Iterator[None]:
    """Announce a phase, and say how long it took when it is done."""
    say(f"==> {what}")
    started = time.monotonic()
    yield
    say(f"    {what}: {time.monotonic() - started:.1f} s")
