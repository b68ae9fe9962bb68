"""What the end-to-end tests share: the images they deploy, in the sandbox's Docker Hub."""

from __future__ import annotations

import pytest

from tests.images import push_all


@pytest.fixture(scope="session")
def images() -> None:
    """Both versions of the application and the one that never gets ready."""
    push_all()
