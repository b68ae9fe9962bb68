"""What the end-to-end tests share: the images they deploy, in the sandbox's Docker Hub."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import fleet
from tests.images import push_all


@pytest.fixture(scope="session")
def images() -> None:
    """Both versions of the application and the one that never gets ready."""
    with fleet.alone():
        push_all()


@pytest.fixture(scope="module", autouse=True)
def alone(images: None) -> Iterator[None]:
    """One file of these tests at a time."""
    with fleet.alone():
        yield
