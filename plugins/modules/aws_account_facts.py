#!/usr/bin/python
"""Reads what an AWS account holds of one environment, and what it offers for its hosts, in one task."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule
from ansible_collections.longshore.app.plugins.module_utils import account_listing
from ansible_collections.longshore.app.plugins.module_utils.aws_account import Account

with contextlib.suppress(ImportError):  # AnsibleAWSModule says so
    from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

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
  everywhere:
    description:
      - Whether to look for roles and instance profiles with the tags outside the path too. IAM has to be asked about
        each one of the account, which takes long where there are many.
    type: bool
    default: false
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
volumes:
  description: Volumes that no host takes with it when it is terminated, each with id, name.
  returned: always
  type: list
  elements: dict
interfaces:
  description: Network interfaces that no host takes with it, each with id, name.
  returned: always
  type: list
  elements: dict
snapshots:
  description: Snapshots that no image is made of, each with id, name.
  returned: always
  type: list
  elements: dict
key_pairs:
  description: Key pairs with the tags, each with id, name.
  returned: always
  type: list
  elements: dict
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
  description: The key pair of the name, with public (type and key, no comment); null without one.
  returned: always
  type: dict
listing:
  description: One line for each of these resources, with kind, identifier and name, in the order of removal.
  returned: always
  type: list
  elements: str
others:
  description: Further resources with the tags, which are not for us to remove, as "kind id" and why.
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


def read(account: Account, asked: Mapping[str, Any]) -> dict[str, Any]:
    """All facts that were asked for."""
    optional: dict[str, Callable[[], Any]] = {}
    if asked["image_name"]:
        optional["image"] = lambda: account.image(asked["image_owner"], asked["image_name"])
    if asked["instance_type"]:
        optional["architectures"] = lambda: account.architectures(asked["instance_type"])
        optional["zones"] = lambda: account.zones(asked["instance_type"])
    held = account.held(asked["key_name"], asked["everywhere"])
    facts: dict[str, Any] = account_listing.told(held, account.tags, account.path)
    return facts | {name: fact() for name, fact in optional.items()}


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
            "everywhere": {"type": "bool", "default": False},
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
