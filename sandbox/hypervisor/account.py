"""The instances of the AWS API, read as plain values; refuses any API but moto's on this machine."""

import base64
import re
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from engine.longshore.errors import RefusedError
from sandbox.aws import REBOOTED
from sandbox.hypervisor.reconcile import Instance
from sandbox.settings import MOTO_ACCOUNT, RELEASES

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import InstanceTypeDef
    from mypy_boto3_sts import STSClient


def check_endpoint(endpoint: str) -> None:
    """Refuse an API that is not on this machine."""
    host = urlsplit(endpoint).hostname or ""
    try:
        local = ip_address(host).is_loopback
    except ValueError:
        local = host == "localhost"
    if not local:
        raise RefusedError(
            "sandbox: the AWS endpoint is not on this machine",
            found=endpoint,
            fix="leave AWS_ENDPOINT_URL out; the sandbox sets its own",
        )


def check_account(account: str) -> None:
    """Refuse any account but moto's."""
    if account != MOTO_ACCOUNT:
        raise RefusedError(
            "sandbox: the AWS endpoint does not answer as moto does",
            found=f"account {account}",
            fix=f"run the sandbox's own API, whose account is {MOTO_ACCOUNT}; see what listens on that port",
        )


class Account:
    """The one account of moto's that the sandbox has; credentials and region come from the environment."""

    def __init__(self, endpoint: str) -> None:
        check_endpoint(endpoint)
        quick = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1}, proxies={})
        self._sts: STSClient = boto3.client("sts", endpoint_url=endpoint, config=quick)
        self._ec2: EC2Client = boto3.client("ec2", endpoint_url=endpoint, config=quick)
        self._checked = False
        self._ranges: dict[str, IPv4Network] = {}
        self._images: dict[str, str] = {}

    def instances(self) -> list[Instance]:
        """Every instance; botocore's errors mean that no API answers, RefusedError that it is not moto's."""
        if not self._checked:
            check_account(self._sts.get_caller_identity()["Account"])
            self._checked = True
        pages = self._ec2.get_paginator("describe_instances").paginate()
        return [
            self._instance(found) for page in pages for group in page["Reservations"] for found in group["Instances"]
        ]

    def public_key(self, key_name: str) -> str:
        """A key pair's public key in OpenSSH's format, or "" where the instance has none."""
        if not key_name:
            return ""
        found = self._ec2.describe_key_pairs(KeyNames=[key_name], IncludePublicKey=True)["KeyPairs"]
        return found[0].get("PublicKey", "").strip()

    def user_data(self, instance_id: str) -> bytes:
        """What the instance was launched with."""
        answer = self._ec2.describe_instance_attribute(InstanceId=instance_id, Attribute="userData")
        return base64.b64decode(answer.get("UserData", {}).get("Value", ""))

    def _instance(self, found: "InstanceTypeDef") -> Instance:
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        address = found.get("PrivateIpAddress")
        alive = found["State"]["Name"] != "terminated"
        return Instance(
            id=found["InstanceId"],
            state=found["State"]["Name"],
            name=tags.get("Name", ""),
            address=IPv4Address(address) if address else None,
            network=self._range(found["VpcId"]) if alive and "VpcId" in found else None,
            key_name=found.get("KeyName", ""),
            boot_asked=boot_asked(found["LaunchTime"], found.get("StateTransitionReason", "")),
            release=release_of(self._image_name(found["ImageId"])) if alive else "",
        )

    def _range(self, vpc: str) -> IPv4Network:
        # A VPC's range never changes, and two accounts' worth of ids never meet: moto's are random.
        if vpc not in self._ranges:
            described = self._ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]
            self._ranges[vpc] = IPv4Network(described["CidrBlock"])
        return self._ranges[vpc]

    def _image_name(self, image: str) -> str:
        # Nor does an image's name.
        if image not in self._images:
            described = self._ec2.describe_images(ImageIds=[image])["Images"]
            self._images[image] = described[0].get("Name", "") if described else ""
        return self._images[image]


def release_of(image_name: str) -> str:
    """Debian's code name by the name of one of its images, as debian-13-arm64-20260914-2235; "" for other images."""
    match = re.match(r"debian-(\d+)-", image_name)
    names = {version: name for name, version in RELEASES.items()}
    return names.get(match[1], "") if match else ""


def boot_asked(launched: datetime, reason: str) -> datetime:
    """The later of launch (or start) and reboot."""
    launched = launched.astimezone(UTC)
    if reason.startswith(REBOOTED):
        return max(launched, datetime.fromisoformat(reason.removeprefix(REBOOTED)))
    return launched
