"""What provisioning refuses, in exact words, and that nothing was made before it did."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.aws.account import Account, Environment

REFUSALS = {
    "count": (
        ["aws_hosts_count=0"],
        "aws_hosts: aws_hosts_count must be 1 or more",
        "  found: 0",
        "  fix: set it to the number of hosts, or remove all of them with longshore.app.teardown",
    ),
    "number": (
        ["aws_hosts_count=two"],
        "environment: the value of aws_hosts_count does not fit",
        "  found: 'two' in -e",
        "  fix: give a value of type int",
    ),
    "architecture": (
        ["aws_hosts_instance_type=t3.small"],
        "aws_hosts: the instance type cannot run the image",
        "  found: t3.small is x86_64, the image is arm64",
        "  fix: set aws_hosts_instance_type to an arm64 type, such as t4g.small",
    ),
    "type": (
        ["aws_hosts_instance_type=t4g.enormous"],
        "aws_hosts: the region does not have the instance type",
        "  found: t4g.enormous",
        "  fix: set aws_hosts_instance_type to one that it has, such as t4g.small",
    ),
    "image": (
        ["aws_hosts_image_name=debian-99-*"],
        "aws_hosts: there is no image of this name",
        "  found: debian-99-* of the owner 136693071363",
        "  fix: correct aws_hosts_image_name or aws_hosts_image_owner; Debian's are debian-13-arm64-* of 136693071363",
    ),
    "ssh": (
        ["aws_network_ssh_cidr="],
        "aws_network: aws_network_ssh_cidr is not set",
        "  found: no network that may reach SSH",
        "  fix: set it to your own network in group_vars/all.yml of the inventory, such as 203.0.113.7/32",
    ),
    "ssh network": (
        ["aws_network_ssh_cidr=203.0.113.7"],
        "aws_network: aws_network_ssh_cidr is not an IPv4 network",
        "  found: 203.0.113.7: it has no /prefix length",
        "  fix: write it as address/length, such as 203.0.113.7/32",
    ),
    "network": (
        ["aws_network_cidr=10.0.0.0/8"],
        "aws_network: aws_network_cidr cannot be the network of a VPC",
        "  found: 10.0.0.0/8: a VPC is between /16 and /27",
        "  fix: write it as address/length between /16 and /27, such as 10.20.0.0/16",
    ),
    "spelling": (
        ["aws_host_count=2"],
        "environment: no role has this variable",
        "  found: aws_host_count in -e",
        "  fix: did you mean aws_hosts_count? If it is your own, list it in own_variables of environment.yml",
    ),
    "removal": (
        ["aws_hosts_remove=web-7"],
        "aws_hosts: aws_hosts_remove names a host that does not exist",
        "  found: web-7; there are none",
        "  fix: name existing hosts, separated by commas",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_is_refused_before_anything_is_made(account: Account, environment: Environment, name: str) -> None:
    variables, *lines = REFUSALS[name]
    run = environment.play("provision", *[part for variable in variables for part in ("-e", variable)])
    run.refused(*lines)
    assert run.changed == 0
    tagged = account.client("ec2").describe_tags(Filters=[{"Name": "key", "Values": ["Environment"]}])["Tags"]
    assert tagged == []


def test_key_that_others_may_read(environment: Environment) -> None:
    environment.state.mkdir(parents=True, exist_ok=True)
    key = environment.state / "id_ed25519"
    key.write_text("a key")
    key.chmod(0o640)
    environment.play("provision").refused(
        "aws_access: other users may read the private key, so ssh would refuse to use it",
        f"  found: {key} has mode 0640",
        f"  fix: chmod 600 {key}",
    )
    key.unlink()


def test_missing_private_half(account: Account, environment: Environment) -> None:
    name = f"longshore-{environment.name}"
    account.client("ec2").create_key_pair(KeyName=name, KeyType="ed25519")
    environment.play("provision").refused(
        "aws_access: the private key of the key pair is missing",
        f"  found: the account has the key pair {name}, and {environment.state}/id_ed25519 does not exist",
        "  fix: restore that file; if it is lost, run longshore.app.teardown, then longshore.app.provision",
    )
    account.client("ec2").delete_key_pair(KeyName=name)


def test_private_key_of_another_pair(account: Account, environment: Environment, tmp_path: Path) -> None:
    name = f"longshore-{environment.name}"
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    for key in (ours, theirs):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    account.client("ec2").import_key_pair(KeyName=name, PublicKeyMaterial=theirs.with_suffix(".pub").read_bytes())
    environment.play("provision", "-e", f"aws_access_key_file={ours}").refused(
        "aws_access: the private key does not belong to the account's key pair",
        f"  found: {ours} differs from the key pair {name}",
        "  fix: copy the private key of that pair there, or remove the environment with longshore.app.teardown first",
    )
    account.client("ec2").delete_key_pair(KeyName=name)
