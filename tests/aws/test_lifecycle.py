"""One environment from an empty account to an empty account; each test goes on where the one before it ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.aws.account import Account, Environment


@pytest.fixture(scope="module")
def strangers(account: Account, environment: Environment) -> dict[str, str]:
    """Resources that aren't the environment's: untagged, another environment's, another project's."""
    ec2, iam = account.client("ec2"), account.client("iam")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="theirs", Description="theirs", VpcId=vpc)["GroupId"]
    image = ec2.describe_images(Owners=["136693071363"])["Images"][0]["ImageId"]
    made = {"vpc": vpc, "subnet": subnet, "group": group}
    for kind, tags in {
        "elsewhere": {"Project": "longshore", "Environment": "elsewhere", "Name": "web-1"},
        "other": {"Project": "other", "Environment": environment.name, "Name": "web-1"},
        "untagged": {"Name": "web-1"},
    }.items():
        pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
        run = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="t4g.small")
        made[f"instance {kind}"] = run["Instances"][0]["InstanceId"]
        address = ec2.allocate_address(Domain="vpc")
        made[f"address {kind}"] = address["AllocationId"]
        ec2.create_tags(Resources=[made[f"instance {kind}"], made[f"address {kind}"]], Tags=pairs)
    ec2.create_key_pair(KeyName="theirs")
    trust = '{"Version": "2012-10-17", "Statement": []}'
    # In the environment's own path, but without its tags.
    path = f"/longshore/{environment.name}/"
    iam.create_role(RoleName="theirs", Path=path, AssumeRolePolicyDocument=trust)
    iam.create_instance_profile(InstanceProfileName="theirs", Path=path)
    return made


def snapshot(account: Account) -> dict[str, Any]:
    """Identifiers and states of all that an account holds."""
    ec2, iam = account.client("ec2"), account.client("iam")
    instances = [i for r in ec2.describe_instances()["Reservations"] for i in r["Instances"]]
    return {
        "instances": sorted(i["InstanceId"] for i in instances if i["State"]["Name"] != "terminated"),
        "addresses": sorted(a["AllocationId"] for a in ec2.describe_addresses()["Addresses"]),
        "vpcs": sorted(v["VpcId"] for v in ec2.describe_vpcs()["Vpcs"]),
        "subnets": sorted(s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]),
        "gateways": sorted(g["InternetGatewayId"] for g in ec2.describe_internet_gateways()["InternetGateways"]),
        "tables": sorted(t["RouteTableId"] for t in ec2.describe_route_tables()["RouteTables"]),
        "groups": sorted(g["GroupId"] for g in ec2.describe_security_groups()["SecurityGroups"]),
        "volumes": sorted(v["VolumeId"] for v in ec2.describe_volumes()["Volumes"]),
        "keys": sorted(k["KeyName"] for k in ec2.describe_key_pairs()["KeyPairs"]),
        "roles": sorted(r["RoleName"] for r in iam.list_roles()["Roles"]),
        "profiles": sorted(p["InstanceProfileName"] for p in iam.list_instance_profiles()["InstanceProfiles"]),
    }


def hosts(account: Account, environment: Environment) -> dict[str, Any]:
    """The environment's instances by name."""
    filters = [
        {"Name": "tag:Project", "Values": ["longshore"]},
        {"Name": "tag:Environment", "Values": [environment.name]},
        {"Name": "instance-state-name", "Values": ["pending", "running", "stopped"]},
    ]
    found = account.client("ec2").describe_instances(Filters=filters)["Reservations"]
    instances = [instance for reservation in found for instance in reservation["Instances"]]
    return {tag["Value"]: i for i in instances for tag in i["Tags"] if tag["Key"] == "Name"}


def addresses(account: Account, environment: Environment) -> list[dict[str, Any]]:
    """The environment's Elastic IPs."""
    tags = {"Project": "longshore", "Environment": environment.name}
    filters = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
    return list(account.client("ec2").describe_addresses(Filters=filters)["Addresses"])


@pytest.fixture(scope="module")
def before(account: Account, strangers: dict[str, str]) -> dict[str, Any]:
    """The account as it was when the environment was not there."""
    return snapshot(account)


def test_check_of_a_first_run_says_what_it_would_make_and_makes_nothing(
    account: Account, environment: Environment, before: dict[str, Any]
) -> None:
    run = environment.play("provision", "--check").succeeded()
    assert "would create VPC" in run.output
    assert "would create web-1: t4g.small from debian-13-arm64-20261001-2601" in run.output
    assert snapshot(account) == before
    assert not (environment.state / "id_ed25519").exists()


def test_first_run_makes_a_hardened_host(account: Account, environment: Environment) -> None:
    environment.play("provision").succeeded()
    ec2 = account.client("ec2")
    host = hosts(account, environment)["web-1"]
    assert host["ImageId"] == "ami-0debian13newer0002"
    assert host["InstanceType"] == "t4g.small"
    assert host["MetadataOptions"]["HttpTokens"] == "required"
    assert host["MetadataOptions"]["HttpPutResponseHopLimit"] == 1
    assert host["IamInstanceProfile"]["Arn"].endswith(f"/longshore/{environment.name}/longshore-{environment.name}")
    volume = ec2.describe_volumes(VolumeIds=[host["BlockDeviceMappings"][0]["Ebs"]["VolumeId"]])["Volumes"][0]
    assert (volume["VolumeType"], volume["Encrypted"], volume["Size"]) == ("gp3", True, 20)
    assert [a["PublicIp"] for a in addresses(account, environment)] == [host["PublicIpAddress"]]
    assert (environment.state / "id_ed25519").stat().st_mode & 0o777 == 0o600


