"""A database of an earlier release that takes the place of the one in use is brought up to date by who serves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import migrate, schema
from app.store.database import Database
from app.store.mending import Mending

FIRST = schema.revisions()[0]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/agents.db")
    yield made
    made.close()


@pytest.mark.parametrize("revision", [None, "9999_later"])
def test_empty_or_newer_database_is_not_migrated(database: Database, revision: str | None) -> None:
    if revision:
        migrate.run(database.engine(), "upgrade", "head")
        with database.transaction() as session:
            session.connection().exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")

    Mending(database).look()
    assert migrate.revision(database) == revision


def test_failed_migration_is_logged(
    database: Database, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.run(database.engine(), "upgrade", FIRST)
    with database.transaction() as session:
        session.connection().exec_driver_sql("CREATE TABLE api_keys (id TEXT)")
    # The application's loggers write for themselves.
    monkeypatch.setattr("app.store.mending.logger.parent.propagate", True)

    Mending(database).look()
    assert "the database could not be brought up to date" in caplog.text
    assert migrate.revision(database) == FIRST
