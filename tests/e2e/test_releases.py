"""What users notice of releases: nothing, whether they succeed, fail, go back or change the number of replicas."""

from __future__ import annotations

import json

import pytest

from tests.fleet import AUTHORITY, Host, Run, hosts, playbook
from tests.images import BROKEN, VERSIONS, reference
from tests.load import Load

RELEASES = 5


@pytest.fixture(scope="module")
def host(images: None) -> Host:
    """The sandbox's first host, serving the first version."""
    host = hosts()[0]
    assert deploy(VERSIONS[0]).code == 0
    return host


def deploy(tag: str, *arguments: str) -> Run:
    return playbook("deploy", "-e", f"release_image={reference(tag)}", *arguments)


def serving(host: Host) -> str:
    """The image that the host serves, as its own status says."""
    return str(host.longshore("status")["image"])


def assert_nobody_noticed(load: Load) -> None:
    assert load.failures == []
    for tally in load.tallies:
        assert tally.requests > 20, f"{tally.client} sent only {tally.requests} requests: it proves nothing"


def test_releases_drop_no_request(host: Host) -> None:
    with Load(host.url, AUTHORITY, paced=True) as load:
        for number in range(1, RELEASES + 1):
            run = deploy(VERSIONS[number % 2])
            assert run.code == 0, run.output
            assert any(run.changed.values()), "the release changed nothing"
            assert serving(host) == reference(VERSIONS[number % 2])
    assert_nobody_noticed(load)


def test_a_release_that_never_gets_ready_is_reverted(host: Host) -> None:
    before = serving(host)
    with Load(host.url, AUTHORITY, paced=True) as load:
        run = deploy(BROKEN, "-e", "release_ready_seconds=20")
    assert run.code != 0
    assert "was not ready within 20 s" in run.output
    assert "status 503" in run.output
    assert "its last log lines:" in run.output
    assert serving(host) == before
    assert_nobody_noticed(load)


def test_rollback_returns_to_the_release_before(host: Host) -> None:
    # Only these two were released: before this one the other served, and no release that failed counts.
    assert deploy(VERSIONS[1]).code == 0
    with Load(host.url, AUTHORITY, paced=True) as load:
        run = playbook("rollback")
    assert run.code == 0, run.output
    assert serving(host) == reference(VERSIONS[0])
    assert_nobody_noticed(load)


def test_a_change_of_scale_drops_no_request(host: Host) -> None:
    def replicas() -> int:
        names = host.run("sudo docker ps --format '{{.Names}}' --filter label=longshore.service=planner").stdout
        return len(names.split())

    with Load(host.url, AUTHORITY, paced=True) as load:
        for count in (3, 1, 2):
            run = deploy(VERSIONS[0], "-e", json.dumps({"release_replicas": count}))
            assert run.code == 0, run.output
            assert replicas() == count
    assert_nobody_noticed(load)


def test_nothing_is_left_over(host: Host) -> None:
    containers = host.run("sudo docker ps -aq | wc -l").stdout.strip()
    directories = host.run("sudo ls /var/lib/longshore/sockets | wc -l").stdout.strip()
    assert (containers, directories) == ("4", "4")
