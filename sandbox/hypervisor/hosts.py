"""The effects: systemd hosts as Docker containers, found by label and named after their instance.

A host is a container whose disk is the container's own layer and one volume (a nested Docker cannot keep its overlay
on an overlay). Why each flag: docs/decisions/sandbox-hosts.md.
"""

import io
import json
import tarfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from ipaddress import IPv4Network
from typing import Any

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container
from docker.types import EndpointConfig, IPAMConfig, IPAMPool

from sandbox.hypervisor.flags import create_container
from sandbox.hypervisor.reconcile import Create, Death, Host
from sandbox.settings import Settings

INSTANCE = "longshore.sandbox.instance"
HTTPS = "longshore.sandbox.https_port"
SEED = "var/lib/cloud/seed/nocloud"
# systemd ends in 0.3 s on its own signal, and units that hang get this many seconds.
STOP_SECONDS = 20
LAST_LINES = 3


class Hosts:
    """The hosts of one sandbox."""

    def __init__(self, client: docker.DockerClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._label = {settings.LABEL: settings.name}

    def found(self) -> list[Host]:
        """Every host, running or not."""
        return [
            Host(
                instance_id=found.labels[INSTANCE],
                running=found.attrs["State"]["Running"],
                booted=parse_time(found.attrs["State"]["StartedAt"]),
                death=death(found.attrs["State"]),
                https_port=int(found.labels[HTTPS]) if found.labels.get(HTTPS) else None,
            )
            for found in self._containers()
            if INSTANCE in found.labels
        ]

    def last_output(self, instance_id: str) -> str:
        """The last lines that a host wrote to its console, in one line."""
        try:
            written = self._get(instance_id).logs(tail=LAST_LINES).decode(errors="replace")
        except APIError as error:
            # The engine's default logging driver may not be one that can be read.
            return f"none, {error.explanation}"
        return " / ".join(line.strip() for line in written.splitlines() if line.strip()) or "none"

    def create(self, wanted: Create, image: str, public_key: str, user_data: bytes) -> None:
        """Make and boot a host. What fails half-way is removed, so that the next attempt starts afresh."""
        instance = wanted.instance
        if instance.address is None or instance.network is None or instance.address not in instance.network:
            # moto invents an address for an instance that was launched into no subnet.
            raise ValueError(f"private address {instance.address} is not in the VPC's range, {instance.network}")
        network = ensure_network(self._client, self._settings, instance.network)
        endpoint = EndpointConfig(self._client.api.api_version, ipv4_address=str(instance.address))
        self._client.volumes.create(self._name(instance.id), labels=self._label)
        container = create_container(
            self._client,
            image,
            binds=[f"{self._name(instance.id)}:/var/lib/docker"],
            ports={443: ("127.0.0.1", wanted.https_port)} if wanted.https_port else {},
            name=self._name(instance.id),
            hostname="ip-" + str(instance.address).replace(".", "-"),
            labels={**self._label, INSTANCE: instance.id, HTTPS: str(wanted.https_port or "")},
            networking_config={"EndpointsConfig": {network: endpoint}},
        )
        try:
            container.put_archive("/", archive(cloud_seed(wanted, public_key, user_data)))
            container.start()
        except APIError:
            self.remove(instance.id)
            raise

    def start(self, instance_id: str) -> None:
        """Boot a host that was shut down."""
        self._get(instance_id).start()

    def stop(self, instance_id: str) -> None:
        """Shut a host down; its disk stays."""
        self._get(instance_id).stop(timeout=STOP_SECONDS)

    def reboot(self, instance_id: str) -> None:
        """Shut a host down and boot it."""
        self._get(instance_id).restart(timeout=STOP_SECONDS)

    def remove(self, instance_id: str) -> None:
        """Remove a host and its disk; nothing happens where it is gone already."""
        with suppress(NotFound):
            self._get(instance_id).remove(force=True, v=True)
        with suppress(NotFound):
            self._client.volumes.get(self._name(instance_id)).remove()

    def _containers(self) -> list[Container]:
        label = f"{self._settings.LABEL}={self._settings.name}"
        return self._client.containers.list(all=True, filters={"label": label}, ignore_removed=True)

    def _get(self, instance_id: str) -> Container:
        return self._client.containers.get(self._name(instance_id))

    def _name(self, instance_id: str) -> str:
        return f"{self._settings.name}-{instance_id}"


def death(state: Mapping[str, Any]) -> Death | None:
    """How a container of this state ended; None where it runs, or never did."""
    if state["Status"] != "exited":
        return None
    return Death(state["ExitCode"], parse_time(state["FinishedAt"]))


def ensure_network(client: docker.DockerClient, settings: Settings, range_: IPv4Network) -> str:
    """The Docker network of a VPC's range, made if need be; its gateway is the range's first address."""
    name = f"{settings.name}-{range_.network_address}-{range_.prefixlen}"
    if not client.networks.list(names=[name]):
        pool = IPAMPool(subnet=str(range_), gateway=str(range_[1]))
        client.networks.create(
            name, driver="bridge", ipam=IPAMConfig(pool_configs=[pool]), labels={settings.LABEL: settings.name}
        )
    return name


def cloud_seed(wanted: Create, public_key: str, user_data: bytes) -> dict[str, bytes]:
    """What the host finds on its disk at first boot: path -> content, in the form of cloud-init's NoCloud source."""
    instance = wanted.instance
    metadata = {
        "instance-id": instance.id,
        "local-hostname": "ip-" + str(instance.address).replace(".", "-"),
        "public-keys": [public_key] if public_key else [],
    }
    return {f"{SEED}/meta-data": json.dumps(metadata).encode(), f"{SEED}/user-data": user_data}


def archive(files: Mapping[str, bytes]) -> bytes:
    """Files as a tar archive with their folders, readable by root only."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for path, content in files.items():
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(content), 0o600
            tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def parse_time(text: str) -> datetime:
    """Docker's time, which has nanoseconds that datetime lacks."""
    whole, _, fraction = text.rstrip("Z").partition(".")
    return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}").replace(tzinfo=UTC)
