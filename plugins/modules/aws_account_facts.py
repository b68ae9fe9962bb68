#!/usr/bin/python
"""Reads what an AWS account holds of one environment, and what it offers for its hosts, in one task."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule

with contextlib.suppress(ImportError):  # AnsibleAWSModule says so
    from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

DOCUMENTATION = r"""
module: aws_account_facts
short_description: Read an environment's resources, and the offers for its hosts, from an AWS account
description:
  - One task instead of eight modules, each of which would start Python and load the AWS library anew.
  - Changes nothing, so it runs in check mode too.
options:
  tags:
    description: The tags that all resources of the environment carry.
    type: dict
    required: true
  role_path:
    description: The IAM path of the environment's roles and instance profiles.
    type: str
    required: true
  key_name:
    description: Name of the environment's key pair.
    type: str
    required: true
  instance_type:
    description: The type whose architecture and availability zones are asked for.
    type: str
  image_owner:
    description: Account that publishes the image.
    type: str
  image_name:
    description: Pattern of the image's name; the newest match is returned.
    type: str
author: Longshore
"""

EXAMPLES = r"""
- name: Read what the account holds
  aws_account_facts:
    tags: {Project: longshore, Environment: sandbox}
    role_path: /longshore/sandbox/
    key_name: longshore-sandbox
  register: account
"""

RETURN = r"""
instances:
  description: Instances that are not terminated, each with id, name, type, state, protected.
  returned: always
  type: list
  elements: dict
addresses:
  description: Elastic IPs, each with id, name, address, instance.
  returned: always
  type: list
  elements: dict
networks:
  description: Under vpcs, subnets, gateways, route_tables and security_groups, each with id, name, cidr, vpc.
  returned: always
  type: dict
roles:
  description: Names of IAM roles under the path.
  returned: always
  type: list
  elements: str
profiles:
  description: Names of instance profiles under the path.
  returned: always
  type: list
  elements: str
key:
  description: The key pair, with id, name, public (type and key, no comment), ours (has the tags); null without one.
  returned: always
  type: dict
listing:
  description: One line for each of these resources, with kind, identifier and name, in the order of removal.
  returned: always
  type: list
  elements: str
others:
  description: Further resources with the tags, as "kind id".
  returned: always
  type: list
  elements: str
image:
  description: Newest image that matches, with id, name, architecture, root_device; null when there is none.
  returned: when image_name is given
  type: dict
architectures:
  description: Architectures of the instance type; empty when AWS does not know the type.
  returned: when instance_type is given
  type: list
  elements: str
zones:
  description: Availability zones where the instance type is offered, in order.
  returned: when instance_type is given
  type: list
  elements: str
