"""What is to be done now and then, whether anybody asks for anything or not: for one, deleting what is old enough.

Each process does it by itself, at a moment of its own. A chore must do no harm when another process has just done it.
"""

import logging
import random
import threading
from collections.abc import Callable

from app.store.conversations import ConversationStore, now
from app.store.database import UnavailableError

EVERY_SECONDS = 3600.0
DAY = 86_400_000_000

logger = logging.getLogger(__name__)


class Chores:
    """The chores of a process, once they are started; all are done in one thread."""

    def __init__(self, every_seconds: float = EVERY_SECONDS) -> None:
        self._chores: dict[str, Callable[[], object]] = {}
        self._every = every_seconds
        self._lock = threading.Lock()
        self._started = False
        self._ended = threading.Event()

    def add(self, name: str, chore: Callable[[], object]) -> None:
        """Have something done from time to time; it may raise UnavailableError, and is then done another time."""
        self._chores[name] = chore

    def start(self) -> None:
        """Begin; called in each process after the fork, and harmless when called again."""
        with self._lock:
            if not self._started:
                self._started = True
                threading.Thread(target=self._work, name="chores", daemon=True).start()

    def stop(self) -> None:
        """Begin none any more."""
        self._ended.set()

    def do(self) -> None:
        """Do each of them now."""
        for name, chore in self._chores.items():
            try:
                chore()
            except UnavailableError as error:
                logger.warning("%s has to wait", name, extra={"fields": {"reason": str(error)}})
            except Exception:
                logger.exception("%s failed", name)

    def _work(self) -> None:
        # Replicas that started together do not all begin together.
        wait = random.uniform(0, self._every)  # noqa: S311
        while not self._ended.wait(wait):
            self.do()
            wait = self._every


def prune(store: ConversationStore, days: int) -> int:
    """Delete the conversations in which nothing was begun for so many days; how many they were."""
    pruned = store.prune(now() - days * DAY)
    if pruned:
        logger.info("conversations deleted for their age", extra={"fields": {"conversations": pruned, "days": days}})
    return pruned
