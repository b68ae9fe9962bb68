"""A systemd host in a container for a test of its own, made as the sandbox makes its hosts, reached over SSH as root.

`python -m tests.systemd_host NAME IMAGE KEY [--hostname NAME] [--label KEY=VALUE]` starts one and prints its address;
KEY is a private key, whose public half (KEY.pub) may enter.
"""

import argparse
import subprocess
from collections.abc import Mapping
from pathlib import Path

import docker

from sandbox.hypervisor.flags import create_container

# At first there is no bus to ask. A unit that failed is named.
STARTED = """until state=$(systemctl is-system-running --wait) || test "$state" = degraded; do sleep 0.1; done
systemctl --failed --no-legend
test "$state" = running"""
START_SECONDS = 120


def start(
    client: docker.DockerClient, name: str, image: str, key: Path, *, hostname: str, labels: Mapping[str, str]
) -> str:
    """Start a host and wait until its systemd has started; its address. Raises RuntimeError, with its last words."""
    public = key.with_name(f"{key.name}.pub")
    container = create_container(
        client,
        image,
        binds=[f"{public}:/root/.ssh/authorized_keys:ro"],
        # It would only look for an instance's data.
        arguments=["cloud-init=disabled"],
        volumes=["/var/lib/docker"],
        name=name,
        hostname=hostname,
        labels=dict(labels),
    )
    container.start()
    code, output = container.exec_run(["timeout", str(START_SECONDS), "sh", "-c", STARTED])
    if code:
        raise RuntimeError(f"{name} has not started: {output.decode()} {container.logs(tail=5).decode()}")
    container.reload()
    networks = container.attrs["NetworkSettings"]["Networks"]
    return str(next(iter(networks.values()))["IPAddress"])


def make_key(folder: Path) -> Path:
    """A new SSH key in a folder."""
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key


def main() -> None:
    """Start the host that the command line describes."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("name")
    parser.add_argument("image")
    parser.add_argument("key", type=Path)
    parser.add_argument("--hostname", default="web-1")
    parser.add_argument("--label", action="append", default=[])
    given = parser.parse_args()
    labels = dict(label.split("=", 1) for label in given.label)
    print(
        start(docker.from_env(), given.name, given.image, given.key.absolute(), hostname=given.hostname, labels=labels)
    )


if __name__ == "__main__":
    main()
