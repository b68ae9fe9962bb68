"""Does a stalled pull leave the host as it was, whether the run is asked to stop or killed?"""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import docker
import pytest

from .stalling import Registry, stalling

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from .hosts import EngineHost

ONE = {"planner": {"replicas": 1}}


@pytest.fixture
def registry_that_stalls() -> Iterator[Registry]:
    client = docker.from_env()
    architecture = {"x86_64": "amd64", "aarch64": "arm64"}[client.info()["Architecture"]]
    client.close()
    with stalling(architecture) as registry:
        yield registry


def stuck(host: EngineHost, registry: Registry) -> subprocess.Popen[str]:
    """A deploy that is waiting in its pull."""
    spec = host.spec("1", ONE).replace(host.image, f"{registry.address}/acme/agents")
    process = host.start("deploy", "--spec", "-", "--json", spec=spec)
    assert registry.asked.wait(30), "Docker never asked for the layer"
    return process


def test_a_request_to_stop_during_a_stalled_pull_changes_nothing(
    host: EngineHost, registry_that_stalls: Registry
) -> None:
    host.deploy(host.spec("1", ONE))
    before = host.containers()
    process = stuck(host, registry_that_stalls)
    process.send_signal(signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=120)  # the registry itself would never answer
    answer = json.loads(stdout)
    assert (process.returncode, answer["outcome"], answer["error"]["found"]) == (1, "refused", "SIGTERM"), stderr
    assert host.containers() == before
    assert sorted(path.name for path in (host.root / "releases").iterdir()) == ["1.json", "current"]
    status = host.status()
    assert (status["release"], status["interrupted"], status["running"]) == (1, None, None)


def test_after_a_kill_during_the_pull_rollback_reverts_it_and_a_second_goes_further_back(
    host: EngineHost, registry_that_stalls: Registry
) -> None:
    for tag in ("1", "2"):
        assert host.deploy(host.spec(tag, ONE)).code == 0
    process = stuck(host, registry_that_stalls)
    process.kill()
    process.communicate()
    assert host.status()["interrupted"] == 3
    back = host.run("rollback")
    assert (back.code, back.answer["outcome"], back.answer["release"]) == (0, "unchanged", 2), back.stderr
    assert host.status()["interrupted"] is None
    further = host.run("rollback")
    assert (further.code, further.answer["outcome"], further.answer["release"]) == (0, "rolled_back", 1), further.stderr
