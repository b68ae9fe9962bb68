import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.access.guard import Guard
from app.agents.messages import Step
from app.settings import Settings
from app.store import migrate
from tests.unit.app.fake_solver import FakeSolver, Reply, honest


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file that is up to date, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "agents.db"
    migrate.ensure(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> str:
    """A database for all tests of a file."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path_factory.mktemp('access'))}"


@pytest.fixture
def own_url(tmp_path: Path, migrated: Path) -> str:
    """A database for one test, where it is counted."""
    return f"sqlite:///{shutil.copy(migrated, tmp_path)}"


@pytest.fixture(scope="module")
def closed(url: str) -> Flask:
    """An application that asks for keys."""
    return create_app(Settings(database_url=url, access="keys", anonymous_requests=0))


@pytest.fixture(scope="module")
def opened(url: str) -> Flask:
    """An application that anybody may ask, with the same state."""
    return create_app(Settings(database_url=url, anonymous_requests=0))


@pytest.fixture(scope="module")
def make_key(closed: Flask) -> Callable[..., str]:
    guard: Guard = closed.extensions["access"]
    everything = ("tasks", "chat", "a2a")
    return lambda *scopes, expires=None: str(guard.key_store.create("test", scopes or everything, expires))


@pytest.fixture
def held(tmp_path: Path, own_url: str) -> Iterator[Callable[..., Flask]]:
    """Planners whose solver answers nothing until the test is over."""
    over = threading.Event()

    def wait(step: Step) -> Reply:
        over.wait()
        return honest(step)

    with FakeSolver(tmp_path / "proxy.sock") as solver:
        solver.replies = [wait] * 50
        try:
            yield lambda **settings: create_app(
                Settings(agent_role="planner", proxy_socket=str(solver.path), database_url=own_url, **settings)
            )
        finally:
            over.set()
