"""What the image is made of, as BuildKit makes it."""

import io
import json
import re
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

import docker
import pytest

from tests.image.builds import Bundle, built
from tests.image.replicas import Replicas

OWN_MEGABYTES = 80


@pytest.fixture(scope="module")
def image(base: str, bundle: Bundle) -> Iterator[str]:
    labels = {"REVISION": "c0ffee", "VERSION": "9.9.9", "CREATED": "2026-01-02T03:04:05Z"}
    with built(base, bundle, **labels) as tag:
        yield tag


@contextmanager
def layers_of(engine: docker.DockerClient, image: str) -> Iterator[list[tarfile.TarFile]]:
    """An image's layers, lowest first."""
    with ExitStack() as stack:
        content = io.BytesIO(b"".join(engine.images.get(image).save()))
        saved = stack.enter_context(tarfile.open(fileobj=content))

        def part(name: str) -> IO[bytes]:
            found = saved.extractfile(name)
            assert found
            return found

        names = json.load(part("manifest.json"))[0]["Layers"]
        yield [stack.enter_context(tarfile.open(fileobj=part(name))) for name in names]


@pytest.fixture(scope="module")
def layers(engine: docker.DockerClient, image: str) -> Iterator[list[tarfile.TarFile]]:
    with layers_of(engine, image) as found:
        yield found


@pytest.fixture(scope="module")
def below(engine: docker.DockerClient, base: str) -> int:
    """How many layers are the base's."""
    found = len(engine.images.get(base).attrs["RootFS"]["Layers"])
    assert found
    return found


@pytest.fixture(scope="module")
def own(layers: list[tarfile.TarFile], below: int) -> dict[str, tarfile.TarInfo]:
    """The files that the build put on its base, by path."""
    return files_in(layers[below:])


def files_in(layers: list[tarfile.TarFile]) -> dict[str, tarfile.TarInfo]:
    assert layers
    return {f"/{member.name}": member for layer in layers for member in layer.getmembers()}


def test_both_builders_put_the_same_files_on_the_base(
    engine: docker.DockerClient, usual_image: str, below: int, own: dict[str, tarfile.TarInfo]
) -> None:
    def described(files: dict[str, tarfile.TarInfo]) -> dict[str, tuple[object, ...]]:
        return {path: (file.type, file.mode, file.uid, file.gid, file.linkname) for path, file in files.items()}

    with layers_of(engine, usual_image) as layers:
        assert described(files_in(layers[below:])) == described(own)


def test_image_metadata_and_command(engine: docker.DockerClient, image: str) -> None:
    attributes = engine.images.get(image).attrs
    config = attributes["Config"]

    assert config["User"] == "10001:10001"
    assert list(config["ExposedPorts"]) == ["5000/tcp"]
    cached = "pycache_prefix=/opt/pycache"
    assert config["Healthcheck"]["Test"] == ["CMD", "python3", "-I", "-S", "-X", cached, "/srv/app/healthcheck.py"]
    assert config["Healthcheck"]["Interval"] == 60 * 10**9
    assert config["Cmd"] == ["gunicorn", "--config", "/srv/app/gunicorn.conf.py"]
    assert "REVISION=c0ffee" in config["Env"]
    labels = {name.rpartition(".")[2]: value for name, value in config["Labels"].items()}
    assert labels["revision"] == "c0ffee"
    assert labels["version"] == "9.9.9"
    assert labels["created"] == "2026-01-02T03:04:05Z"
    assert labels["licenses"] == "Apache-2.0"
    assert "source" in labels


def test_no_layer_and_no_history_holds_the_build_s_certificate_authorities(
    engine: docker.DockerClient, image: str, bundle: Bundle, layers: list[tarfile.TarFile]
) -> None:
    for layer in layers:
        for member in layer.getmembers():
            content = layer.extractfile(member) if member.isfile() else None
            assert content is None or bundle.mark.encode() not in content.read(), member.name
    assert bundle.mark not in json.dumps(engine.images.get(image).history())


def test_it_adds_only_packages_and_the_application(own: dict[str, tarfile.TarInfo]) -> None:
    tops = {"/".join(path.split("/")[:3]) for path, member in own.items() if not member.isdir()}

    assert tops == {"/opt/venv", "/opt/pycache", "/srv/app"}


def test_it_holds_no_installer_no_tests_and_no_other_files_of_the_repository(own: dict[str, tarfile.TarInfo]) -> None:
    names = {path.rsplit("/", 1)[-1] for path in own}

    assert not names & {"pip", "setuptools", "wheel", "tests", "benchmarks"}
    assert not names & {"Dockerfile", "application.txt", "ca-bundle"}
    assert "gunicorn.conf.py" in names


def test_all_code_is_compiled_ahead_and_of_packages_nothing_else_is_kept(own: dict[str, tarfile.TarInfo]) -> None:
    packages = [path for path in own if path.startswith("/opt/venv/lib/")]
    sources = [path for path in own if path.startswith("/srv/") and path.endswith(".py")]

    assert sum(path.endswith(".pyc") for path in packages) > 1000
    assert not [path for path in packages if path.endswith((".py", ".pyi", ".pyx"))]
    assert len(sources) > 100
    for path in sources:
        assert f"/opt/pycache{path[:-3]}.cpython-311.pyc" in own, path
    assert [path for path in own if re.fullmatch(r"/opt/pycache/usr/.*/http/client\.cpython-311\.pyc", path)]
    assert not [path for path in own if path.startswith("/srv/") and path.endswith(".pyc")]


def test_the_application_s_user_owns_nothing_but_the_place_for_state(own: dict[str, tarfile.TarInfo]) -> None:
    owners = {path: (member.uid, member.gid) for path, member in own.items()}

    assert {path for path, owner in owners.items() if owner != (0, 0)} == {"/data"}
    assert owners["/data"] == (10001, 10001)
    assert own["/data"].isdir()
    assert not [path for path, member in own.items() if not member.issym() and member.mode & 0o022]


def test_image_stays_within_its_size_limit(own: dict[str, tarfile.TarInfo]) -> None:
    assert sum(member.size for member in own.values()) < OWN_MEGABYTES * 10**6


def test_image_answers_a_question(replicas: Replicas) -> None:
    _, client = replicas.on_port()

    assert client.get("/").text == "Hello World\n"
    assert client.post("/v1/tasks", json={"question": "What is 6 times 7?"}).json()["answer"] == "42"
