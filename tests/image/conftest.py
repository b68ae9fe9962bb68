import secrets
import subprocess
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from tests.image.builds import ROOT, Bundle, build, build_base, client_environment, make_bundle
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
    """The application's image from the classic builder."""
    tag = f"longshore-test/app:{secrets.token_hex(4)}"
    build("docker", "0", tag, base, bundle, REVISION="c0ffee", VERSION="9.9.9", CREATED="2026-01-02T03:04:05Z")
    yield tag
    subprocess.run(["docker", "rmi", "-f", tag], check=True, capture_output=True)


@pytest.fixture(scope="session")
def faulty_image(image: str) -> Iterator[str]:
    tag = f"longshore-test/faulty:{secrets.token_hex(4)}"
    context = ROOT / "tests/image/faulty"
    subprocess.run(
        ["docker", "build", "-q", "-t", tag, "--build-arg", f"APP_IMAGE={image}", str(context)],
        check=True,
        capture_output=True,
        env={**client_environment(), "DOCKER_BUILDKIT": "0"},
    )
    yield tag
    subprocess.run(["docker", "rmi", "-f", tag], check=True, capture_output=True)


@pytest.fixture
def replicas(engine: docker.DockerClient, image: str, tmp_path: Path) -> Iterator[Replicas]:
    """Starts containers, and removes them after the test."""
    with Replicas(engine, image, tmp_path) as started:
        yield started
