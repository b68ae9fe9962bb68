"""A sandbox beside the one of `make up`, driven by the same commands, with everything of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import docker
from docker.models.containers import Container

from sandbox.settings import CHECKOUT, Settings

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


def wait(condition: Callable[[], Any], what: str, seconds: float = 30) -> Any:
    """The condition's first true answer."""
    deadline = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.1)
    return answer


@dataclass
class Second:
    """The second sandbox and what a test asks of it."""

    settings: Settings
    folder: Path

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`python -m sandbox …` for this sandbox."""
        return subprocess.run(
            [sys.executable, "-m", "sandbox", *arguments], cwd=CHECKOUT, capture_output=True, text=True, timeout=300,
            env={**os.environ, **self.settings.environment()}, check=False,
        )  # fmt: skip

    def up(self) -> str:
        """Bring it up; what that printed."""
        done = self.command("up")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def processes(self) -> dict[str, Any]:
        """What the supervisor publishes."""
        report: dict[str, Any] = json.loads((self.settings.state / "processes.json").read_text())
        return report

    @property
    def ec2(self) -> EC2Client:
        """A client of its API."""
        return boto3.client(
            "ec2", endpoint_url=self.settings.endpoint, region_name=self.settings.region,
            aws_access_key_id="testing", aws_secret_access_key="testing",
        )  # fmt: skip

    def launch(self, name: str, user_data: str = "", debian: str = "12") -> Instance:
        """Run an instance in a subnet of the sandbox's range, with a key pair of the tests'."""
        key = self.folder / "id_ed25519"
        if not key.exists():
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
        if not self.ec2.describe_key_pairs()["KeyPairs"]:
            self.ec2.import_key_pair(KeyName="test", PublicKeyMaterial=key.with_suffix(".pub").read_bytes())
        image = self.ec2.describe_images(
            Owners=["136693071363"], Filters=[{"Name": "name", "Values": [f"debian-{debian}-arm64-*"]}]
        )["Images"][0]["ImageId"]
        tags: Any = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
        made = self.ec2.run_instances(
            ImageId=image, InstanceType="t4g.small", MinCount=1, MaxCount=1, KeyName="test", SubnetId=self._subnet(),
            UserData=user_data, TagSpecifications=tags,
        )["Instances"][0]  # fmt: skip
        return Instance(self, made["InstanceId"], made["PrivateIpAddress"])

    def _subnet(self) -> str:
        cidr = str(self.settings.vpc_cidr)
        for found in self.ec2.describe_subnets()["Subnets"]:
            if found["CidrBlock"] == cidr:
                return found["SubnetId"]
        vpc = self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        return self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr)["Subnet"]["SubnetId"]


@dataclass
class Instance:
    """An instance of the second sandbox."""

    sandbox: Second
    id: str
    address: str

    def container(self) -> Container | None:
        """Its host, if there is one."""
        found = docker.from_env().containers.list(
            all=True, filters={"name": f"{self.sandbox.settings.name}-{self.id}"}, ignore_removed=True
        )
        return found[0] if found else None

    def running(self) -> bool:
        """Whether its host runs."""
        host = self.container()
        return host is not None and host.status == "running"

    def booted(self) -> str:
        """When its host last booted."""
        host = self.container()
        assert host is not None
        return str(host.attrs["State"]["StartedAt"])

    def ssh(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as `admin`, the key pair's private key in hand; the host's key is pinned at first contact."""
        options = {
            "BatchMode": "yes", "ConnectTimeout": "2", "StrictHostKeyChecking": "accept-new",
            "UserKnownHostsFile": str(self.sandbox.folder / "known_hosts"), "HostKeyAlias": self.id,
        }  # fmt: skip
        arguments = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        return subprocess.run(
            ["ssh", "-i", str(self.sandbox.folder / "id_ed25519"), *arguments, f"admin@{self.address}", command],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip

    def answers(self) -> bool:
        """Whether SSH lets the key in, once cloud-init is through with the boot."""
        return self.ssh("cloud-init status --wait").returncode == 0

    def wait_until_it_answers(self) -> None:
        """Wait for SSH."""
        wait(self.answers, f"SSH on {self.id}", 60)

    def output(self, command: str) -> str:
        """What a command that must succeed prints."""
        done = self.ssh(command)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
