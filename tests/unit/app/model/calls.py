"""One call of the model's client."""

import time

from app.model.account import Account
from app.model.client import Errand, Model
from app.model.key import KeyFile
from tests.unit.app.model_server import ModelServer

MESSAGES = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello"}]


def model(server: ModelServer, seconds: float = 60, key: str | None = None) -> Model:
    return Model("tiny", server.url, KeyFile(key), seconds)


def errand(seconds: float = 60, budget: int = 10_000) -> Errand:
    return Errand(Account("tiny", budget), time.monotonic() + seconds)
