"""What the end-to-end tests share: the images they deploy, in the sandbox's Docker Hub."""

from __future__ import annotations

import pytest

from tests import fleet
from tests.images import push_all


@pytest.fixture(scope="session", autouse=True)
def served() -> None:
    """The sandbox's own host serves."""
    fleet.serve()


@pytest.fixture(scope="session")
def images(served: None) -> None:
    """Both versions of the application and the one that never gets ready."""
    push_all()
