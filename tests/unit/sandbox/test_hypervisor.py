"""What the hypervisor makes known of its rounds, and where it publishes a host. Docker and the API are stood in for."""

import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from sandbox import health
from sandbox.hypervisor import __main__ as hypervisor
from sandbox.hypervisor.reconcile import Create, Death, Host, Instance
from sandbox.settings import Settings
from tests.unit.sandbox.test_reconcile import UP, WEB_1


class Account:
    """An account with these instances."""

    def __init__(self) -> None:
        self.listed = [WEB_1]

    def instances(self) -> list[Instance]:
        return self.listed

    def public_key(self, key_name: str) -> str:
        return key_name

    def user_data(self, instance_id: str) -> bytes:
        return instance_id.encode()


class Hosts:
    """Hosts that are as they are told to be."""

    def __init__(self) -> None:
        self.there: list[Host] = []
        self.fault: APIError | None = None
        self.engine_fault: APIError | None = None
        self.images: list[str] = []
        self.starts = 0

    def found(self) -> list[Host]:
        if self.engine_fault:
            raise self.engine_fault
        return list(self.there)

    def create(self, wanted: Create, image: str, *_given: object) -> None:
        if self.fault:
            raise self.fault
        self.images.append(image)
        self.there.append(Host(wanted.instance.id, True, UP.booted, wanted.https_port))

    def start(self, _instance_id: str) -> None:
        self.starts += 1

    def last_output(self, instance_id: str) -> str:
        return f"{instance_id} could not mount"


class Images:
    """An image for each release, once it is built."""

    def __init__(self) -> None:
        self.built = True

    def get(self, release: str) -> str | None:
        return f"host:{release}" if self.built else None


class World:
    """A loop, what is around it, and what it makes known."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = settings
        self.account = Account()
        self.hosts = Hosts()
        loop: Any = hypervisor.Loop
        self.images = Images()
        self.loop = loop(self.account, self.hosts, self.images, settings)
        self.round = self.loop.round
        monkeypatch.setattr(hypervisor, "RETRY_SECONDS", 0)

    def report(self) -> dict[str, Any]:
        """What `hosts.json` says."""
        report = health.hosts(self.settings)
        assert report is not None
        return report


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    # Nobody listens on this port: the kernel gave it, and it was closed.
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    return World(Settings(state=tmp_path, https_port=port), monkeypatch)


def test_outage_and_return_of_the_engine_are_reported(world: World) -> None:
    world.round()
    hosts = world.report()["hosts"]
    assert [host["name"] for host in hosts] == ["web-1"]
    world.hosts.engine_fault = APIError("Connection refused")
    world.round()
    assert world.report() == {"hosts": hosts, "failures": {}, "dying": {}, "docker": "Connection refused"}
    world.hosts.engine_fault = None
    world.round()
    assert world.report()["docker"] == ""


def test_failure_is_reported_from_the_second_attempt_until_it_succeeds(world: World) -> None:
    world.hosts.fault = APIError("500 Server Error", explanation="no space\nleft on device")
    world.round()
    assert world.report()["failures"] == {}
    world.round()
    assert world.report()["failures"] == {"i-1": "create failed: no space left on device"}
    world.hosts.fault = None
    world.round()
    assert world.report()["failures"] == {}


def test_failure_of_a_removed_instance_is_forgotten(world: World) -> None:
    world.hosts.fault = APIError("500 Server Error", explanation="no space left on device")
    world.round()
    world.round()
    world.account.listed = []
    world.round()
    assert world.report()["failures"] == {}


def test_host_is_created_without_a_port_that_is_in_use(world: World) -> None:
    with socket.create_server(("127.0.0.1", world.settings.https_port)):
        world.round()
    assert [host["https_port"] for host in world.report()["hosts"]] == [None]


def test_port_of_a_host_being_removed_is_kept(world: World) -> None:
    port = world.settings.https_port
    world.hosts.there = [Host("i-old", True, UP.booted, port)]
    with socket.create_server(("127.0.0.1", port)):
        world.loop._act("i-1", Create(WEB_1, port))
    assert world.hosts.there[-1].https_port == port


def test_host_waits_for_its_image_without_a_failure(world: World) -> None:
    world.images.built = False
    world.round()
    world.round()
    assert (world.report()["hosts"], world.report()["failures"]) == ([], {})
    world.images.built = True
    world.round()
    assert world.hosts.images == ["host:trixie"]


def test_instance_of_an_unknown_image_gets_no_host(world: World) -> None:
    world.account.listed = [replace(WEB_1, release="")]
    world.round()
    world.round()
    assert world.report()["failures"] == {
        "i-1": "create failed: its image is none of Debian 12 and 13, which hosts of the sandbox can have"
    }


def test_host_that_dies_at_each_boot_is_reported_with_its_last_output(world: World) -> None:
    now = datetime.now(UTC)
    for boot in (now - timedelta(seconds=4), now - timedelta(seconds=1)):
        world.hosts.there = [Host("i-1", False, boot, death=Death(255, boot + timedelta(milliseconds=100)))]
        world.round()
    assert world.report()["dying"] == {
        "i-1": "web-1 exited with 255 right after boot, 2 times; last output: i-1 could not mount"
    }
    # It was booted again after the first time, and is left alone for a while after the second.
    assert world.hosts.starts == 1
    world.hosts.there = [Host("i-1", True, now - timedelta(seconds=11))]
    world.round()
    assert world.report()["dying"] == {}