def test_the_network_lets_in_ssh_from_one_network_and_the_web_from_all(
    account: Account, environment: Environment
) -> None:
    ec2 = account.client("ec2")
    host = hosts(account, environment)["web-1"]
    group = ec2.describe_security_groups(GroupIds=[host["SecurityGroups"][0]["GroupId"]])["SecurityGroups"][0]
    doors = {
        (rule["FromPort"], rule["ToPort"], source["CidrIp"])
        for rule in group["IpPermissions"]
        for source in rule["IpRanges"]
    }
    assert doors == {(22, 22, "172.31.0.0/16"), (80, 80, "0.0.0.0/0"), (443, 443, "0.0.0.0/0")}
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [host["VpcId"]]}])["Subnets"]
    assert len({subnet["AvailabilityZone"] for subnet in subnets}) == 2
    tables = ec2.describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": [s["SubnetId"] for s in subnets]}]
    )["RouteTables"]
    assert len(tables) == 1
    routes = {r["DestinationCidrBlock"]: r.get("GatewayId", "") for r in tables[0]["Routes"]}
    assert routes["0.0.0.0/0"].startswith("igw-")


def test_the_role_grants_nothing(account: Account, environment: Environment) -> None:
    iam = account.client("iam")
    name = f"longshore-{environment.name}"
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []


def test_second_run_changes_nothing(account: Account, environment: Environment) -> None:
    held = snapshot(account)
    assert environment.play("provision").succeeded().changed == 0
    assert snapshot(account) == held


def test_a_larger_number_adds_a_host_in_the_other_zone(account: Account, environment: Environment) -> None:
    first = hosts(account, environment)["web-1"]
    held = snapshot(account)
    # The host, and so nothing of what is there already.
    assert environment.play("provision", "--check", "-e", "aws_hosts_count=2").succeeded().changed == 1
    assert snapshot(account) == held
    environment.play("provision", "-e", "aws_hosts_count=2").succeeded()
    now = hosts(account, environment)
    assert now["web-1"]["InstanceId"] == first["InstanceId"]
    assert now["web-2"]["Placement"]["AvailabilityZone"] != first["Placement"]["AvailabilityZone"]
    assert len(addresses(account, environment)) == 2


def test_a_smaller_number_is_refused_until_the_host_is_named(account: Account, environment: Environment) -> None:
    environment.play("provision").refused(
        "aws_hosts: there are more hosts than aws_hosts_count, and removing a host destroys its disk",
        "  found: aws_hosts_count is 1, and there are also web-2",
        "  fix: raise aws_hosts_count, or confirm with -e aws_hosts_remove=web-2",
    )
    assert set(hosts(account, environment)) == {"web-1", "web-2"}


def test_named_hosts_are_removed_and_one_within_the_number_is_made_anew(
    account: Account, environment: Environment
) -> None:
    old = hosts(account, environment)
    pins = environment.state / "known_hosts"
    pins.write_text("".join(f"{old[name]['InstanceId']} ssh-ed25519 AAAA\n" for name in old) + "i-0 ssh-ed25519 AAAA\n")
    protect = "aws_hosts_termination_protection=true"
    environment.play("provision", "-e", "aws_hosts_remove=web-1,web-2", "-e", protect).succeeded()
    new = hosts(account, environment)
    assert set(new) == {"web-1"}
    assert new["web-1"]["InstanceId"] != old["web-1"]["InstanceId"]
    assert new["web-1"]["PublicIpAddress"] == old["web-1"]["PublicIpAddress"]
    assert len(addresses(account, environment)) == 1
    assert pins.read_text() == "i-0 ssh-ed25519 AAAA\n"


def test_teardown_wants_the_name(environment: Environment) -> None:
    environment.play("teardown").refused(
        "teardown: the environment's name was not confirmed",
        f"  found: nothing, and the environment is {environment.name}",
        f"  fix: type its name when asked, or add -e teardown_confirm={environment.name}",
    )


def test_teardown_leaves_a_protected_environment(account: Account, environment: Environment) -> None:
    host = hosts(account, environment)["web-1"]["InstanceId"]
    held = snapshot(account)
    confirm = f"teardown_confirm={environment.name}"
    environment.play("teardown", "-e", confirm, "-e", "aws_hosts_termination_protection=true").refused(
        "aws_hosts: the host is protected from termination",
        f"  found: web-1 {host}",
        "  fix: set aws_hosts_termination_protection to false, and run again",
    )
    assert snapshot(account) == held


def test_teardown_removes_all_that_is_ours_and_nothing_else(
    account: Account, environment: Environment, before: dict[str, Any]
) -> None:
    host = hosts(account, environment)["web-1"]
    held = snapshot(account)
    environment.play("teardown", "--check", "-e", f"teardown_confirm={environment.name}").succeeded()
    assert snapshot(account) == held
    run = environment.play("teardown", "-e", f"teardown_confirm={environment.name}").succeeded()
    assert snapshot(account) == before
    for line in (f"instance {host['InstanceId']} web-1", f"VPC {host['VpcId']} longshore-{environment.name}"):
        assert line in run.output
    kinds = {"address", "instance", "instance profile", "role", "key pair", "security group", "subnet", "route table"}
    said = run.output.partition("Report what was removed")[2]
    assert all(re.search(rf'"?{kind} ', said) for kind in kinds | {"internet gateway", "VPC"}), said


def test_second_teardown_finds_nothing(environment: Environment) -> None:
    run = environment.play("teardown", "-e", f"teardown_confirm={environment.name}").succeeded()
    assert "nothing to remove" in run.output
    assert run.changed == 0
