"""A database's address in the forms that people write it, without a database driver at hand."""

import os
from urllib.parse import urlsplit

POSTGRESQL = "postgresql+psycopg"
_POSTGRESQL = ("postgresql", "postgres", POSTGRESQL)
FORMS = "sqlite:////absolute/path or postgresql://user:password@host/database"

# Mounted by whoever wants state to outlive the container; where nothing is, the container's own, which a read-only one
# has in memory alone.
FOLDERS = ("/data", "/tmp", "/dev/shm")  # noqa: S108


def default_url() -> str:
    """SQLite in the first folder that can be written to."""
    folder = next((folder for folder in FOLDERS if os.access(folder, os.W_OK)), FOLDERS[0])
    return f"sqlite:///{folder}/agents.db"


def normal(text: str) -> str:
    """The address as the application uses it. Raises ValueError, which never repeats what may be a password."""
    scheme, separator, rest = text.partition("://")
    if separator and scheme == "sqlite":
        return _sqlite(text, rest)
    if not separator or scheme not in _POSTGRESQL:
        raise ValueError(f"{scheme[:20]}: is no database that is known here")
    try:
        parts = urlsplit(f"//{rest}")
        port = parts.port
    except ValueError:
        raise ValueError("its host or port cannot be read") from None
    if port == 0 or not parts.path.strip("/") or "/" in parts.path.strip("/"):
        raise ValueError("it names no database after the host")
    return f"{POSTGRESQL}://{rest}"


def _sqlite(text: str, rest: str) -> str:
    if not rest.startswith("//"):
        # Relative to what, would depend on who starts it; and what is only in memory, other processes do not see.
        raise ValueError("an SQLite file needs an absolute path")
    if rest.endswith("/") or "?" in rest:
        raise ValueError("it does not end with a file's name")
    return text
