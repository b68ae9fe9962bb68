from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from tests.aws.account import Account, Environment

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    account = Account(tmp_path_factory.mktemp("account") / "server.log")
    yield account
    account.stop()


@pytest.fixture(scope="module")
def account(server: Account) -> Account:
    server.reset()
    return server


@pytest.fixture(scope="module")
def environment(account: Account, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    folder = tmp_path_factory.mktemp("inventory") / f"test-{uuid.uuid4().hex[:6]}"
    made = Environment.at(folder, account.endpoint)
    yield made
    made.forget()
