"""How something that may be slow is doing, answered quickly: a thread asks, and what it last heard is told."""

import logging
import threading
import time
from collections.abc import Callable

# What was heard so lately is not asked for again.
FRESH_SECONDS = 1.0
# What is older is not told any more. Only then does anybody wait for news, and so long after they were asked for.
STALE_SECONDS = 3.0
PATIENCE_SECONDS = 0.05
NO_ANSWER = "does not answer"

logger = logging.getLogger(__name__)


class Probe:
    """`ask` returns what is wrong, empty if nothing is; it is called in a thread, at most once at a time."""

    def __init__(self, name: str, ask: Callable[[], str]) -> None:
        self._name = name
        self._ask = ask
        self._heard = threading.Condition()
        self._wrong = NO_ANSWER
        self._when = float("-inf")
        self._asking = False
        self._asked = 0.0

    def wrong(self) -> str:
        """What is wrong with it, in a few words for anybody; empty if nothing is."""
        self.ask()
        with self._heard:
            if self._stale():
                self._heard.wait_for(lambda: not self._asking, self._asked + PATIENCE_SECONDS - time.monotonic())
            return NO_ANSWER if self._stale() else self._wrong

    def ask(self) -> None:
        """Have it asked, unless that was done lately; of several that are wanted, all are asked before any is told."""
        with self._heard:
            if time.monotonic() - self._when > FRESH_SECONDS and not self._asking:
                self._asking, self._asked = True, time.monotonic()
                threading.Thread(target=self._find_out, name=f"probe-{self._name}", daemon=True).start()

    def _stale(self) -> bool:
        return time.monotonic() - self._when > STALE_SECONDS

    def _find_out(self) -> None:
        wrong = NO_ANSWER
        try:
            wrong = self._ask()
        except Exception:
            logger.exception("%s could not be probed", self._name)
        with self._heard:
            if wrong != self._wrong:
                logger.log(logging.WARNING if wrong else logging.INFO, "%s: %s", self._name, wrong or "well")
            self._wrong, self._when, self._asking = wrong, time.monotonic(), False
            self._heard.notify_all()
