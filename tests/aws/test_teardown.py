"""What was added to an environment by hand: teardown removes what is the environment's, and names what it may not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.test_lifecycle import snapshot

if TYPE_CHECKING:
    from tests.aws.account import Account, Environment

TRUST = '{"Version": "2012-10-17", "Statement": []}'


class Maker:
    """Makes resources by other means than Ansible's, with the tags of an environment or with another's."""

    def __init__(self, account: Account, environment: str) -> None:
        self.ec2, self.iam = account.client("ec2"), account.client("iam")
        self.tags = [{"Key": "Project", "Value": "longshore"}, {"Key": "Environment", "Value": environment}]

    def tagged(self, identifier: str) -> str:
        self.ec2.create_tags(Resources=[identifier], Tags=self.tags)
        return identifier

    def subnet(self) -> str:
        vpc = self.tagged(self.ec2.create_vpc(CidrBlock="10.7.0.0/16")["Vpc"]["VpcId"])
        return self.tagged(self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.7.1.0/24")["Subnet"]["SubnetId"])

    def instance(self, subnet: str) -> str:
        image = self.ec2.describe_images(Owners=["136693071363"])["Images"][0]["ImageId"]
        run = self.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnet, InstanceType="t4g.small")
        return self.tagged(run["Instances"][0]["InstanceId"])

    def volume(self, instance: str = "") -> str:
        made = self.ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)["VolumeId"]
        if instance:
            self.ec2.attach_volume(VolumeId=made, InstanceId=instance, Device="/dev/sdf")
        return self.tagged(made)

    def interface(self, subnet: str, instance: str = "") -> str:
        made = self.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
        if instance:
            self.ec2.attach_network_interface(NetworkInterfaceId=made, InstanceId=instance, DeviceIndex=1)
        return self.tagged(made)

    def snapshot(self, volume: str) -> str:
        return self.tagged(self.ec2.create_snapshot(VolumeId=volume)["SnapshotId"])

    def key(self, name: str) -> str:
        return self.tagged(self.ec2.create_key_pair(KeyName=name)["KeyPairId"])

    def role(self, name: str, path: str) -> None:
        self.iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=TRUST, Tags=self.tags)
        self.iam.create_instance_profile(InstanceProfileName=name, Path=path, Tags=self.tags)


def everything(account: Account) -> dict[str, Any]:
    """Identifiers of all that an account holds, of the kinds that are added by hand too."""
    ec2 = account.client("ec2")
    interfaces = ec2.describe_network_interfaces()["NetworkInterfaces"]
    return {
        **snapshot(account),
        # Moto leaves a terminated instance its first interface, which AWS removes.
        "interfaces": sorted(i["NetworkInterfaceId"] for i in interfaces if place(i) != 0),
        "snapshots": sorted(s["SnapshotId"] for s in ec2.describe_snapshots(OwnerIds=["self"])["Snapshots"]),
        "images": sorted(i["ImageId"] for i in ec2.describe_images(Owners=["self"])["Images"]),
    }


def place(interface: dict[str, Any]) -> int | None:
    """Which of its instance's interfaces it is, from 0; None for one that is attached to none."""
    number: int | None = interface.get("Attachment", {}).get("DeviceIndex")
    return number


@pytest.fixture(scope="module")
def strangers(account: Account) -> Maker:
    """Another environment in the same account, with one of each."""
    other = Maker(account, "elsewhere")
    subnet = other.subnet()
    instance = other.instance(subnet)
    for part in (other.volume(), other.volume(instance)):
        other.snapshot(part)
    other.interface(subnet)
    other.key("theirs")
    other.role("theirs", "/longshore/elsewhere/")
    return other


def test_what_was_added_by_hand_is_removed(account: Account, environment: Environment, strangers: Maker) -> None:
    before = everything(account)
    ours = Maker(account, environment.name)
    subnet = ours.subnet()
    instance = ours.instance(subnet)
    loose, kept = ours.volume(), ours.volume(instance)
    added = [
        f"volume {loose}",
        f"volume {kept}",
        f"snapshot {ours.snapshot(loose)}",
        f"network interface {ours.interface(subnet)}",
        f"network interface {ours.interface(subnet, instance)}",
        f"key pair {ours.key('a-second-operator')} a-second-operator",
    ]
    ours.role("added", f"/longshore/{environment.name}/")

    run = environment.play("teardown", "-e", f"teardown_confirm={environment.name}").succeeded()

    assert everything(account) == before
    said = run.output.partition("Report what was removed")[2]
    assert [line for line in [*added, f"instance {instance}", "role added"] if line not in said] == []


def test_what_is_not_its_to_remove_is_named(account: Account, environment: Environment, strangers: Maker) -> None:
    ours = Maker(account, environment.name)
    ec2 = ours.ec2
    theirs = ec2.describe_instances(Filters=[{"Name": "tag:Environment", "Values": ["elsewhere"]}])
    instance = theirs["Reservations"][0]["Instances"][0]
    holder = instance["InstanceId"]
    volume = ours.volume(holder)
    interface = ours.interface(instance["SubnetId"], holder)
    image = ec2.create_image(InstanceId=holder, Name="theirs")["ImageId"]
    made = ec2.describe_images(ImageIds=[image])["Images"][0]["BlockDeviceMappings"][0]["Ebs"]["SnapshotId"]
    ours.tagged(made)
    ours.role("elsewhere", "/")
    held = everything(account)

    run = environment.play("teardown", "-e", f"teardown_confirm={environment.name}")

    run.refused(
        "teardown: resources with the environment's tags are left",
        f"  found: volume {volume}, which {holder} holds, network interface {interface}, which {holder} holds, "
        f"snapshot {made}, which {image} holds, role /elsewhere, instance profile /elsewhere",
        "  fix: remove them, or their tags Project and Environment, if they were made by other means",
    )
    assert everything(account) == held
