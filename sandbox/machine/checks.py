"""What is looked at before a sandbox changes anything on the machine: commands, ports, addresses, disk, proxies, clock.

Only the standard library: bootstrap.sh looks at some of it before anything is installed.
"""

import json
import os
import shutil
from collections.abc import Collection, Mapping
from contextlib import suppress
from ipaddress import IPv4Network, ip_network
from pathlib import Path

from engine.longshore.errors import RefusedError
from sandbox.machine import outside, ports
from sandbox.settings import Settings

# Debian, the hosts' image, the application's image and two hosts with it took 2.1 GiB; doubled.
NEEDED_GIB = 4
DAEMON_SETTINGS = Path("/etc/docker/daemon.json")
OTHER = "stop it, then `make up`"


def check(settings: Settings) -> None:
    """Raise RefusedError for the first thing that would stop the sandbox half-way."""
    ports.require_free(settings.api_port, "the AWS API", OTHER)
    ports.require_free(settings.registry_port, "the stand-in for Docker Hub", OTHER)
    check_range(settings.vpc_cidr, Path("/proc/net/route").read_text())
    check_commands()
    check_room(settings.state.parent)
    outside.check_reachable()
    outside.check(outside.asked())


def check_commands() -> None:
    """Refuse a machine without the command that builds and pushes the application's image."""
    if shutil.which("docker") is None:
        raise RefusedError(
            "docker: the command `docker` is not installed",
            found=f"no docker in {os.environ.get('PATH', '')}",
            fix="`make up` installs it: docker-cli on Debian 13, docker.io on Debian 12; Docker's own is docker-ce-cli",
        )


def check_room(*folders: Path) -> None:
    """Refuse to fill the disks of folders, and of the one where Docker keeps its data."""
    for folder in (*folders, _docker_root()):
        check_disk(folder, shutil.disk_usage(folder).free)


def _docker_root() -> Path:
    """Where Docker keeps its data, by its settings; where there is nothing yet, the folder above."""
    with suppress(OSError, ValueError, AttributeError):
        if root := json.loads(DAEMON_SETTINGS.read_text()).get("data-root"):
            return next(folder for folder in (Path(root), *Path(root).parents) if folder.is_dir())
    return Path("/var/lib")


def check_https(settings: Settings, ours: Collection[int], other_port: str) -> None:
    """Refuse when another process listens where the first host is published.

    ours: ports that hosts of this sandbox hold, or of a dead one, which will be free once those are removed.
    other_port: how to have another.
    """
    if settings.https_port not in ours:
        ports.require_free(settings.https_port, "the application's HTTPS", f"{OTHER}, or {other_port}")


def check_range(wanted: IPv4Network, routes: str) -> None:
    """Refuse a range that the machine already reaches through a device of its own (routes: /proc/net/route)."""
    for line in routes.splitlines()[1:]:
        device, destination, _, _, _, _, _, mask, *_ = line.split()
        # Hex, in the byte order of the processor.
        route = IPv4Network((_little_endian(destination), int(mask, 16).bit_count()))
        # Docker's own networks have names: see check_networks.
        if route.prefixlen and not device.startswith("br-") and route.overlaps(wanted):
            raise RefusedError(
                "sandbox: the VPC's range is in use on this machine's network",
                found=f"{route} on {device}",
                fix=f"leave that network; hosts of the sandbox have addresses of {wanted}",
            )


def check_networks(wanted: IPv4Network, others: Mapping[str, Collection[str]]) -> None:
    """Refuse a range that another Docker network has; Docker would too, in the middle (others: name -> ranges)."""
    for name, ranges in others.items():
        for taken in map(ip_network, ranges):
            if taken.overlaps(wanted):
                raise RefusedError(
                    "sandbox: the VPC's range is in use by another Docker network",
                    found=f"{taken} of {name}",
                    fix=f"`docker network rm {name}`; hosts of the sandbox have addresses of {wanted}",
                )


def _little_endian(text: str) -> int:
    return int.from_bytes(int(text, 16).to_bytes(4, "little"), "big")


def check_disk(folder: Path, free_bytes: int) -> None:
    """Refuse to fill a disk."""
    if free_bytes < NEEDED_GIB * 2**30:
        raise RefusedError(
            f"sandbox: {NEEDED_GIB} GiB of free disk are needed for images and hosts",
            found=f"{free_bytes / 2**30:.1f} GiB under {folder}",
            fix="free some, for instance with `docker image prune`",
        )
