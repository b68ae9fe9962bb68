"""A machine whose only way out is a proxy: a container with Debian 13 in a network that leads nowhere else."""

from __future__ import annotations

import io
import secrets
import tarfile
from collections.abc import Iterator
from ipaddress import IPv4Network

import docker
import pytest
from docker.models.containers import Container

from sandbox import images
from sandbox.settings import CHECKOUT
from tests.sandbox.proxy import proxy

# What of the checkout bootstrap.sh needs.
PARTS = ("sandbox", "requirements", "engine/longshore/__init__.py", "engine/longshore/errors.py")


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    client = docker.from_env()
    yield client
    client.close()


@pytest.fixture
def machine(client: docker.DockerClient) -> Iterator[Container]:
    """The container, with a checkout in /checkout."""
    name = f"longshore-test-{secrets.token_hex(3)}"
    network = client.networks.create(name, internal=True)
    made = client.containers.run(
        images.host(client, "trixie"), ["sleep", "infinity"], name=name, detach=True, init=True, network=name
    )
    made.put_archive("/", checkout())
    yield made
    made.remove(force=True)
    network.remove()


def checkout() -> bytes:
    """The parts as a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for part in PARTS:
            tar.add(
                CHECKOUT / part, f"checkout/{part}", filter=lambda entry: None if "__pycache__" in entry.name else entry
            )
    return buffer.getvalue()


def gateway(client: docker.DockerClient, network: str) -> str:
    """This machine's address in one of Docker's networks."""
    pool = client.networks.get(network).attrs["IPAM"]["Config"][0]
    # Docker does not always name the gateway of its default network, which is the first address all the same.
    return str(pool.get("Gateway") or IPv4Network(pool["Subnet"])[1])


def bootstrap(machine: Container, url: str, user: str = "root") -> tuple[int | None, str]:
    """Run it with the proxy in the environment; its exit code and output."""
    named = {"http_proxy": url, "https_proxy": url}
    command = ["sandbox/bootstrap.sh", "operator"]
    code, output = machine.exec_run(command, workdir="/checkout", environment=named, user=user)
    assert isinstance(output, bytes)
    return code, output.decode()


ORDINARY_USER = """useradd --create-home dev
echo 'dev ALL=(ALL:ALL) NOPASSWD:ALL' > /etc/sudoers.d/dev
chown -R dev /checkout
"""


def test_an_ordinary_user_installs_packages_through_the_proxy(client: docker.DockerClient, machine: Container) -> None:
    assert machine.exec_run(["sh", "-ec", ORDINARY_USER])[0] == 0
    with proxy(gateway(client, str(machine.name))) as server:
        code, said = bootstrap(machine, server.url, "dev")
    assert code == 0, said
    asked = " ".join(server.asked)
    assert "/dists/trixie/InRelease" in asked
    assert "python3-venv" in said
    assert ":443" in asked
    code, version = machine.exec_run(
        ["/checkout/.venv/bin/python", "-c", "import ansible, sys; print(sys.version_info[:2])"]
    )
    assert (code, version) == (0, b"(3, 13)\n")


@pytest.mark.parametrize("refusal", [403, 407])
def test_refusing_proxy_is_reported_before_anything_is_installed(
    client: docker.DockerClient, machine: Container, refusal: int
) -> None:
    with proxy(gateway(client, str(machine.name)), refusal) as server:
        code, said = bootstrap(machine, server.url)
    assert code == 1
    wrong, found, fix = said.splitlines()
    assert wrong == "sandbox: the proxy does not let packages through"
    assert found.startswith(f"  found: http_proxy={server.url}, asked for ")
    assert f": {refusal} " in found
    assert fix.startswith("  fix: correct http_proxy")
    assert machine.exec_run(["ls", "/checkout/.venv"])[0] != 0


def test_unreachable_proxy_is_reported(client: docker.DockerClient, machine: Container) -> None:
    with proxy(gateway(client, str(machine.name))) as server:
        gone = server.url
    code, said = bootstrap(machine, gone)
    assert code == 1
    assert f"found: http_proxy={gone}, asked for " in said
    assert "Connection refused" in said


def test_image_builds_use_the_proxy_for_apt(client: docker.DockerClient, monkeypatch: pytest.MonkeyPatch) -> None:
    dockerfile = f"ARG BASE\nFROM $BASE\nCOPY apt/ /etc/apt/\nRUN : {secrets.token_hex(4)}; apt-get update -q\n"
    with proxy(gateway(client, "bridge")) as server:
        monkeypatch.setenv("http_proxy", server.url)
        files = {**images.recipe("host", "bookworm").files, "Dockerfile": dockerfile.encode()}
        tag = images._built(client, images.Recipe("test", files), "bookworm")
    client.images.remove(tag)
    assert any(url.endswith("/dists/bookworm/InRelease") for url in server.asked)
