"""A replica is ready where its state can be kept; what can only be read or is full, is told apart from what is gone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, text

from app import create_app
from app.settings import Settings
from app.store import database, migrate, probe
from app.store.database import Database
from tests.waiting import until


class Disk:
    """What each connection is told before it is used: SQLite's own switches make it read-only, or full."""

    def __init__(self, database: Database) -> None:
        self.statements = ("PRAGMA query_only = OFF", "PRAGMA max_page_count = 4294967294")
        self.written = 0
        event.listen(database.engine(), "checkout", self._told)
        event.listen(database.engine(), "before_cursor_execute", self._seen)

    def _told(self, connection: Any, *_: object) -> None:
        for statement in self.statements:
            connection.execute(statement)

    def _seen(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.written += statement.strip().startswith(("INSERT", "UPDATE"))


@pytest.fixture(autouse=True)
def _asked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "FRESH_SECONDS", 0.0)
    monkeypatch.setattr(database, "UNWRITABLE_SECONDS", 0.5)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    url = f"sqlite:///{tmp_path}/agents.db"
    migrate.ensure(url)
    made = create_app(Settings(database_url=url, agent_role="solver"))
    yield made
    made.extensions["database"].close()


@pytest.fixture
def disk(app: Flask) -> Disk:
    return Disk(app.extensions["database"])


def says(client: FlaskClient, database: str) -> bool:
    answer = client.get("/readyz")
    assert (answer.status_code == 200) == (answer.get_json()["database"] == "ready")
    return bool(answer.get_json()["database"] == database)


def test_read_only_database_is_not_ready(app: Flask, disk: Disk) -> None:
    client, usual = app.test_client(), disk.statements
    step = {"tool": "arithmetic", "arguments": {"expression": "1 + 1"}}
    message = {"message": {"messageId": "1", "role": "ROLE_USER", "parts": [{"data": step}]}}

    def is_kept() -> bool:
        sent = client.post("/agents/solver/message:send", json=message, headers={"A2A-Version": "1.0"})
        return sent.status_code == 200

    # From the start, and later on.
    disk.statements = ("PRAGMA query_only = ON",)
    until(lambda: says(client, "can only be read"))
    disk.statements = usual
    until(lambda: says(client, "ready"))
    assert is_kept()
    disk.statements = ("PRAGMA query_only = ON",)
    assert not is_kept()
    until(lambda: says(client, "can only be read"))
    disk.statements = usual
    until(lambda: says(client, "ready"))


def test_full_disk_is_reported_as_such(app: Flask, disk: Disk) -> None:
    disk.statements = ("PRAGMA max_page_count = 1",)
    large = {"subject": "x" * 1_000_000}
    row = text("INSERT INTO access_rates (subject, due) VALUES (:subject, 0)")

    assert app.extensions["database"].unwritable(lambda session: session.execute(row, large)) == "is full"


def test_writable_database_is_not_probed_again(app: Flask, disk: Disk) -> None:
    client = app.test_client()
    until(lambda: says(client, "ready"))
    written = disk.written

    for _ in range(20):
        assert says(client, "ready")
    assert (written, disk.written) == (1, 1)
