"""Migrations: up, down and up again, once, whoever starts first, and never behind the models."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

import app.access.tables  # noqa: F401 (its tables are known to Base by being imported)
from app.store import migrate, schema
from app.store.database import WAIT_SECONDS, Database, UnavailableError
from app.store.tables import Base


def tables(database: Database) -> set[str]:
    return set(inspect(database.engine()).get_table_names()) - {"alembic_version"}


def test_migrations_run_up_down_and_up_and_match_the_models(empty_url: str) -> None:
    database = Database(empty_url)
    migrate.run(database.engine(), "upgrade", "head")
    assert tables(database) == set(Base.metadata.tables)

    for _ in schema.revisions():
        migrate.run(database.engine(), "downgrade", "-1")
    assert tables(database) == set()

    for revision in schema.revisions():
        migrate.run(database.engine(), "upgrade", revision)
        assert migrate.revision(database) == revision
    with database.engine().connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
    database.close()


def test_concurrent_starts_migrate_once(empty_url: str) -> None:
    code = f"from app.store import migrate; migrate.ensure({empty_url!r})"
    starts = [subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) for _ in range(4)]

    for start in starts:
        _, errors = start.communicate(timeout=120)
        assert (start.returncode, errors) == (0, "")
    assert migrate.revision(Database(empty_url)) == schema.revisions()[-1]


def test_start_waits_for_a_long_migration(empty_url: str) -> None:
    database = Database(empty_url)
    held = threading.Event()

    def hold() -> None:
        with migrate.alone(database.engine()) as connection:
            connection.execute(text("CREATE TABLE long_work (id TEXT)"))
            held.set()
            time.sleep(WAIT_SECONDS + 3)

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(20)
    migrate.ensure(empty_url)
    holder.join()

    assert migrate.revision(database) == schema.revisions()[-1]
    database.close()


def test_a_start_sees_whether_there_is_anything_to_do(empty_url: str) -> None:
    simple = empty_url.startswith("sqlite")
    assert not schema.is_current(empty_url)
    assert not simple or not Path(empty_url.removeprefix("sqlite:///")).exists()

    database = Database(empty_url)
    for revision in schema.revisions():
        migrate.run(database.engine(), "upgrade", revision)
        assert schema.is_current(empty_url) == (simple and revision == schema.revisions()[-1])
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))
    assert not schema.is_current(empty_url)
    database.close()


def test_start_without_migrations_imports_no_library() -> None:
    code = "import sys; from app.store import address, schema; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_database_of_a_newer_release_is_not_changed(url: str) -> None:
    database = Database(url)
    with database.transaction() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999_later'"))

    migrate.ensure(url)

    assert migrate.revision(database) == "9999_later"
    database.close()


def test_failed_migration_is_rolled_back(empty_url: str) -> None:
    database = Database(empty_url)
    migrate.run(database.engine(), "upgrade", schema.revisions()[0])
    before = tables(database)
    with database.transaction() as session:
        # In the way of the last table of the next revision, which fails when it has made the others.
        session.execute(text("CREATE TABLE access_streams (id TEXT)"))

    with pytest.raises(migrate.MigrationError, match="access_streams"):
        migrate.ensure(empty_url)

    assert tables(database) == before | {"access_streams"}
    assert migrate.revision(database) == schema.revisions()[0]
    database.close()


def test_serving_does_not_load_alembic() -> None:
    code = "import sys, app.store.migrate, app.store.tasks, app.factory; sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_missing_database_is_unavailable() -> None:
    with pytest.raises(UnavailableError):
        migrate.ensure("sqlite:////nowhere/agents.db")
    with pytest.raises(UnavailableError):
        migrate.ensure("postgresql://nobody@/nothing?host=/nowhere")
