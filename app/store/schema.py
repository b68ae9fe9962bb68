"""This release's revisions of the database, and whether a database has the last of them already.

Without a library: every start asks this first, and SQLAlchemy takes longer to import than all else that a start does.
"""

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from urllib.parse import quote

MIGRATIONS = Path(__file__).parent / "migrations"
_SQLITE = "sqlite:///"


@cache
def revisions() -> list[str]:
    """The known revisions in order: the names of the files."""
    return sorted(path.stem for path in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def is_current(url: str) -> bool:
    """Whether the database has the last revision; False also where that cannot be told so simply, as of PostgreSQL."""
    if not url.startswith(_SQLITE):
        return False
    try:
        # A file that is not there is not made.
        file = f"file:{quote(url.removeprefix(_SQLITE))}?mode=rw"
        with closing(sqlite3.connect(file, uri=True)) as connection:
            return connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(revisions()[-1],)]
    except sqlite3.Error:
        return False
