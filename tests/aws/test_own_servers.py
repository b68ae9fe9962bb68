"""An environment without an account: AWS is left alone, and a server that can't be reached is named with the reason."""

from __future__ import annotations

import socket
import uuid
from typing import TYPE_CHECKING

import pytest

from tests.aws.account import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Environment]:
    made = Environment("byo", tmp_path / f"test-{uuid.uuid4().hex[:6]}")
    yield made
    made.forget()


def test_no_servers_listed_yet(servers: Environment) -> None:
    servers.play("provision").refused(
        "provision: the environment has no hosts",
        f"  found: the group web of {servers.folder} is empty",
        "  fix: list your servers in its hosts.yml",
    )


def test_a_server_that_runs_is_all_that_is_needed(servers: Environment) -> None:
    servers.rewrite("hosts.yml", {"web": {"hosts": {"web-1": {"ansible_connection": "local"}}}})
    run = servers.play("provision").succeeded()
    assert run.changed == 0
    assert "Read what the account holds" not in run.output


def test_a_server_that_does_not_answer(servers: Environment) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = {"ansible_host": "127.0.0.1", "ansible_port": port, "host_access_seconds": 2}
    servers.rewrite("hosts.yml", {"web": {"hosts": {"web-1": server}}})
    servers.play("provision").refused(
        "host_access: web-1 does not answer over SSH",
        f"  found: root@127.0.0.1 for 2 s: ssh: connect to host 127.0.0.1 port {port}: Connection refused",
        "  fix: check that it runs, and that its firewall (aws_network_ssh_cidr on AWS) allows SSH from this machine",
    )
