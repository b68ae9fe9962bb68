"""What a sandbox is doing, for a person; and everything worth keeping of one in which a test failed."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from sandbox import health, lock, state
from sandbox.console import say
from sandbox.hypervisor.hosts import INSTANCE
from sandbox.hypervisor.reconcile import https_port
from sandbox.settings import Settings

# File -> command on each host. A host without the command yet leaves a file that says so.
HOST_COMMANDS = {
    "journal.log": "journalctl --boot --no-pager --output short-iso",
    "units.txt": "systemctl --failed --no-pager",
    "replicas.txt": "docker ps --all --no-trunc",
    "longshore.txt": "longshore status",
    "releases.jsonl": "cat /var/lib/longshore/journal.jsonl",
    "nginx-error.log": "cat /var/log/nginx/error.log",
}


def show(settings: Settings) -> bool:
    """Print processes, addresses and hosts; False where something is wrong."""
    holder = lock.holder(settings)
    processes = health.statuses(settings, holder)
    if holder and processes:
        say(f"sandbox up since {holder.since}, supervisor {holder.pid}, logs in {settings.logs}")
        for name, status in processes.items():
            say(f"  {name:<12}" + (f"process {status.pid}" if status.pid else health.how(status)))
        say(f"AWS API at {settings.endpoint}; Docker Hub at 127.0.0.1:{settings.registry_port}, for hosts at "
            f"http://{settings.gateway}:{settings.registry_port}")  # fmt: skip
        for host in health.last_hosts(settings):
            running = "running" if host["running"] else "stopped"
            where = published(host, settings.https_port)
            say(f"  {host['name'] or host['instance']:<12}{host['address']:<16}{running:<9}{where}  {host['instance']}")
    trouble = health.problem(settings)
    if trouble:
        say(str(trouble))
    return trouble is None


def published(host: Mapping[str, Any], first_port: int) -> str:
    """Where a person on this machine finds a host of `hosts.json`, or why they don't."""
    if host["https_port"]:
        return f"https://localhost:{host['https_port']}"
    port = https_port(host["name"], first_port)
    return f"not published, port {port} was in use when it was made" if port else "no published port"


def collect(client: docker.DockerClient, settings: Settings, folder: Path) -> None:
    """Copy logs of the sandbox's processes, and of each host what HOST_COMMANDS says and its replicas' logs."""
    folder.mkdir(parents=True, exist_ok=True)
    if settings.logs.is_dir():
        shutil.copytree(settings.logs, folder / "sandbox", dirs_exist_ok=True)
    for name in state.REPORTS:
        if (settings.state / name).exists():
            shutil.copy(settings.state / name, folder / name)
    label = f"{settings.LABEL}={settings.name}"
    for container in client.containers.list(filters={"label": [label, INSTANCE]}):
        collect_host(container, folder / container.labels[INSTANCE])
    say(f"    collected in {folder}")


def collect_host(host: Container, folder: Path) -> None:
    """Copy what HOST_COMMANDS says and the replicas' logs of one running host."""
    folder.mkdir(parents=True, exist_ok=True)
    for file, command in HOST_COMMANDS.items():
        (folder / file).write_bytes(_run(host, command)[1])
    # A host may be too young for Docker, or its Docker down.
    code, names = _run(host, "docker ps --all --format {{.Names}}")
    for name in names.decode(errors="replace").split() if code == 0 else ():
        (folder / f"{name}.log").write_bytes(_run(host, f"docker logs --timestamps {name}")[1])


def _run(host: Container, command: str) -> tuple[int | None, bytes]:
    """Its exit code and all that it wrote."""
    code, output = host.exec_run(command)
    assert isinstance(output, bytes)  # not a stream
    return code, output
