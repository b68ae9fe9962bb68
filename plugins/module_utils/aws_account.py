"""Reads an AWS account through EC2's and IAM's API."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ansible_collections.longshore.app.plugins.module_utils import account_listing

with contextlib.suppress(ImportError):  # AnsibleAWSModule says so
    from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

# States of an instance that is there.
ALIVE = ("pending", "running", "stopping", "stopped")


def tag_filters(tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """EC2's filters for resources that carry all of the tags."""
    return [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]


def named(resource: Mapping[str, Any]) -> str:
    """The Name tag of a resource."""
    return next((tag["Value"] for tag in resource.get("Tags", []) if tag["Key"] == "Name"), "")


def newest(images: Iterable[Mapping[str, Any]]) -> dict[str, str] | None:
    """The image that was published last."""
    image = max(images, key=lambda candidate: str(candidate["CreationDate"]), default=None)
    if image is None:
        return None
    return {
        "id": image["ImageId"],
        "name": image["Name"],
        "architecture": image["Architecture"],
        "root_device": image["RootDeviceName"],
    }


class Account:
    """The account, through EC2's and IAM's API."""

    def __init__(self, module: Any) -> None:
        self.ec2 = module.client("ec2")
        self.iam = module.client("iam")
        self.tags: dict[str, str] = module.params["tags"]
        self.filters = tag_filters(self.tags)
        self.path: str = module.params["role_path"]

    def pages(self, client: Any, operation: str, result: str, **arguments: Any) -> list[dict[str, Any]]:
        """Every item of a paginated operation."""
        pages = client.get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page[result]]

    def networks(self) -> dict[str, list[dict[str, str]]]:
        """What a network consists of."""
        return {
            "vpcs": self.parts("describe_vpcs", "Vpcs", "VpcId"),
            "subnets": self.parts("describe_subnets", "Subnets", "SubnetId"),
            "gateways": self.parts("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
            "route_tables": self.parts("describe_route_tables", "RouteTables", "RouteTableId"),
            "security_groups": self.parts("describe_security_groups", "SecurityGroups", "GroupId"),
        }

    def parts(self, operation: str, result: str, identifier: str) -> list[dict[str, str]]:
        """The environment's parts of one kind."""
        return [
            {
                "id": part[identifier],
                "name": named(part),
                "cidr": part.get("CidrBlock", ""),
                "vpc": part.get("VpcId", ""),
            }
            for part in self.pages(self.ec2, operation, result, Filters=self.filters)
        ]

    def instances(self) -> list[dict[str, Any]]:
        """Instances, in the order of their names; terminated ones for as long as AWS tells of them."""
        reservations = self.pages(self.ec2, "describe_instances", "Reservations", Filters=self.filters)
        found = [
            {
                "id": instance["InstanceId"],
                "name": named(instance),
                "type": instance["InstanceType"],
                "state": instance["State"]["Name"],
                "protected": instance["State"]["Name"] in ALIVE and self.protected(instance["InstanceId"]),
            }
            for reservation in reservations
            for instance in reservation["Instances"]
        ]
        return sorted(found, key=lambda instance: (len(instance["name"]), instance["name"]))

    def protected(self, instance: str) -> bool:
        """Whether AWS refuses to terminate the instance."""
        answer = self.ec2.describe_instance_attribute(InstanceId=instance, Attribute="disableApiTermination")
        return bool(answer["DisableApiTermination"]["Value"])

    def addresses(self) -> list[dict[str, Any]]:
        """Elastic IPs, with the instance that each is associated with."""
        return [
            {
                "id": address["AllocationId"],
                "name": named(address),
                "address": address["PublicIp"],
                "instance": address.get("InstanceId") or "",
            }
            for address in self.ec2.describe_addresses(Filters=self.filters)["Addresses"]
        ]

    def loose(self, hosts: set[str]) -> dict[str, list[dict[str, str]]]:
        """Volumes and interfaces, told apart by whether they go with one of `hosts`, stay, or are another's."""
        volumes = self.pages(self.ec2, "describe_volumes", "Volumes", Filters=self.filters)
        interfaces = self.pages(self.ec2, "describe_network_interfaces", "NetworkInterfaces", Filters=self.filters)
        return {
            "volumes": [account_listing.volume(named(volume), volume, hosts) for volume in volumes],
            "interfaces": [account_listing.interface(named(each), each, hosts) for each in interfaces],
        }

    def snapshots(self) -> list[dict[str, str]]:
        """Snapshots, and which image is made of each."""
        found = self.pages(self.ec2, "describe_snapshots", "Snapshots", OwnerIds=["self"], Filters=self.filters)
        images = self.ec2.describe_images(Owners=["self"])["Images"] if found else []
        made = {
            device["Ebs"]["SnapshotId"]: image["ImageId"]
            for image in images
            for device in image.get("BlockDeviceMappings", [])
            if device.get("Ebs", {}).get("SnapshotId")
        }
        return [
            {"id": each["SnapshotId"], "name": named(each), "holder": made.get(each["SnapshotId"], "")}
            for each in found
        ]

    def roles(self, everywhere: bool) -> list[dict[str, str]]:
        """The environment's IAM roles, each with name and path."""
        return [
            {"name": role["RoleName"], "path": role["Path"]}
            for role in self.pages(self.iam, "list_roles", "Roles", PathPrefix="/" if everywhere else self.path)
            # AWS's own can't be ours.
            if not role["Path"].startswith("/aws-") and self.ours(self.iam.get_role(RoleName=role["RoleName"])["Role"])
        ]

    def profiles(self, everywhere: bool) -> list[dict[str, str]]:
        """The environment's instance profiles, each with name and path."""
        prefix = "/" if everywhere else self.path
        return [
            {"name": profile["InstanceProfileName"], "path": profile["Path"]}
            for profile in self.pages(self.iam, "list_instance_profiles", "InstanceProfiles", PathPrefix=prefix)
            if self.profile_is_ours(profile["InstanceProfileName"])
        ]

    def profile_is_ours(self, name: str) -> bool:
        """Whether an instance profile carries the environment's tags; listing profiles doesn't tell."""
        return self.ours(self.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"])

    def ours(self, tagged: Mapping[str, Any]) -> bool:
        """Whether a resource carries the environment's tags."""
        return self.tags.items() <= {tag["Key"]: tag["Value"] for tag in tagged.get("Tags", [])}.items()

    def key(self, name: str) -> dict[str, str] | None:
        """The key pair of a name, whoever made it."""
        by_name = [{"Name": "key-name", "Values": [name]}]
        for key in self.ec2.describe_key_pairs(Filters=by_name, IncludePublicKey=True)["KeyPairs"]:
            return {"public": " ".join(key["PublicKey"].split()[:2])}
        return None

    def key_pairs(self) -> list[dict[str, str]]:
        """The environment's key pairs, of any name."""
        found = self.ec2.describe_key_pairs(Filters=self.filters)["KeyPairs"]
        return [{"id": key["KeyPairId"], "name": key["KeyName"]} for key in found]

    def held(self, key_name: str, everywhere: bool) -> dict[str, Any]:
        """Everything the account holds of the environment."""
        instances = self.instances()
        return {
            "instances": [instance for instance in instances if instance["state"] in ALIVE],
            "addresses": self.addresses(),
            **self.loose({instance["id"] for instance in instances}),
            "snapshots": self.snapshots(),
            "networks": self.networks(),
            "roles": self.roles(everywhere),
            "profiles": self.profiles(everywhere),
            "key": self.key(key_name),
            "key_pairs": self.key_pairs(),
            "tags": self.pages(self.ec2, "describe_tags", "Tags", Filters=[]),
        }

    def image(self, owner: str, pattern: str) -> dict[str, str] | None:
        """The newest image of an owner."""
        filters = [{"Name": "name", "Values": [pattern]}, {"Name": "state", "Values": ["available"]}]
        return newest(self.ec2.describe_images(Owners=[owner], Filters=filters)["Images"])

    def architectures(self, instance_type: str) -> list[str]:
        """Architectures of an instance type."""
        try:
            types = self.ec2.describe_instance_types(InstanceTypes=[instance_type])["InstanceTypes"]
        except ClientError as error:
            if error.response["Error"]["Code"] == "InvalidInstanceType":
                return []
            raise
        return [architecture for found in types for architecture in found["ProcessorInfo"]["SupportedArchitectures"]]

    def zones(self, instance_type: str) -> list[str]:
        """Availability zones that have the instance type."""
        offers = self.pages(
            self.ec2, "describe_instance_type_offerings", "InstanceTypeOfferings",
            LocationType="availability-zone", Filters=[{"Name": "instance-type", "Values": [instance_type]}],
        )  # fmt: skip
        return sorted(offer["Location"] for offer in offers)
