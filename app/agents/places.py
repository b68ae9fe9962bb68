"""So much at once and no more: what each process of the application does not do without bounds."""

import threading


class CrowdedError(Exception):
    """This process does as much at once as it may; another moment, or another replica, will do."""


class Places:
    """So many places, each taken by one stream until that is closed."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._taken = 0
        self._lock = threading.Lock()

    @property
    def taken(self) -> int:
        """How many are taken now."""
        return self._taken

    def take(self) -> None:
        """Take one. Raises CrowdedError."""
        with self._lock:
            if self._taken >= self.most:
                raise CrowdedError
            self._taken += 1

    def leave(self) -> None:
        """Give it back."""
        with self._lock:
            self._taken -= 1
