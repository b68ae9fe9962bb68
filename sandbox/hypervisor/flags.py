"""How a host's container is started, by what `docker info` says of the engine.

Why each flag: docs/decisions/sandbox-hosts.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import docker
from docker.models.containers import Container

CGROUPS = "/sys/fs/cgroup"
# Docker mounts a container's own cgroup tree read-only, and systemd is to write it.
WRITABLE_CGROUPS = ["/bin/sh", "-c", f'mount -o remount,rw {CGROUPS} && exec /sbin/init "$@"', "init"]


@dataclass(frozen=True)
class Flags:
    """What differs between engines: host configuration, first process and bind mounts of a host's container."""

    options: dict[str, Any]
    command: list[str]
    binds: list[str] = field(default_factory=list)


def flags(info: Mapping[str, Any]) -> Flags:
    """The flags that give a host its capabilities, and a cgroup tree that its systemd and Docker may write."""
    # Missing in many containers and virtual machines, and nothing on a host needs it. Docker 20.10 takes ALL for all
    # that the kernel knows, and fails where some are missing; later ones take it for what there is, and refuse to drop
    # what is not there.
    old = str(info.get("ServerVersion", "")).startswith("20.")
    capabilities: dict[str, Any] = {"cap_add": ["ALL"], "cap_drop": ["SYS_RESOURCE"] if old else []}
    if info.get("CgroupVersion", "1") == "2":
        # A nested Docker asks systemd for scopes, whose paths are right only in the host's own namespace. The machine's
        # tree must not be mounted over that namespace's: systemd then finds no cgroup of its own and exits with 255.
        return Flags({"cgroupns": "private", **capabilities}, WRITABLE_CGROUPS)
    return Flags({"cgroupns": "host", **capabilities}, ["/sbin/init"], [f"{CGROUPS}:{CGROUPS}:rw"])


def create_container(
    client: docker.DockerClient,
    image: str,
    *,
    binds: Sequence[str],
    ports: Mapping[int, tuple[str, int]] | None = None,
    arguments: Sequence[str] = (),
    **settings: Any,
) -> Container:
    """A container that is a systemd host with a Docker of its own, created and not started.

    `ports` are published, from the host's to an address and port of the machine; `arguments` are for the first process;
    `settings` are any others of Docker's.
    """
    chosen = flags(client.info())
    published: dict[int | str, Any] = dict((ports or {}).items())
    options = client.api.create_host_config(
        security_opt=["seccomp=unconfined", "apparmor=unconfined"],
        tmpfs={"/run": "", "/run/lock": "", "/tmp": ""},  # noqa: S108
        binds=[*chosen.binds, *binds],
        port_bindings=published,
        **chosen.options,
    )
    # The command line's `--security-opt systempaths=unconfined`, which the SDK does not have.
    options |= {"MaskedPaths": [], "ReadonlyPaths": []}
    made = client.api.create_container(
        image,
        [*chosen.command, *arguments],
        host_config=options,
        # Docker publishes no port that is not exposed.
        ports=list(published),
        stop_signal="SIGRTMIN+3",
        **settings,
    )
    return client.containers.get(made["Id"])
