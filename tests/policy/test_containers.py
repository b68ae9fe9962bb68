"""Is every replica confined as far as it can be?"""

import pytest


def each(replicas, read):
    return {replica["Name"]: read(replica) for replica in replicas}


def every(replicas, value):
    return {replica["Name"]: value for replica in replicas}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ReadonlyRootfs", True),
        ("Privileged", False),
        ("CapDrop", ["ALL"]),
        ("CapAdd", None),
        ("PublishAllPorts", False),
        ("PidMode", ""),
        ("IpcMode", "private"),
    ],
)
def test_container_setting(replicas, name, value):
    assert each(replicas, lambda replica: replica["HostConfig"][name] or value) == every(replicas, value)


def test_privileges_cannot_be_gained(replicas):
    options = each(replicas, lambda replica: replica["HostConfig"]["SecurityOpt"])
    assert all("no-new-privileges" in str(option) and "unconfined" not in str(option) for option in options.values())


def test_kernel_agrees(host, replicas):
    """What the process really has, whatever the settings say."""
    for replica in replicas:
        status = host.check_output(f"cat /proc/{replica['State']['Pid']}/status")
        fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert fields["Uid"].split() == ["10001"] * 4
        assert int(fields["CapEff"], 16) == int(fields["CapBnd"], 16) == int(fields["CapInh"], 16) == 0
        assert fields["NoNewPrivs"] == "1"
        assert fields["Seccomp"] == "2"


def test_runs_as_the_images_user_in_nginxs_group(host, replicas):
    group = host.group("www-data").gid
    assert each(replicas, lambda replica: replica["Config"]["User"]) == every(replicas, f"10001:{group}")


def test_publishes_no_port(replicas):
    published = each(replicas, lambda replica: [p for p in (replica["NetworkSettings"]["Ports"] or {}).values() if p])
    assert published == every(replicas, [])
    assert not any(replica["HostConfig"]["PortBindings"] for replica in replicas)


def test_memory_processes_and_cpu_are_bounded(replicas):
    for replica in replicas:
        limits = replica["HostConfig"]
        assert limits["Memory"] > 0
        assert limits["MemorySwap"] == limits["Memory"], "swap on top of memory"
        assert limits["PidsLimit"] > 0
        assert limits["CpuShares"] > 0


def test_sees_nothing_of_the_host_but_its_two_sockets_folders_and_its_data(replicas):
    for replica in replicas:
        mounts = {mount["Destination"]: mount for mount in replica["Mounts"]}
        assert set(mounts) == {"/run/app", "/run/proxy", "/data"}
        assert mounts["/data"]["Source"] == "/var/lib/longshore/data"
        assert mounts["/run/proxy"]["RW"] is False
        assert mounts["/run/app"]["Source"].startswith("/var/lib/longshore/sockets/")
        assert set(replica["HostConfig"]["Tmpfs"] or {}) == {"/tmp"}


def test_comes_back_and_is_given_time_to_finish(replicas):
    policies = each(replicas, lambda replica: replica["HostConfig"]["RestartPolicy"]["Name"])
    assert policies == every(replicas, "unless-stopped")
    assert all(replica["Config"]["StopTimeout"] > 30 for replica in replicas), "gunicorn itself takes up to 30 s"


def test_logs_are_rotated(replicas):
    for replica in replicas:
        log = replica["HostConfig"]["LogConfig"]
        assert log["Type"] == "json-file"
        assert {"max-size", "max-file"} <= set(log["Config"])


def test_no_secret_is_in_the_environment(replicas):
    suspicious = ("PASSWORD", "SECRET", "TOKEN", "API_KEY", "PRIVATE", "CREDENTIAL")
    names = {entry.split("=", 1)[0] for replica in replicas for entry in replica["Config"]["Env"]}
    assert [name for name in names if any(word in name.upper() for word in suspicious)] == []
