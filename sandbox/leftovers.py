"""What a sandbox leaves in Docker, found by its label: nothing without the label is ever touched."""

from collections.abc import Iterator
from contextlib import suppress

import docker
from docker.errors import APIError, NotFound
from docker.models.containers import Container

from sandbox.hypervisor.hosts import HTTPS
from sandbox.settings import Settings


def published_ports(client: docker.DockerClient, settings: Settings) -> list[int]:
    """Ports of this machine at which hosts of this sandbox's name are published."""
    mine = client.containers.list(filters={"label": [f"{settings.LABEL}={settings.name}", HTTPS]})
    return [int(host.labels[HTTPS]) for host in mine if host.labels[HTTPS]]


def foreign_ranges(client: docker.DockerClient, settings: Settings) -> dict[str, list[str]]:
    """The address ranges of every Docker network that is not this sandbox's: its name -> ranges."""
    return {
        str(network.name): [pool["Subnet"] for pool in network.attrs["IPAM"]["Config"] or [] if "Subnet" in pool]
        for network in client.networks.list()
        if (network.attrs["Labels"] or {}).get(settings.LABEL) != settings.name
    }


def remove_all(client: docker.DockerClient, settings: Settings) -> Iterator[str]:
    """Remove every container, network and volume of this sandbox's name, and say what each was.

    Only while the machine-wide lock is held and no hypervisor runs: then whatever carries the label is left over.
    """
    mine: dict[str, str | list[str] | bool] = {"label": f"{settings.LABEL}={settings.name}"}
    for container in client.containers.list(all=True, filters=mine, ignore_removed=True):
        _remove(container)
        yield f"host {container.name}"
    for network in client.networks.list(filters=mine):
        network.remove()
        yield f"network {network.name}"
    for volume in client.volumes.list(filters=mine):
        volume.remove()
        yield f"volume {volume.name}"


def _remove(container: Container) -> None:
    """Remove a container, or wait for the removal that a hypervisor had begun when it ended."""
    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
    except APIError as error:
        if error.status_code != 409:
            raise
        with suppress(NotFound):
            container.wait(condition="removed", timeout=30)
