"""Releases on aarch64: an image for arm64, and an emulated server of a t4g.small's size that is somebody's own.

The application's image is built for arm64 here and served to the host by a registry on this machine's loopback. The
host is a bare Debian, reached by SSH alone: site.yml makes it serve the first version, and while clients use
it over HTTPS, deploy.yml moves it to the second. Figures are written to docs/emulated.md.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import docker
import yaml

from engine.longshore.errors import RefusedError
from sandbox import settings
from sandbox.console import phase
from sandbox.machine import engine
from tests.aws.account import PROJECT, Environment
from tests.bench import report
from tests.emulated import arm_image, packages, registry, root_image, vm
from tests.emulated.root_image import CACHE, PAGE, Debian
from tests.load import Loop, Tally, Wrk

DEBIAN = Debian("bookworm", "arm64", "arm-1")
# A t4g.small has two cores and 2 GiB.
MEMORY_MIB = 2048
VERSIONS = ("1.0.0", "1.1.0")
PLAYBOOK_SECONDS = 2 * 3600
HTTPS = 443
TASK = {"question": "What is 15% of 240 km in miles?"}


def _measure(rows: list[list[str]]) -> list[str]:
    """Do all of it, a row for each figure; a line for each thing that is not as it must be."""
    client = engine.ensure(settings.load())
    packages.require("aarch64")
    with registry.serving() as port:
        for version in VERSIONS:
            began = time.monotonic()
            platform = _push(client, port, version)
            rows.append([f"image {version}, {platform}: built and pushed", _seconds(began)])
        image = root_image.make(DEBIAN)
        machine = vm.VirtualMachine(image, DEBIAN.architecture, CACHE / "arm" / "disk.ext4", MEMORY_MIB, (HTTPS,))
        with tempfile.TemporaryDirectory(prefix="arm-") as scratch, machine.new_disk():
            rows.append(["boot to SSH", f"{machine.boot_seconds:.0f} s"])
            environment = Environment("byo", Path(scratch) / "inventory" / "emulated-arm")
            _describe(environment, machine, port)
            # Under one address, so that playbooks ask the registry about the image from here too.
            with machine.sharing(port):
                return _release(environment, machine, rows)


def _release(environment: Environment, machine: vm.VirtualMachine, rows: list[list[str]]) -> list[str]:
    began = time.monotonic()
    _playbook(environment, "site", VERSIONS[0])
    rows.append([f"`site.yml`: a bare host serves {VERSIONS[0]}", _seconds(began)])
    authority = str(environment.state / "ca" / "ca.pem")
    url = f"https://127.0.0.1:{machine.ports[HTTPS]}"
    clients: list[Wrk | Loop] = [
        Wrk(f"{url}/", paced=True, connections=4),
        Loop("new TLS connection each", f"{url}/", authority, pause=0.5),
        Loop("POST a task each", f"{url}/v1/tasks", authority, TASK, pause=0.5),
    ]
    for one in clients:
        one.start()
    try:
        began = time.monotonic()
        _playbook(environment, "deploy", VERSIONS[1])
        rows.append([f"`deploy.yml`: {VERSIONS[1]}, under load", _seconds(began)])
    finally:
        tallies = [one.stop() for one in clients]
    wrong = _judge(tallies, rows)
    wrong += _facts(machine, rows)
    return wrong


def _judge(tallies: list[Tally], rows: list[list[str]]) -> list[str]:
    """A row for each client; a line for each request that was not answered well, and for a client that sent none."""
    wrong = list[str]()
    for tally in tallies:
        rows.append([f"requests meanwhile: {tally.client}", f"{tally.requests}, {len(tally.failures)} failed"])
        wrong += [f"{tally.client}: {failure}" for failure in tally.failures]
        if tally.requests == 0:
            wrong.append(f"{tally.client}: sent no request")
    return wrong


def _facts(machine: vm.VirtualMachine, rows: list[list[str]]) -> list[str]:
    """What the host says of itself, and what of it is not as it must be."""
    kernel = machine.read("uname -m")
    status = json.loads(machine.read("longshore status --json"))
    replicas = machine.read("docker ps --quiet").split()
    images = set(machine.read(f"docker inspect --format '{{{{.Image}}}}' {' '.join(replicas)}").split())
    platform = "{{.Os}}/{{.Architecture}}"
    platforms = set(machine.read(f"docker image inspect --format '{platform}' {' '.join(images)}").split())
    rows += [
        ["`uname -m`", kernel],
        ["system", machine.read(". /etc/os-release; echo $PRETTY_NAME, Linux $(uname -r)")],
        ["Docker", machine.read("docker version --format '{{.Server.Version}}, {{.Server.Os}}/{{.Server.Arch}}'")],
        ["`longshore status`", f"serves {status['image']}, {'healthy' if status['healthy'] else 'NOT HEALTHY'}"],
        [f"image of the {len(replicas)} replicas", ", ".join(sorted(platforms))],
        ["memory in use", machine.read('free -m | awk \'/^Mem:/ {print $3, "of", $2, "MiB"}\'')],
        ["each replica's", _memory(machine.read("docker stats --no-stream --format '{{.MemUsage}}'"))],
    ]
    found = {"kernel": kernel, "platforms": platforms, "images": len(images), **status}
    wanted = {"kernel": "aarch64", "platforms": {arm_image.PLATFORM}, "images": 1, "healthy": True}
    wanted["image"] = _reference(VERSIONS[1])
    return [f"{name}: {found[name]}, and not {value}" for name, value in wanted.items() if found[name] != value]


def _memory(usages: str) -> str:
    return ", ".join(sorted(line.split(" / ")[0] for line in usages.splitlines()))


def _reference(version: str) -> str:
    """The image as an operator names it; the host pulls it through the mirror."""
    return f"docker.io/longshore/agents:{version}"


def _push(client: docker.DockerClient, port: int, version: str) -> str:
    """Build an image and put it where the host pulls it; the platform that it says it is for."""
    tag = f"127.0.0.1:{port}/longshore/agents:{version}"
    with phase(f"image for arm64: {version}"):
        platform = arm_image.build(client, tag, version)
        try:
            answer = client.images.push(tag)
        finally:
            client.images.remove(tag)
    if '"error"' in answer:
        raise RefusedError("emulated: the image could not be pushed", found=answer[-300:], fix="run the command again")
    return platform


def _describe(environment: Environment, machine: vm.VirtualMachine, port: int) -> None:
    """List the host in the environment, as an operator does; its image is given more time than elsewhere."""
    host = {
        "ansible_host": "127.0.0.1",
        "ansible_port": machine.ports[vm.SSH],
        "ansible_ssh_private_key_file": str(machine.image.key),
        # Emulated, sshd may take longer.
        "host_access_seconds": 120,
    }
    environment.rewrite("hosts.yml", {"web": {"hosts": {DEBIAN.hostname: host}}})
    mirrors = {"docker_engine_registry_mirrors": [f"http://127.0.0.1:{port}"], "release_ready_seconds": 600}
    (environment.folder / "group_vars" / "all.yml").write_text(yaml.safe_dump(mirrors))


def _playbook(environment: Environment, name: str, version: str) -> None:
    """Run one of the project's playbooks, its output here as it comes."""
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(environment.folder)]
    command += [f"longshore.app.{name}", "-e", f"release_image={_reference(version)}"]
    with phase(f"{name}.yml: {version}"):
        done = subprocess.run(command, cwd=PROJECT, stdin=subprocess.DEVNULL, check=False, timeout=PLAYBOOK_SECONDS)
    if done.returncode != 0:
        raise RefusedError(
            f"emulated: {name}.yml failed on the emulated server",
            found=f"exit {done.returncode}",
            fix="read its output above",
        )


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"


def main() -> None:
    """Measure, write the section, and fail where something is not as it must be."""
    rows = list[list[str]]()
    wrong = _measure(rows)
    body = report.table(["", ""], rows)
    outcome = "\n".join(f"- {line}" for line in wrong[:20]) or "All as it must be: every request was answered well."
    report.write("arm", "Releases on aarch64", f"{body}\n\n{outcome}\n\nCommand: `make test-arm`.", PAGE)
    if wrong:
        raise SystemExit("\n".join(wrong[:50]))


if __name__ == "__main__":
    try:
        main()
    except RefusedError as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("emulated: interrupted; the virtual machine was ended")
