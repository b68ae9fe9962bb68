"""A database of an earlier release that takes the place of the one in use is brought up to date by who serves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import migrate, schema
from app.store.database import Database
from app.store.mending import Mending
from tests.unit.app.test_server import client, gunicorn, stop, until

FIRST = schema.revisions()[0]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/agents.db")
    yield made
    made.close()


def test_a_replica_that_serves_brings_it_up_to_date(tmp_path: Path, database: Database) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(path) as process:
        with client(path) as http:
            until(lambda: http.get("/readyz").status_code == 200)
            # As a restore does, from one moment to the next.
            migrate.run(database.engine(), "downgrade", FIRST)
            until(lambda: migrate.revision(database) == schema.revisions()[-1], 60)
            until(lambda: http.get("/readyz").status_code == 200)
            assert http.post("/v1/tasks", json={"question": "1 + 1"}).status_code == 200
        lines = stop(process)

    (told,) = [line for line in lines if "is an earlier release's" in str(line["message"])]
    assert (told["level"], told["revision"]) == ("warning", FIRST)


@pytest.mark.parametrize("revision", [None, "9999_later"])
def test_one_that_is_empty_or_of_a_later_release_is_left_alone(database: Database, revision: str | None) -> None:
    if revision:
        migrate.run(database.engine(), "upgrade", "head")
        with database.transaction() as session:
            session.connection().exec_driver_sql(f"UPDATE alembic_version SET version_num = '{revision}'")

    Mending(database).look()
    assert migrate.revision(database) == revision


def test_one_that_cannot_be_brought_up_to_date_is_told(
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
