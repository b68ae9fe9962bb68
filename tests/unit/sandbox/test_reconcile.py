from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.hypervisor.account import boot_asked, release_of
from sandbox.hypervisor.hosts import parse_time
from sandbox.hypervisor.reconcile import (
    GONE,
    Action,
    Create,
    Host,
    Instance,
    Reboot,
    Remove,
    Start,
    Stop,
    https_port,
    reconcile,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WEB_1 = Instance(
    "i-1", "running", "web-1", IPv4Address("172.31.0.4"), IPv4Network("172.31.0.0/16"), "key", NOON, "trixie"
)
UP = Host("i-1", running=True, booted=NOON + timedelta(seconds=1), https_port=8443)
DOWN = replace(UP, running=False)
STATES = ["pending", "running", "stopping", "stopped", "shutting-down", "terminated"]


@pytest.mark.parametrize(
    ("state", "host", "actions"),
    [
        ("pending", None, []),
        ("running", None, [Create(WEB_1, 8443)]),
        ("running", UP, []),
        ("running", DOWN, [Start("i-1")]),
        ("stopping", UP, [Stop("i-1")]),
        ("stopped", UP, [Stop("i-1")]),
        ("stopped", DOWN, []),
        ("stopped", None, []),
        ("shutting-down", UP, [Remove("i-1")]),
        ("terminated", DOWN, [Remove("i-1")]),
        ("terminated", None, []),
    ],
)
def test_actions_for_each_state_of_instance_and_host(state: str, host: Host | None, actions: list[Action]) -> None:
    assert reconcile([replace(WEB_1, state=state)], [host] if host else [], 8443) == actions


def test_host_without_an_instance_is_removed() -> None:
    assert reconcile([], [UP], 8443) == [Remove("i-1")]


def test_host_that_booted_before_the_last_request_is_rebooted() -> None:
    assert reconcile([replace(WEB_1, boot_asked=UP.booted + timedelta(seconds=1))], [UP], 8443) == [Reboot("i-1")]


def test_old_host_is_removed_before_its_successor_is_created() -> None:
    new = replace(WEB_1, id="i-2")
    assert reconcile([new, replace(WEB_1, state="terminated")], [UP], 8443) == [Remove("i-1"), Create(new, 8443)]


def test_second_instance_of_a_name_gets_no_port() -> None:
    twin = replace(WEB_1, id="i-2")
    assert reconcile([WEB_1, twin], [UP], 8443) == [Create(twin, None)]


@pytest.mark.parametrize(
    ("name", "port"),
    [("web-1", 8443), ("web-2", 8444), ("web-12", 8454), ("web-0", None), ("web-01", None), ("db-1", None), ("", None)],
)
def test_ports_follow_names(name: str, port: int | None) -> None:
    assert https_port(name, 8443) == port


@given(st.dictionaries(st.integers(0, 4), st.sampled_from(STATES)), st.dictionaries(st.integers(0, 4), st.booleans()))
def test_one_round_is_enough_and_ports_are_never_shared(states: dict[int, str], running: dict[int, bool]) -> None:
    instances = [replace(WEB_1, id=f"i-{n}", name=f"web-{n % 3 + 1}", state=state) for n, state in states.items()]
    hosts = {f"i-{n}": Host(f"i-{n}", up, UP.booted) for n, up in running.items()}
    for action in reconcile(instances, hosts.values(), 8443):
        match action:
            case Create(instance, port):
                hosts[instance.id] = Host(instance.id, True, UP.booted, port)
            case Start(id_) | Reboot(id_):
                hosts[id_] = replace(hosts[id_], running=True)
            case Stop(id_):
                hosts[id_] = replace(hosts[id_], running=False)
            case Remove(id_):
                del hosts[id_]
    assert reconcile(instances, hosts.values(), 8443) == []
    ports = [host.https_port for host in hosts.values() if host.https_port]
    assert len(ports) == len(set(ports))
    gone = {instance.id for instance in instances if instance.state in GONE}
    assert not gone & hosts.keys()


def test_later_of_start_and_reboot_counts() -> None:
    reboot = NOON + timedelta(minutes=5)
    assert boot_asked(NOON, "") == NOON
    assert boot_asked(NOON, f"User initiated reboot at {reboot.isoformat()}") == reboot
    assert boot_asked(reboot, f"User initiated reboot at {NOON.isoformat()}") == reboot
    assert boot_asked(NOON, "User initiated (2026-11-21 12:05:00 UTC)") == NOON


@pytest.mark.parametrize(
    ("image", "release"),
    [
        ("debian-12-arm64-20260914-2235", "bookworm"),
        ("debian-13-amd64-20260914-2235", "trixie"),
        ("debian-11-arm64-20240101-1", ""),
        ("ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server", ""),
        ("", ""),
    ],
)
def test_release_is_read_from_the_image_name(image: str, release: str) -> None:
    assert release_of(image) == release


def test_docker_times_with_and_without_nanoseconds() -> None:
    assert parse_time("2026-11-21T12:00:00.123456789Z") == NOON.replace(microsecond=123456)
    assert parse_time("2026-11-21T12:00:00Z") == NOON
    assert parse_time("0001-01-01T00:00:00Z") < NOON
