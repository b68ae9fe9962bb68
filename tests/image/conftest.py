import secrets
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from sandbox import application, images
from tests.image.builds import Bundle, make_bundle
from tests.image.replicas import Replicas


@pytest.fixture(scope="session")
def engine() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture(scope="session")
def base(engine: docker.DockerClient) -> str:
    """The official image of Python, or what the sandbox builds in its place."""
    return images.app_base(engine)


@pytest.fixture(scope="session")
def bundle() -> Iterator[Bundle]:
    """This machine's certificate authorities and one that is only there to be found."""
    found = make_bundle()
    yield found
    found.path.unlink()


@pytest.fixture(scope="session")
def usual_image(engine: docker.DockerClient) -> Iterator[str]:
    """As `make image` builds it: where Docker has no buildx, by the classic builder."""
    reference = application.parse(f"docker.io/longshore-test/app:{secrets.token_hex(4)}")
    application.build(engine, reference)
    yield reference.text
    engine.images.remove(reference.text, force=True)


@pytest.fixture(scope="session")
def image(usual_image: str) -> str:
    """What a test is about; in test_content.py that is another one, by BuildKit."""
    return usual_image


@pytest.fixture
def replicas(engine: docker.DockerClient, image: str, tmp_path: Path) -> Iterator[Replicas]:
    """Starts containers of the test's image, and removes them after it."""
    with Replicas(engine, image, tmp_path) as started:
        yield started
