"""A database that was replaced while a process served, by a restore of an earlier release's: brought up to date.

What is there at a start is migrated before anything is served, so this looks for nothing else. An empty database is
left alone: somebody is at work on it, in whose way tables would be.
"""

import logging
import os
import random
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

from app.store import migrate
from app.store.database import Database, UnavailableError

EVERY_SECONDS = 5.0
_ROOT = Path(__file__).parents[2]

logger = logging.getLogger(__name__)


class Mending:
    """Looks at the database's revision now and then, in a thread of its own, once it is started."""

    def __init__(self, database: Database, every_seconds: float = EVERY_SECONDS) -> None:
        self._database = database
        self._every = every_seconds
        self._lock = threading.Lock()
        self._started = False
        self._ended = threading.Event()

    def start(self) -> None:
        """Begin; called in each process after the fork, and harmless when called again."""
        with self._lock:
            if not self._started:
                self._started = True
                threading.Thread(target=self._look_after, name="mending", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def look(self) -> None:
        """Bring the database up to date if it is an earlier release's. Raises UnavailableError."""
        found = migrate.revision(self._database)
        if found is None or not migrate.is_due(found):
            return
        logger.warning("the database is an earlier release's, and is brought up to date", extra=_fields(revision=found))
        # In a process of its own, which takes with it what only a migration needs.
        command = [sys.executable, "-m", "app.store.mending"]
        url = self._database.url.render_as_string(hide_password=False)
        environ = {**os.environ, "DATABASE_URL": url}
        done = subprocess.run(command, cwd=_ROOT, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
            logger.error("the database could not be brought up to date", extra=_fields(reason=said))
        else:
            logger.info("the database is up to date", extra=_fields(revision=migrate.revision(self._database)))

    def _look_after(self) -> None:
        # Replicas that started together do not all look together.
        wait = random.uniform(0, self._every)  # noqa: S311
        while not self._ended.wait(wait):
            wait = self._every
            try:
                self.look()
            except UnavailableError:
                # Those who need it say so.
                continue
            except Exception:
                logger.exception("could not look at the database's revision")


def _fields(**fields: object) -> Mapping[str, object]:
    return {"fields": fields}


if __name__ == "__main__":
    try:
        migrate.ensure(os.environ["DATABASE_URL"])
    except (UnavailableError, migrate.MigrationError) as error:
        sys.exit(str(error))
