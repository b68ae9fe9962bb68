"""The key of the language model's endpoint: in a file, read anew when the file changes, and never shown."""

import logging
import threading
from pathlib import Path

logger = logging.getLogger(__name__)


class BadKeyError(Exception):
    """The file holds no key; the message never holds what it does hold."""


def read_key(path: str) -> str:
    """The key in a file; raises BadKeyError."""
    try:
        key = Path(path).read_text("ascii").strip()
    except OSError as error:
        raise BadKeyError(f"it cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadKeyError("it holds characters that no key has") from None
    if not key:
        raise BadKeyError("it is empty")
    if any(not "!" <= character <= "~" for character in key):
        raise BadKeyError("it holds more than one line or word")
    return key


class KeyFile:
    """A key that may be replaced while the application runs."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._key = ""

    def headers(self) -> dict[str, str]:
        """What a request is sent with; nothing where no key is needed."""
        if self._path is None:
            return {}
        with self._lock:
            self._look(self._path)
            return {"Authorization": f"Bearer {self._key}"} if self._key else {}

    def _look(self, path: str) -> None:
        """Read the file if it is another than before; a replacement that cannot be used leaves the key as it was."""
        try:
            stat = Path(path).stat()
            seen = (stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if seen != self._seen:
                self._key = read_key(path)
                self._seen = seen
        except (OSError, BadKeyError) as error:
            logger.warning("the language model's key cannot be read anew", extra={"fields": {"reason": str(error)}})
