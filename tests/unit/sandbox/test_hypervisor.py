"""What the hypervisor makes known of its rounds, and where it publishes a host. Docker and the API are stood in for."""

import socket
from pathlib import Path
from typing import Any

import pytest
from docker.errors import APIError

from sandbox import health
from sandbox.hypervisor import __main__ as hypervisor
from sandbox.hypervisor.reconcile import Create, Host, Instance
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

    def found(self) -> list[Host]:
        if self.engine_fault:
            raise self.engine_fault
        return list(self.there)

    def create(self, wanted: Create, *_given: object) -> None:
        if self.fault:
            raise self.fault
        self.there.append(Host(wanted.instance.id, True, UP.booted, wanted.https_port))


class World:
    """A loop, what is around it, and what it makes known."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.settings = settings
        self.account = Account()
        self.hosts = Hosts()
        loop: Any = hypervisor.Loop
        self.loop = loop(self.account, self.hosts, settings)
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


def test_an_engine_that_ends_is_made_known_and_so_is_its_return(world: World) -> None:
    world.round()
    hosts = world.report()["hosts"]
    assert [host["name"] for host in hosts] == ["web-1"]
    world.hosts.engine_fault = APIError("Connection refused")
    world.round()
    assert world.report() == {"hosts": hosts, "failures": {}, "docker": "Connection refused"}
    world.hosts.engine_fault = None
    world.round()
    assert world.report()["docker"] == ""


def test_a_failure_is_made_known_when_trying_again_does_not_help_and_until_it_does(world: World) -> None:
    world.hosts.fault = APIError("500 Server Error", explanation="no space\nleft on device")
    world.round()
    assert world.report()["failures"] == {}
    world.round()
    assert world.report()["failures"] == {"i-1": "create failed: no space left on device"}
    world.hosts.fault = None
    world.round()
    assert world.report()["failures"] == {}


def test_the_failure_of_an_instance_that_went_is_forgotten(world: World) -> None:
    world.hosts.fault = APIError("500 Server Error", explanation="no space left on device")
    world.round()
    world.round()
    world.account.listed = []
    world.round()
    assert world.report()["failures"] == {}


def test_a_host_is_made_without_a_port_that_somebody_else_has(world: World) -> None:
    with socket.create_server(("127.0.0.1", world.settings.https_port)):
        world.round()
    assert [host["https_port"] for host in world.report()["hosts"]] == [None]


def test_a_port_that_another_host_is_about_to_free_is_waited_for(world: World) -> None:
    port = world.settings.https_port
    world.hosts.there = [Host("i-old", True, UP.booted, port)]
    with socket.create_server(("127.0.0.1", port)):
        world.loop._act("i-1", Create(WEB_1, port))
    assert world.hosts.there[-1].https_port == port
