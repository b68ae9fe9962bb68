"""Bring the database up to date, once, whoever starts first.

Every replica calls this before it serves. Migrations only add what the release before does not mind, so replicas of two
releases share a database while one takes over from the other; and a database from a later release is left as it is.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import SQLAlchemyError

from app.store.database import Database
from app.store.schema import MIGRATIONS, revisions

# Any number that no other program of this database takes.
_LOCK = 6_700_417


class MigrationError(Exception):
    """The database could not be migrated, and is as it was before."""


def problem(error: Exception) -> str:
    """What an operator is told of a database that cannot be used."""
    return (
        "state: the database cannot be used\n"
        f"  found: {error}\n"
        "  fix: see that DATABASE_URL is right, that the server runs, and that it lets this user in"
    )


def revision(database: Database) -> str | None:
    """The database's revision; None for an empty one. Raises UnavailableError."""
    with database.reading() as session:
        return _version(session.connection())


def is_due(found: str | None) -> bool:
    """Whether a database of this revision has to be upgraded: one of an unknown revision is a later release's."""
    return found is None or (found in revisions() and found != revisions()[-1])


def ensure(url: str) -> None:
    """Upgrade the database if it is due. Raises UnavailableError, MigrationError.

    What Alembic takes stays in the process: one that is to serve has a child do this.
    """
    database = Database(url)
    try:
        if is_due(revision(database)):
            run(database.engine(), "upgrade", "head")
    finally:
        database.close()


def run(engine: Engine, direction: str, revision: str) -> None:
    """Migrate to a revision, alone: others wait, and then find it done. Raises MigrationError."""
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.util import CommandError  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    try:
        with alone(engine) as connection:
            config.attributes["connection"] = connection
            if direction == "downgrade":
                command.downgrade(config, revision)
            elif revision != "head" or is_due(_version(connection)):
                command.upgrade(config, revision)
            connection.commit()
    except (SQLAlchemyError, CommandError, OSError) as error:
        raise MigrationError(str(error).strip().splitlines()[0]) from error


def _version(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


@contextmanager
def alone(engine: Engine) -> Iterator[Connection]:
    """A connection that no other migration has at the same time; it is waited for, however long."""
    if engine.url.get_backend_name() == "sqlite":
        with Path(f"{engine.url.database}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with engine.connect() as connection:
                yield connection
        return
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
        yield connection
