from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.image.builds import Bundle, build_base, buildkit_client, built, make_bundle
from tests.image.replicas import Replicas


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="session")
def base(engine: docker.DockerClient) -> str:
    return build_base(engine)


@pytest.fixture(scope="session")
def bundle() -> Iterator[Bundle]:
    """This machine's certificate authorities and one that is only there to be found."""
    found = make_bundle()
    yield found
    found.path.unlink()


@pytest.fixture(scope="session")
def image(base: str, bundle: Bundle) -> Iterator[str]:
    """The application's image from BuildKit; test_content.py has one from the classic builder instead."""
    with built(buildkit_client(), "1", base, bundle) as tag:
        yield tag


@pytest.fixture
def replicas(engine: docker.DockerClient, image: str, tmp_path: Path) -> Iterator[Replicas]:
    """Starts containers of the test's image, and removes them after it."""
    with Replicas(engine, image, tmp_path) as started:
        yield started
