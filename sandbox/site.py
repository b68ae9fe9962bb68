"""What `make up` does once the sandbox is up: an image to serve, the production playbooks, and what to try next."""

import signal
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import docker

from engine.longshore.errors import RefusedError
from sandbox import application, direct, health, report
from sandbox.console import phase, say
from sandbox.hypervisor.reconcile import https_port
from sandbox.machine import network
from sandbox.settings import CHECKOUT, Settings

ENVIRONMENT = ".longshore/sandbox"
AUTHORITY = f"{ENVIRONMENT}/ca/ca.pem"
# Between two looks at the sandbox's health while Ansible runs, and for Ansible to end when it is interrupted.
LOOK_SECONDS = 1
INTERRUPT_SECONDS = 20
NEXT_IMAGE = "docker.io/longshore/agents:1.1.0"


def deploy(client: docker.DockerClient, settings: Settings) -> None:
    """From an empty account to HTTPS, by what an operator would run."""
    with phase("application's image, built and pushed"):
        application.push(client, settings, application.parse(application.DEFAULT))
    with phase("longshore.app.site"):
        _playbook("longshore.app.site", settings)
    hosts = [host for host in health.last_hosts(settings) if https_port(host["name"], settings.https_port)]
    for host in hosts:
        if host["https_port"]:
            with phase(f"asking {host['name']}"):
                say(f"    it answers: {ask(host['https_port'])}")
    say(next_steps(hosts, settings.https_port))


def _playbook(name: str, settings: Settings) -> None:
    """Run a playbook to its end, or until a part of the sandbox fails: Ansible would wait minutes for a dead host."""
    command = [str(Path(sys.executable).parent / "ansible-playbook"), "-i", "inventory/sandbox", name]
    with subprocess.Popen(command, cwd=CHECKOUT, env=network.environment_with_no_proxy(settings)) as run:
        while (code := _ended(run, LOOK_SECONDS)) is None:
            if trouble := health.problem(settings):
                _interrupt(run)
                raise trouble
    if code != 0:
        # To Ansible a host that the sandbox could not make is one that does not answer.
        health.require(settings)
        sys.exit(code)


def _ended(run: subprocess.Popen[bytes], seconds: float) -> int | None:
    """The process's exit code; None where it still runs after the given time."""
    try:
        return run.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _interrupt(run: subprocess.Popen[bytes]) -> None:
    """End Ansible as Ctrl-C does, and by force where it does not end."""
    run.send_signal(signal.SIGINT)
    if _ended(run, INTERRUPT_SECONDS) is None:
        run.kill()


def ask(port: int) -> str:
    """The first line that the published port answers, its certificate checked against the environment's authority."""
    url = f"https://localhost:{port}"
    try:
        trust = ssl.create_default_context(cafile=CHECKOUT / AUTHORITY)
        with direct.get(url, timeout=10, trust=trust) as answer:
            return answer.readline().decode().strip()
    except OSError as error:
        raise RefusedError(
            "make: the playbooks ended well, but the host does not answer",
            found=f"{url}: {error}",
            fix="see what serves with `ansible-playbook -i inventory/sandbox longshore.app.status`",
        ) from error


def next_steps(hosts: list[dict[str, Any]], first_port: int) -> str:
    """What a person needs next: addresses, how to log in, three commands to try."""
    login = f"ssh -i {ENVIRONMENT}/id_ed25519 -o UserKnownHostsFile={ENVIRONMENT}/known_hosts"
    playbook = "ansible-playbook -i inventory/sandbox longshore.app"
    lines = [""]
    for host in hosts:
        where = report.published(host, first_port)
        url, note = (where, "") if host["https_port"] else (f"https://{host['address']}", f", {where}")
        lines += [
            f"{host['name']} serves {url}{note}",
            f"  curl --cacert {AUTHORITY} {url}",
            f"  {login} -o HostKeyAlias={host['instance']} admin@{host['address']}",
        ]
    lines += [
        "",
        "Worth trying next, after `. .venv/bin/activate`:",
        f"  {playbook}.status",
        f"  make push IMAGE={NEXT_IMAGE}",
        f"  {playbook}.deploy -e release_image={NEXT_IMAGE}",
    ]
    return "\n".join(lines)
