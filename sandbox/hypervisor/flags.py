"""How a host's container is started, by what `docker info` says of the engine.

Why each flag: docs/decisions/sandbox-hosts.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

CGROUPS = "/sys/fs/cgroup"
# Docker mounts a container's own cgroup tree read-only, and systemd is to write it.
WRITABLE_CGROUPS = ["/bin/sh", "-c", f"mount -o remount,rw {CGROUPS} && exec /sbin/init"]


@dataclass(frozen=True)
class Flags:
    """What differs between engines: host configuration, first process and bind mounts of a host's container."""

    options: dict[str, Any]
    command: list[str]
    binds: list[str] = field(default_factory=list)


def flags(info: Mapping[str, Any]) -> Flags:
    """The flags that give a host a cgroup tree which its systemd, and the Docker inside, may write."""
    if info.get("CgroupVersion", "1") == "2":
        # A nested Docker asks systemd for scopes, whose paths are right only in the host's own namespace. The machine's
        # tree must not be mounted over that namespace's: systemd then finds no cgroup of its own and exits with 255.
        return Flags({"cgroupns": "private"}, WRITABLE_CGROUPS)
    return Flags({"cgroupns": "host"}, ["/sbin/init"], [f"{CGROUPS}:{CGROUPS}:rw"])
