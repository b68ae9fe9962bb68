"""Is an image refused on the controller only for what a registry says for certain?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.engine.longshore.host.registry import Registry
from ansible_collections.longshore.app.engine.longshore.planning.reference import Reference
from ansible_collections.longshore.app.plugins.plugin_utils.release.availability import check_available

from tests.ansible.running import Run, ansible
from tests.unit.engine import test_registry

Served = test_registry.Served
served = test_registry.served  # the fixture
NOBODY = "http://127.0.0.1:9"
IMAGE = Reference.parse("docker.io/acme/agents:1")


def built_for(registry: Served, *architectures: str) -> None:
    """Have the registry hold the image for some architectures."""
    parts = [
        {"platform": {"os": "linux", "architecture": name}, "digest": registry.manifest({"layers": [], "for": name})}
        for name in architectures
    ]
    registry.manifest({"manifests": parts}, "1")


@pytest.mark.parametrize("architecture", ["aarch64", "arm64", "", "riscv64"])
def test_an_image_that_is_there(served: Served, architecture: str) -> None:
    built_for(served, "arm64")
    check_available(IMAGE, [Registry(served.address)], architecture)


def test_an_image_for_others(served: Served) -> None:
    built_for(served, "arm64", "s390x")
    with pytest.raises(RefusedError) as refusal:
        check_available(IMAGE, [Registry(served.address)], "x86_64")
    assert str(refusal.value).splitlines()[:2] == [
        "release: image architecture does not fit the host",
        "  found: docker.io/acme/agents:1 is linux/arm64, linux/s390x, host is linux/amd64",
    ]


@pytest.mark.parametrize("others", [[], [NOBODY]])
def test_an_image_that_no_registry_has(served: Served, others: list[str]) -> None:
    with pytest.raises(RefusedError, match=r"^release: image does not exist\n  found: docker.io/acme/agents:1: http"):
        check_available(IMAGE, [Registry(served.address), *map(Registry, others)], "arm64")


def test_another_registry_may_have_it(served: Served) -> None:
    built_for(served, "arm64")
    check_available(IMAGE, [Registry(NOBODY), Registry(served.address)], "arm64")


@pytest.mark.parametrize("status", [401, 403, 500])
def test_a_registry_that_tells_nothing_is_passed_over(served: Served, status: int) -> None:
    served.status = status
    check_available(IMAGE, [Registry(served.address)], "arm64")
    check_available(IMAGE, [Registry(NOBODY)], "arm64")


def asked(folder: Path, **arguments: object) -> Run:
    """A run of one task that asks, as playbooks do."""
    playbook = folder / "play.yml"
    task = {"name": "Ask", "longshore.app.image": arguments}
    playbook.write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": [task]}]))
    # A shell whose proxy answers nobody.
    proxy = {"http_proxy": NOBODY, "https_proxy": NOBODY, "no_proxy": ""}
    return ansible(
        "ansible-playbook", "-i", "localhost,", str(playbook), **proxy, ANSIBLE_INVENTORY_ENABLED="host_list"
    )


def test_a_mirror_is_asked_without_a_proxy(served: Served, tmp_path: Path) -> None:
    built_for(served, "arm64")
    run = asked(tmp_path, image=str(IMAGE), mirrors=[served.address], architecture="x86_64")
    assert run.code != 0
    assert "release: image architecture does not fit the host" in run.output
    assert asked(tmp_path, image=str(IMAGE), mirrors=[served.address], architecture="aarch64").code == 0


def test_what_is_no_image(tmp_path: Path) -> None:
    assert "release: image has neither tag nor digest" in asked(tmp_path, image="docker.io/acme/agents").output
