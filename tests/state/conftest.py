import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.store import migrate
from app.store.database import Database
from app.store.tasks import TaskStore
from tests.state.databases import Postgres
from tests.state.slow_solver import SlowSolver


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for a run of tests, below a path that is short enough for a socket and open to its user."""
    with tempfile.TemporaryDirectory(prefix="longshore-pg-") as name:
        server = Postgres(Path(name))
        yield server
        server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database, with nothing in it."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/agents.db"
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(f"test-{uuid.uuid4().hex[:8]}")


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that is up to date, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "agents.db"
    migrate.ensure(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_in_postgres(postgres: Postgres) -> str:
    """The name of a PostgreSQL database that is up to date, to be copied."""
    migrate.ensure(postgres.url("migrated"))
    return "migrated"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database that is up to date."""
    if request.param == "sqlite":
        path = tmp_path / "agents.db"
        shutil.copy(request.getfixturevalue("migrated"), path)
        return f"sqlite:///{path}"
    template = request.getfixturevalue("migrated_in_postgres")
    server: Postgres = request.getfixturevalue("postgres")
    return server.url(f"test-{uuid.uuid4().hex[:8]}", template)


@pytest.fixture
def store(url: str) -> Iterator[TaskStore]:
    database = Database(url)
    yield TaskStore(database)
    database.close()


@pytest.fixture
def solver(tmp_path: Path) -> Iterator[SlowSolver]:
    with SlowSolver(tmp_path / "proxy.sock") as server:
        yield server
        server.gate.set()
