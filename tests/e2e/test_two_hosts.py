"""A fleet of two, made, released and removed beside the sandbox's own environment, which it must never touch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import fleet
from tests.images import BROKEN, VERSIONS, reference

PAIR = Path(__file__).parent / "environments" / "pair"


def pair(name: str, *arguments: str) -> fleet.Run:
    return fleet.playbook(name, *arguments, inventory=PAIR)


def release(tag: str, *arguments: str) -> fleet.Run:
    return pair("deploy", "-e", f"release_image={reference(tag)}", *arguments)


@pytest.fixture(scope="module")
def hosts(images: None) -> Iterator[list[fleet.Host]]:
    """Two fresh hosts that serve the first version; whatever a test did, they are removed."""
    try:
        run = pair("site", "-e", f"release_image={reference(VERSIONS[0])}")
        assert run.code == 0, run.output
        yield fleet.hosts(PAIR)
    finally:
        run = pair("teardown", "-e", "teardown_confirm=pair")
        assert run.code == 0, run.output


def serving(hosts: list[fleet.Host]) -> list[str]:
    return [str(host.longshore("status")["image"]).rpartition(":")[2] for host in hosts]


def test_both_hosts_serve(hosts: list[fleet.Host]) -> None:
    assert [host.name for host in hosts] == ["web-1", "web-2"]
    assert serving(hosts) == [VERSIONS[0]] * 2


def test_a_second_site_run_changes_nothing(hosts: list[fleet.Host]) -> None:
    run = pair("site")
    assert run.code == 0, run.output
    assert set(run.changed.values()) == {0}, run.output


def test_a_release_reaches_one_host_after_the_other(hosts: list[fleet.Host]) -> None:
    assert release(VERSIONS[1]).code == 0
    assert serving(hosts) == [VERSIONS[1]] * 2


def test_a_release_stops_at_the_first_host_that_fails(hosts: list[fleet.Host]) -> None:
    before = serving(hosts)
    runs = hosts[1].longshore("history")
    run = release(BROKEN, "-e", "release_ready_seconds=10")
    assert run.code != 0
    assert "web-1" in run.output
    assert serving(hosts) == before
    assert hosts[1].longshore("history") == runs, "the second host was to be left alone"


def test_what_the_second_host_refuses_stops_the_release_before_the_first_is_changed(hosts: list[fleet.Host]) -> None:
    runs = [host.longshore("history") for host in hosts]
    hosts[1].run("sudo systemd-run --unit=at-work flock /var/lib/longshore/lock sleep infinity")
    try:
        run = release(VERSIONS[0])
    finally:
        hosts[1].run("sudo systemctl stop at-work")
    assert run.code != 0
    assert "lock: another run is changing this host" in run.output
    assert "web-1  not touched" in run.output
    assert "web-2  locked" in run.output
    assert [host.longshore("history") for host in hosts] == runs


def test_an_unreachable_host_stops_the_release_before_the_first_is_changed(hosts: list[fleet.Host]) -> None:
    # The connections that Ansible keeps open must end too.
    hosts[1].run("sudo systemctl stop ssh.socket ssh.service; sudo pkill sshd", check=False)
    run = release(VERSIONS[0])
    assert run.code != 0
    assert "web-1  not touched" in run.output
    assert "web-2  unreachable" in run.output
    assert serving(hosts[:1]) == [VERSIONS[1]]


def test_teardown_asks_for_the_name_of_the_environment(hosts: list[fleet.Host]) -> None:
    run = pair("teardown", "-e", "teardown_confirm=sandbox")
    assert run.code != 0
    assert "the environment's name was not confirmed" in run.output
    assert len(fleet.hosts(PAIR)) == 2


def test_teardown_removes_the_pair_and_nothing_else(hosts: list[fleet.Host]) -> None:
    own = fleet.hosts()
    run = pair("teardown", "-e", "teardown_confirm=pair")
    assert run.code == 0, run.output
    for host in hosts:
        assert host.address not in {kept.address for kept in own}
    with pytest.raises(RuntimeError, match="no application host"):
        fleet.hosts(PAIR)
    assert fleet.hosts() == own
    assert serving(own)
    again = pair("teardown", "-e", "teardown_confirm=pair")
    assert again.code == 0
    assert set(again.changed.values()) == {0}
    assert "nothing to remove" in again.output
