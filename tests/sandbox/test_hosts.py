"""Instances of the API and their hosts, over real SSH."""

from collections.abc import Iterator

import pytest

from sandbox import report
from tests.sandbox.second import Instance, Second, wait

FIRST_BOOT = "#!/bin/sh\necho run >> /root/first-boot\n"


@pytest.fixture(scope="module")
def instance(second: Second) -> Iterator[Instance]:
    second.up()
    made = second.launch("web-1", FIRST_BOOT)
    made.wait_until_it_answers()
    yield made
    second.ec2.terminate_instances(InstanceIds=[made.id])


def test_host_gets_the_address_key_and_user_data_of_its_instance(instance: Instance) -> None:
    assert instance.output("hostname") == "ip-" + instance.address.replace(".", "-")
    assert instance.address in instance.output("ip -brief -4 address show scope global")
    assert instance.output("id -un") == "admin"
    assert instance.output("sudo cat /root/first-boot") == "run"
    assert instance.output("systemctl is-system-running --wait") == "running"


def test_another_key_is_refused(instance: Instance) -> None:
    key = instance.sandbox.folder / "id_ed25519"
    mine = key.read_bytes()
    key.unlink()
    try:
        refused = instance.ssh("true")
    finally:
        key.write_bytes(mine)
        key.chmod(0o600)
    assert refused.returncode == 255
    assert "Permission denied (publickey)" in refused.stderr


def test_https_is_published_on_loopback_by_name(instance: Instance) -> None:
    host = instance.container()
    assert host is not None
    expected = [{"HostIp": "127.0.0.1", "HostPort": str(instance.sandbox.settings.https_port)}]
    assert host.attrs["NetworkSettings"]["Ports"]["443/tcp"] == expected


def test_stop_keeps_the_disk_and_start_boots_it(instance: Instance) -> None:
    ec2 = instance.sandbox.ec2
    instance.output("echo kept > kept; sync")
    before = instance.output("cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub")
    ec2.stop_instances(InstanceIds=[instance.id])
    wait(lambda: not instance.running(), "the host to stop")
    assert instance.ssh("true").returncode == 255
    ec2.start_instances(InstanceIds=[instance.id])
    instance.wait_until_it_answers()
    assert instance.output("cat kept") == "kept"
    assert instance.output("cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub") == before
    assert instance.output("sudo cat /root/first-boot") == "run"


def test_reboot_by_the_api_and_from_within(instance: Instance) -> None:
    booted = instance.booted()
    instance.sandbox.ec2.reboot_instances(InstanceIds=[instance.id])
    wait(lambda: instance.booted() != booted, "the reboot")
    instance.wait_until_it_answers()
    booted = instance.booted()
    instance.ssh("sudo systemctl reboot")
    wait(lambda: instance.running() and instance.booted() != booted, "the reboot from within")
    instance.wait_until_it_answers()


def test_terminate_leaves_no_host_and_no_disk(second: Second, instance: Instance) -> None:
    extra = second.launch("extra")
    host = wait(extra.container, "the second host")
    volume = f"{second.settings.name}-{extra.id}"
    assert volume in [found.name for found in host.client.volumes.list()]
    second.ec2.terminate_instances(InstanceIds=[extra.id])
    wait(lambda: extra.container() is None, "the host to go")
    wait(lambda: volume not in [found.name for found in host.client.volumes.list()], "its disk to go")
    assert instance.running()


@pytest.mark.parametrize("debian", ["12", "13"])
def test_host_runs_the_debian_of_its_instance_image(second: Second, instance: Instance, debian: str) -> None:
    made = second.launch("other", debian=debian)
    # The image is built at need, which takes a minute and more.
    wait(made.container, "the image and the host", 300)
    made.wait_until_it_answers()
    assert made.output(". /etc/os-release; echo $VERSION_ID") == debian
    assert made.output("systemctl is-system-running --wait") == "running"
    second.ec2.terminate_instances(InstanceIds=[made.id])


def test_status_reports_an_instance_without_a_possible_host(second: Second, instance: Instance) -> None:
    image = second.ec2.describe_images(Owners=["136693071363"])["Images"][0]["ImageId"]
    # Into no subnet: moto invents an address outside every range.
    made = second.ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    wait(lambda: f"{made}: create failed: private address" in second.command("status").stdout, "status to report it")
    assert second.command("status").returncode == 1
    second.ec2.terminate_instances(InstanceIds=[made])
    wait(lambda: second.command("status").returncode == 0, "status to be well again")


def test_logs_are_collected(second: Second, instance: Instance) -> None:
    folder = second.folder / "collected"
    assert second.command("collect", str(folder)).returncode == 0
    assert "sshd" in (folder / instance.id / "journal.log").read_text()
    assert "watching" in (folder / "sandbox" / "hypervisor.log").read_text()
    # There is no Docker yet, so no replica either.
    assert {path.name for path in (folder / instance.id).iterdir()} == set(report.HOST_COMMANDS)
