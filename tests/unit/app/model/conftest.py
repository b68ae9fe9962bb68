from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app
from app.model import client as client_module
from app.settings import Settings
from tests.unit.app.model.calls import MESSAGES, errand, model
from tests.unit.app.model_server import ModelServer, says

Make = Callable[..., FlaskClient]


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as running:
        yield running


@pytest.fixture(scope="session", autouse=True)
def _first_call() -> None:
    """A process's first call loads what all share; on a busy machine that takes longer than some tests give a call."""
    with ModelServer() as server:
        server.replies = [says("Hello")]
        model(server, seconds=60).ask(MESSAGES, errand(seconds=60))


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "PAUSES_SECONDS", (0.01, 0.01))


@pytest.fixture
def make(server: ModelServer, database_url: str) -> Make:
    """Both agents with the server's model and other settings."""

    def made(**settings: Any) -> FlaskClient:
        given = {"llm_base_url": server.url, "llm_model": "tiny", "llm_timeout_seconds": 60, **settings}
        return create_app(Settings(database_url=database_url, **given)).test_client()

    return made


@pytest.fixture
def planner(make: Make) -> FlaskClient:
    return make()
