"""What a sandbox is doing, for a person; and everything worth keeping of one in which a test failed."""

import shutil
from pathlib import Path
from typing import Any

import docker
from docker.models.containers import Container

from sandbox import state
from sandbox.console import say
from sandbox.hypervisor.hosts import INSTANCE
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
    report = state.read(settings.state / "processes.json")
    if report is None or not Path(f"/proc/{report['supervisor']}").exists():
        say("sandbox: not running\n  seen: no supervisor\n  mend: make up")
        return False
    say(f"sandbox up since {report['since']}, supervisor {report['supervisor']}, logs in {settings.logs}")
    for name, status in report["processes"].items():
        say(f"  {name:<12}" + (f"process {status['pid']}" if status["pid"] else f"ended with {status['ended_with']}"))
    say(f"AWS API at {settings.endpoint}; Docker Hub at 127.0.0.1:{settings.registry_port}, for hosts at "
        f"http://{settings.gateway}:{settings.registry_port}")  # fmt: skip
    hosts: dict[str, Any] = state.read(settings.state / "hosts.json") or {"hosts": [], "failures": {}}
    for host in hosts["hosts"]:
        https = f"https://localhost:{host['https_port']}" if host["https_port"] else "no published port"
        running = "running" if host["running"] else "stopped"
        say(f"  {host['name'] or host['instance']:<12}{host['address']:<16}{running:<9}{https}  {host['instance']}")
    for instance, reason in hosts["failures"].items():
        say(f"  {instance} has no host: {reason}")
    problem = settings.state / "problem"
    if problem.exists():
        say(problem.read_text().rstrip())
    return not problem.exists() and not hosts["failures"]


def collect(client: docker.DockerClient, settings: Settings, folder: Path) -> None:
    """Copy logs of the sandbox's processes, and of each host what HOST_COMMANDS says and its replicas' logs."""
    folder.mkdir(parents=True, exist_ok=True)
    if settings.logs.is_dir():
        shutil.copytree(settings.logs, folder / "sandbox", dirs_exist_ok=True)
    for name in ("processes.json", "hosts.json", "problem"):
        if (settings.state / name).exists():
            shutil.copy(settings.state / name, folder / name)
    label = f"{settings.LABEL}={settings.name}"
    for container in client.containers.list(filters={"label": [label, INSTANCE]}):
        _collect_host(container, folder / container.labels[INSTANCE])
    say(f"    collected in {folder}")


def _collect_host(host: Container, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for file, command in HOST_COMMANDS.items():
        (folder / file).write_bytes(_output(host, command))
    for name in _output(host, "docker ps --all --format {{.Names}}").decode(errors="replace").split():
        (folder / f"{name}.log").write_bytes(_output(host, f"docker logs --timestamps {name}"))


def _output(host: Container, command: str) -> bytes:
    output = host.exec_run(command).output
    assert isinstance(output, bytes)  # not a stream
    return output
