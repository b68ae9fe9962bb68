"""Where the sandbox's images come from."""

import multiprocessing
import secrets
from collections.abc import Iterator

import docker
import pytest

from sandbox import images
from sandbox.machine import network


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


def test_missing_image_on_docker_hub_gives_none(client: docker.DockerClient) -> None:
    # Unreachable, or reached and refused: the image is missing either way.
    assert images.from_hub(client, "docker.io/longshore/no-such-image:0") is None


def test_build_leaves_no_container(client: docker.DockerClient) -> None:
    mark = secrets.token_hex(4)
    recipe = images.Recipe("test", {"Dockerfile": f"ARG BASE\nFROM $BASE\nRUN : {mark}\n".encode()})
    tag = images._built(client, recipe, network.DEFAULT_RELEASE)
    client.images.remove(tag)
    # Other tests' containers come and go meanwhile.
    assert [made["Id"] for made in client.api.containers(all=True) if mark in made["Command"]] == []


def test_concurrent_builds_of_one_image_run_once(client: docker.DockerClient) -> None:
    mark = f"test.mark={secrets.token_hex(4)}"
    dockerfile = f"ARG BASE\nFROM $BASE\nRUN : {mark}; sleep 1\nLABEL {mark}\n"
    recipe = images.Recipe("test", {"Dockerfile": dockerfile.encode()})
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        pool.map(_build, [recipe, recipe], chunksize=1)
    made = client.images.list(filters={"label": mark})
    for image in made:
        client.images.remove(str(image.id), force=True)
    assert len(made) == 1


def test_existing_image_does_not_wait_for_the_build_lock(client: docker.DockerClient) -> None:
    there = images.host(client)
    with images._build_lock(there):
        assert images.host(client) == there


def _build(recipe: images.Recipe) -> None:
    images._built(docker.from_env(), recipe, network.DEFAULT_RELEASE)


def test_host_trusts_the_certificate_authorities_of_this_machine(client: docker.DockerClient) -> None:
    command = ["cat", str(network.BUNDLE)]
    trusted = client.containers.run(images.host(client), command, remove=True).decode()
    assert network.extra_authorities("\n".join(network.read_authorities().values()), [trusted]) == {}


def test_host_lists_each_package_source_once(client: docker.DockerClient) -> None:
    command = ["sh", "-c", "cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null; exit 0"]
    lines = client.containers.run(images.host(client), command, remove=True).decode().splitlines()
    entries = [line for line in lines if line.startswith("deb ")]
    assert entries
    assert len(entries) == len(set(entries))
