"""Up, crashes, leftovers and down."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import docker
from docker.models.containers import Container
from docker.types import IPAMConfig, IPAMPool

from sandbox import health
from sandbox.settings import Settings
from tests.sandbox.second import Second, wait


def labelled(second: Second) -> list[str]:
    """Everything in Docker that is the second sandbox's."""
    client = docker.from_env()
    mine: dict[str, str | list[str] | bool] = {"label": f"{Settings.LABEL}={second.settings.name}"}
    found = [
        *client.containers.list(all=True, filters=mine, ignore_removed=True),
        *client.networks.list(filters=mine),
        *client.volumes.list(filters=mine),
    ]
    return [str(one.name) for one in found]


def alive(second: Second) -> list[str]:
    """Processes with the second sandbox's folder in their command or environment."""
    needle = str(second.settings.state).encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            texts = (process / "cmdline").read_bytes(), (process / "environ").read_bytes()
        except OSError:
            continue
        if any(needle in text for text in texts):
            found.append(texts[0].decode(errors="replace"))
    return found


def test_dead_process_is_reported_and_restarted(second: Second) -> None:
    assert "processes: AWS API" in second.up()
    assert second.up() == "==> sandbox is up already\n"
    instance = second.launch("web-1")
    wait(instance.running, "the host")
    os.kill(second.processes()["processes"]["aws"]["pid"], signal.SIGKILL)
    wait(lambda: second.processes()["processes"]["aws"]["pid"] is None, "the supervisor to notice")
    status = second.command("status")
    assert status.returncode == 1
    first, found, fix = status.stdout.splitlines()[-3:]
    assert first == "sandbox: aws died"
    assert found.startswith("  found: aws was killed by SIGKILL at 2")
    assert fix == "  fix: make up"
    log = second.settings.logs / "hypervisor.log"
    wait(lambda: "waiting, nothing is touched" in log.read_text(), "the hypervisor to meet the dead API")
    assert instance.running()

    assert "starting again what died: aws" in second.up()
    assert health.problem(second.settings) is None
    # The account died with moto: an instance that nobody knows has no host.
    wait(lambda: not instance.container(), "the host to go")
    assert second.command("status").returncode == 0


def test_leftovers_of_a_killed_sandbox_are_removed_and_nothing_else(second: Second, foreign: Container) -> None:
    second.up()
    instance = second.launch("web-1")
    wait(instance.running, "the host")
    os.kill(second.processes()["supervisor"], signal.SIGKILL)
    wait(lambda: not alive(second), "its processes to die with it")
    assert instance.running()

    printed = second.up()
    assert f"removed host {second.settings.name}-{instance.id}" in printed
    assert not instance.container()
    foreign.reload()
    assert foreign.status == "running"


def test_port_in_use_is_refused_before_anything_is_created(second: Second) -> None:
    assert second.command("down").returncode == 0
    with socket.create_server(("127.0.0.1", second.settings.https_port)):
        refused = second.command("up")
    assert refused.returncode == 1
    port = second.settings.https_port
    assert f"sandbox: port {port} is in use, which is for the application's HTTPS" in refused.stderr
    assert f"found: process {os.getpid()}: " in refused.stderr
    assert refused.stdout == ""
    assert labelled(second) == []


def test_port_taken_while_the_sandbox_is_up_is_refused(second: Second) -> None:
    second.up()
    with socket.create_server(("127.0.0.1", second.settings.https_port)):
        refused = second.command("up")
        assert refused.returncode == 1
        assert "stop it, then `make up`, or `make down`, then `HTTPS_PORT=9443 make up`" in refused.stderr
        instance = second.launch("web-1")
        wait(instance.running, "the host, without the port")
        wait(
            lambda: f"port {second.settings.https_port} was in use" in second.command("status").stdout,
            "status to report it",
        )
    second.ec2.terminate_instances(InstanceIds=[instance.id])


def test_address_range_of_another_network_is_refused(second: Second) -> None:
    assert second.command("down").returncode == 0
    name = f"{second.settings.name}-foreign"
    pool = IPAMPool(subnet=str(second.settings.vpc_cidr))
    network = docker.from_env().networks.create(name, driver="bridge", ipam=IPAMConfig(pool_configs=[pool]))
    try:
        refused = second.command("up")
    finally:
        network.remove()
    assert refused.returncode == 1
    assert refused.stderr == (
        "sandbox: the VPC's range is in use by another Docker network\n"
        f"  found: {second.settings.vpc_cidr} of {name}\n"
        f"  fix: `docker network rm {name}`; hosts of the sandbox have addresses of {second.settings.vpc_cidr}\n"
    )
    assert labelled(second) == []


def test_down_leaves_nothing(second: Second, foreign: Container) -> None:
    second.up()
    wait(second.launch("web-1").running, "the host")
    assert len(labelled(second)) == 3
    done = second.command("down")
    assert done.returncode == 0, done.stderr
    assert labelled(second) == []
    assert alive(second) == []
    assert "not running" in second.command("status").stdout
    bridges = subprocess.run(["ip", "-brief", "address"], capture_output=True, text=True, check=True).stdout
    assert str(second.settings.gateway) not in bridges
    foreign.reload()
    assert foreign.status == "running"
    assert second.command("down").returncode == 0
