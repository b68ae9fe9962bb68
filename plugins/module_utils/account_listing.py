"""What an AWS account's answers mean for one environment: what is its own to remove, and what only carries its tags."""

from __future__ import annotations

from typing import Any

# Kinds that are asked for by themselves. The tag API also remembers those that are gone for a while.
KNOWN_KINDS = {
    "instance", "volume", "network-interface", "snapshot", "elastic-ip", "key-pair",
    "vpc", "subnet", "internet-gateway", "route-table", "security-group", "security-group-rule",
}  # fmt: skip
# A part that a host takes with it when it is terminated.
WITH_HOST = "a host"


def volume(name: str, described: dict[str, Any], hosts: set[str]) -> dict[str, str]:
    """A volume with who holds it: nobody, one of `hosts` (instance ids) that takes it along, or another's instance."""
    holder = ""
    for attachment in described.get("Attachments", []):
        if attachment["InstanceId"] not in hosts:
            holder = attachment["InstanceId"]
        elif attachment.get("DeleteOnTermination"):
            holder = WITH_HOST
    if described["State"] in {"deleting", "deleted"}:
        holder = WITH_HOST
    return {"id": described["VolumeId"], "name": name, "holder": holder}


def interface(name: str, described: dict[str, Any], hosts: set[str]) -> dict[str, str]:
    """The same for a network interface, which a service of AWS may hold too."""
    attachment = described.get("Attachment") or {}
    holder = ""
    if attachment and attachment.get("InstanceId") not in hosts:
        holder = str(attachment.get("InstanceId") or attachment.get("InstanceOwnerId") or "another")
    elif attachment.get("DeleteOnTermination"):
        holder = WITH_HOST
    return {"id": described["NetworkInterfaceId"], "name": name, "holder": holder}


def told(held: dict[str, Any], tags: dict[str, str], path: str) -> dict[str, Any]:
    """The facts of an account: of each kind what is ours to remove, a line for each in `listing`, the rest in `others`.

    `held`: as the module reads it; `tags`: the environment's; `path`: the IAM path of its roles.
    """
    others = untold(held["tags"], tags)
    facts = {key: value for key, value in held.items() if key != "tags"}
    for kind, key in (("volume", "volumes"), ("network interface", "interfaces"), ("snapshot", "snapshots")):
        facts[key] = [part for part in held[key] if not part["holder"]]
        foreign = [part for part in held[key] if part["holder"] not in {"", WITH_HOST}]
        others += [f"{kind} {part['id']}, which {part['holder']} holds" for part in foreign]
    for kind, key in (("role", "roles"), ("instance profile", "profiles")):
        facts[key] = [part["name"] for part in held[key] if part["path"].startswith(path)]
        others += [f"{kind} {part['path']}{part['name']}" for part in held[key] if not part["path"].startswith(path)]
    return {**facts, "listing": listing(facts), "others": others}


def untold(tags: list[dict[str, str]], wanted: dict[str, str]) -> list[str]:
    """Resources that carry all wanted tags and are of no known kind. `tags`: as DescribeTags returns them."""
    held: dict[tuple[str, str], dict[str, str]] = {}
    for tag in tags:
        held.setdefault((tag["ResourceType"], tag["ResourceId"]), {})[tag["Key"]] = tag["Value"]
    return sorted(
        f"{kind} {identifier}"
        for (kind, identifier), values in held.items()
        if kind not in KNOWN_KINDS and wanted.items() <= values.items()
    )


def listing(facts: dict[str, Any]) -> list[str]:
    """One line for each resource that is the environment's, in the order of removal."""
    lines = [f"instance {instance['id']} {instance['name']}" for instance in facts["instances"]]
    lines += [f"address {address['id']} {address['address']}" for address in facts["addresses"]]
    lines += parts("volume", facts["volumes"])
    lines += parts("snapshot", facts["snapshots"])
    lines += [f"instance profile {name}" for name in facts["profiles"]]
    lines += [f"role {name}" for name in facts["roles"]]
    lines += parts("key pair", facts["key_pairs"])
    lines += parts("network interface", facts["interfaces"])
    for kind, key in (
        ("security group", "security_groups"),
        ("subnet", "subnets"),
        ("route table", "route_tables"),
        ("internet gateway", "gateways"),
        ("VPC", "vpcs"),
    ):
        lines += parts(kind, facts["networks"][key])
    return lines


def parts(kind: str, found: list[dict[str, str]]) -> list[str]:
    """A line for each part of a kind."""
    return [f"{kind} {part['id']} {part['name']}".rstrip() for part in found]
