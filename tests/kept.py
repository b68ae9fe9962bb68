"""Logs of what a failed test has running, copied while it is still there: `python -m tests.kept NAME [CONTAINER …]`.

Hosts of an environment of the tests' own, of a role's scenario and of the engine's tests are removed as soon as a test
ends. Each failure has a folder of its own in `.sandbox/collected`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from contextlib import suppress

import docker
from docker.errors import DockerException, NotFound
from requests.exceptions import RequestException

from sandbox import report, settings

COLLECTED = settings.CHECKOUT / ".sandbox" / "collected"
# Of the release engine's tests: each engine has a name of its own.
ENGINE = "longshore.engine"


def keep(name: str, *hosts: str) -> None:
    """Copy the logs of the sandbox and its hosts, of replicas outside of hosts, and of other systemd hosts by name.

    A process of its own, and whatever befalls it, the test's own failure is what is reported.
    """
    command = [sys.executable, "-m", "tests.kept", re.sub(r"[^\w.-]+", "-", name), *hosts]
    with suppress(subprocess.TimeoutExpired):
        subprocess.run(command, cwd=settings.CHECKOUT, check=False, timeout=120)


def _copy(name: str, hosts: list[str]) -> None:
    folder = COLLECTED / name
    client = docker.from_env()
    report.collect(client, settings.load(), folder)
    for host in hosts:
        report.collect_host(client.containers.get(host), folder / host)
    for replica in client.containers.list(all=True, filters={"label": ENGINE}, ignore_removed=True):
        # Those of another process's tests come and go.
        with suppress(NotFound):
            (folder / f"{replica.name}.log").write_bytes(replica.logs(timestamps=True))


if __name__ == "__main__":
    try:
        _copy(sys.argv[1], sys.argv[2:])
    except (DockerException, RequestException) as error:
        print(f"not all logs could be kept: {error}")
