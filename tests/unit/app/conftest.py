from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.agents.limited import limited
from app.settings import Settings
from app.store import migrate
from tests.unit.app.fake_solver import FakeSolver
from tests.waiting import LIMIT_SECONDS

# All tests come from one address, and faster than people do.
UNLIMITED = {"anonymous_requests": 0, "anonymous_tasks": 0, "anonymous_streams": 0}


@pytest.fixture(scope="session", autouse=True)
def _patient() -> Iterator[None]:
    """The process for heavy steps may be slow to start: the machine's speed is nothing that these tests judge."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.agents.limited.START_SECONDS", LIMIT_SECONDS)
        patch.setattr("app.agents.limited.STEP_SECONDS", LIMIT_SECONDS)
        yield


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """An SQLite database that is up to date."""
    url = f"sqlite:///{tmp_path_factory.mktemp('state')}/agents.db"
    migrate.ensure(url)
    return url


@pytest.fixture(scope="session")
def both_agents(database_url: str) -> Iterator[Flask]:
    """Both agents in one process, as `docker run` starts them."""
    yield create_app(Settings(database_url=database_url, **UNLIMITED))
    limited.stop()


@pytest.fixture
def client(both_agents: Flask) -> FlaskClient:
    """Somebody who has not been here before: no session is left from another test."""
    return both_agents.test_client()


@pytest.fixture
def fake_solver(tmp_path: Path) -> Iterator[FakeSolver]:
    with FakeSolver(tmp_path / "proxy.sock") as server:
        yield server


@pytest.fixture
def planner(fake_solver: FakeSolver, database_url: str) -> FlaskClient:
    """The planner alone, whose solver is the fake one."""
    settings = Settings(
        agent_role="planner", proxy_socket=str(fake_solver.path), database_url=database_url, **UNLIMITED
    )
    return create_app(settings).test_client()