"""

# Kinds that are reported by themselves, or that come and go with an instance.
KNOWN_KINDS = {
    "instance", "volume", "network-interface", "elastic-ip", "key-pair",
    "vpc", "subnet", "internet-gateway", "route-table", "security-group", "security-group-rule",
}  # fmt: skip


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


def untold(tags: Iterable[Mapping[str, str]], wanted: Mapping[str, str]) -> list[str]:
    """Resources that carry all wanted tags and are of no known kind. `tags`: as DescribeTags returns them."""
    held: dict[tuple[str, str], dict[str, str]] = {}
    for tag in tags:
        held.setdefault((tag["ResourceType"], tag["ResourceId"]), {})[tag["Key"]] = tag["Value"]
    return sorted(
        f"{kind} {identifier}"
        for (kind, identifier), values in held.items()
        if kind not in KNOWN_KINDS and wanted.items() <= values.items()
    )


class Account:
    """The account, through EC2's and IAM's API."""

    def __init__(self, module: Any) -> None:
        self.ec2 = module.client("ec2")
        self.iam = module.client("iam")
        self.tags: dict[str, str] = module.params["tags"]
        self.filters = tag_filters(self.tags)

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
        """Instances that exist, in the order of their names."""
        alive = {"Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]}
        reservations = self.pages(self.ec2, "describe_instances", "Reservations", Filters=[*self.filters, alive])
        found = [
            {
                "id": instance["InstanceId"],
                "name": named(instance),
                "type": instance["InstanceType"],
                "state": instance["State"]["Name"],
                "protected": self.protected(instance["InstanceId"]),
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

    def roles(self, path: str) -> list[str]:
        """Names of the environment's IAM roles."""
        roles = [role["RoleName"] for role in self.pages(self.iam, "list_roles", "Roles", PathPrefix=path)]
        return [name for name in roles if self.ours(self.iam.get_role(RoleName=name)["Role"])]

    def profiles(self, path: str) -> list[str]:
        """Names of the environment's instance profiles."""
        found = self.pages(self.iam, "list_instance_profiles", "InstanceProfiles", PathPrefix=path)
        names = [profile["InstanceProfileName"] for profile in found]
        return [name for name in names if self.profile_is_ours(name)]

    def profile_is_ours(self, name: str) -> bool:
        """Whether an instance profile carries the environment's tags; listing profiles doesn't tell."""
        return self.ours(self.iam.get_instance_profile(InstanceProfileName=name)["InstanceProfile"])

    def ours(self, tagged: Mapping[str, Any]) -> bool:
        """Whether a resource carries the environment's tags."""
        return self.tags.items() <= {tag["Key"]: tag["Value"] for tag in tagged.get("Tags", [])}.items()

    def key(self, name: str) -> dict[str, Any] | None:
        """The key pair of a name, whoever made it."""
        by_name = [{"Name": "key-name", "Values": [name]}]
        for key in self.ec2.describe_key_pairs(Filters=by_name, IncludePublicKey=True)["KeyPairs"]:
            return {
                "id": key["KeyPairId"],
                "name": name,
                "public": " ".join(key["PublicKey"].split()[:2]),
                "ours": self.ours(key),
            }
        return None

    def held(self, key_name: str, role_path: str) -> dict[str, Any]:
        """Everything the account holds of the environment."""
        return {
            "instances": self.instances(),
            "addresses": self.addresses(),
            "networks": self.networks(),
            "roles": self.roles(role_path),
            "profiles": self.profiles(role_path),
            "key": self.key(key_name),
            "others": untold(self.pages(self.ec2, "describe_tags", "Tags", Filters=[]), self.tags),
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


def listing(held: Mapping[str, Any]) -> list[str]:
    """One line for each resource that is the environment's, in the order of removal."""
    networks = held["networks"]
    lines = [f"instance {instance['id']} {instance['name']}" for instance in held["instances"]]
    lines += [f"address {address['id']} {address['address']}" for address in held["addresses"]]
    lines += [f"instance profile {name}" for name in held["profiles"]]
    lines += [f"role {name}" for name in held["roles"]]
    lines += [f"key pair {held['key']['id']} {held['key']['name']}"] if held["key"] and held["key"]["ours"] else []
    for kind, parts in (
        ("security group", "security_groups"),
        ("subnet", "subnets"),
        ("route table", "route_tables"),
        ("internet gateway", "gateways"),
        ("VPC", "vpcs"),
    ):
        lines += [f"{kind} {part['id']} {part['name']}" for part in networks[parts]]
    return lines


def read(account: Account, asked: Mapping[str, Any]) -> dict[str, Any]:
    """All facts that were asked for."""
    optional: dict[str, Callable[[], Any]] = {}
    if asked["image_name"]:
        optional["image"] = lambda: account.image(asked["image_owner"], asked["image_name"])
    if asked["instance_type"]:
        optional["architectures"] = lambda: account.architectures(asked["instance_type"])
        optional["zones"] = lambda: account.zones(asked["instance_type"])
    held = account.held(asked["key_name"], asked["role_path"])
    return held | {"listing": listing(held)} | {name: fact() for name, fact in optional.items()}


def main() -> None:
    """Read, and say why where AWS refuses."""
    make: Any = AnsibleAWSModule  # the collection ships no types
    module = make(
        argument_spec={
            "tags": {"type": "dict", "required": True},
            "role_path": {"type": "str", "required": True},
            "key_name": {"type": "str", "required": True, "no_log": False},
            "instance_type": {"type": "str"},
            "image_owner": {"type": "str"},
            "image_name": {"type": "str"},
        },
        required_by={"image_name": ["image_owner"]},
        supports_check_mode=True,
    )
    try:
        module.exit_json(changed=False, **read(Account(module), module.params))
    except (BotoCoreError, ClientError) as error:
        module.fail_json_aws(error, msg="Could not read the account")


if __name__ == "__main__":
    main()
