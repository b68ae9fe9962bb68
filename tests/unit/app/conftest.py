from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.agents.limited import limited
from app.settings import Settings
from tests.unit.app.fake_solver import FakeSolver


@pytest.fixture(scope="session")
def client() -> Iterator[FlaskClient]:
    """Both agents in one process, as `docker run` starts them."""
    yield create_app(Settings()).test_client()
    limited.stop()


@pytest.fixture
def fake_solver(tmp_path: Path) -> Iterator[FakeSolver]:
    with FakeSolver(tmp_path / "proxy.sock") as server:
        yield server


@pytest.fixture
def planner(fake_solver: FakeSolver) -> FlaskClient:
    """The planner alone, whose solver is the fake one."""
    return create_app(Settings(agent_role="planner", proxy_socket=str(fake_solver.path))).test_client()
