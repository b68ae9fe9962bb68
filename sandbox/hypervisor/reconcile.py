"""The decision: instances as the API lists them, hosts as they are, and what has to be done. No I/O.

A list of instances that could not be read is not an empty list: then there is nothing to decide, and the caller does
not ask.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv4Network

GONE = frozenset({"shutting-down", "terminated"})
STOPPED = frozenset({"stopping", "stopped"})


@dataclass(frozen=True)
class Instance:
    """An instance of the API."""

    id: str
    state: str
    # The tag Name, or "".
    name: str
    # None once it is terminated.
    address: IPv4Address | None
    network: IPv4Network | None
    key_name: str
    # The last time that somebody asked for a boot: by launch, start or reboot.
    boot_asked: datetime
    # Debian's code name, by the image that the instance was launched from; "" where that is not one of Debian's.
    release: str = ""


@dataclass(frozen=True)
class Death:
    """How the last boot of a host that does not run came to its end."""

    exit_code: int
    at: datetime


@dataclass(frozen=True)
class Host:
    """A host as Docker knows it."""

    instance_id: str
    running: bool
    # When it last booted; meaningless for one that was made and never started.
    booted: datetime
    # Where its HTTPS port is published on loopback, if it is.
    https_port: int | None = None
    # None while it runs.
    death: Death | None = None


@dataclass(frozen=True)
class Create:
    """Make the host of a new instance, and boot it."""

    instance: Instance
    https_port: int | None


@dataclass(frozen=True)
class Start:
    """Boot a host with the disk that it has."""

    instance_id: str


@dataclass(frozen=True)
class Stop:
    """Shut a host down and keep its disk."""

    instance_id: str


@dataclass(frozen=True)
class Reboot:
    """Shut a running host down and boot it."""

    instance_id: str


@dataclass(frozen=True)
class Remove:
    """Remove a host and its disk."""

    instance_id: str


Action = Create | Start | Stop | Reboot | Remove


def reconcile(instances: Iterable[Instance], hosts: Iterable[Host], first_https_port: int) -> list[Action]:
    """What makes the hosts like the instances; nothing when they already are.

    Hosts are removed first, since a new host may need the address or the port of an old one.
    """
    wanted = {instance.id: instance for instance in instances if instance.state not in GONE}
    existing = {host.instance_id: host for host in hosts}
    removals: list[Action] = [Remove(id_) for id_ in existing if id_ not in wanted]
    taken = {host.https_port for id_, host in existing.items() if id_ in wanted}
    changes: list[Action] = []
    for instance in wanted.values():
        host = existing.get(instance.id)
        if host is None:
            # A host is made when it first runs: an instance stopped before that has no disk to keep.
            if instance.state == "running":
                port = https_port(instance.name, first_https_port)
                port = None if port in taken else port
                taken.add(port)
                changes.append(Create(instance, port))
        elif instance.state in STOPPED:
            if host.running:
                changes.append(Stop(instance.id))
        elif instance.state == "running":
            # A host that left by itself, by `reboot` on its command line for instance, is booted again too.
            if not host.running:
                changes.append(Start(instance.id))
            elif host.booted < instance.boot_asked:
                changes.append(Reboot(instance.id))
    return removals + changes


def https_port(name: str, first: int) -> int | None:
    """The loopback port of a host by its name: `web-1` has the first, `web-2` the next; other names have none."""
    match = re.fullmatch(r"web-([1-9][0-9]?)", name)
    return first + int(match[1]) - 1 if match else None
