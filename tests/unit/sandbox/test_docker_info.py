"""How hosts are started, and which engines are refused, by what `docker info` and `docker version` say of them.

The folder docker_info has what engines said, without what tells one machine from another.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.longshore.errors import RefusedError
from sandbox.hypervisor.flags import flags
from sandbox.machine.engine import check_engine

RECORDED = {path.stem: json.loads(path.read_text()) for path in Path(__file__).with_name("docker_info").glob("*.json")}
CGROUP_1 = {"debian-12-cgroup-1"}
MODERN = {"Version": "26.1.5+dfsg1", "ApiVersion": "1.45"}


def test_there_is_a_record_for_each_kind_of_machine() -> None:
    assert set(RECORDED) == {"debian-12-cgroup-1", "debian-13-cgroup-2", "ubuntu-24.04", "docker-ce"}


@pytest.mark.parametrize("name", sorted(CGROUP_1))
def test_cgroup_v1_hosts_share_the_cgroup_tree_of_the_machine(name: str) -> None:
    chosen = flags(RECORDED[name])
    assert chosen.options["cgroupns"] == "host"
    assert chosen.binds == ["/sys/fs/cgroup:/sys/fs/cgroup:rw"]
    assert chosen.command == ["/sbin/init"]


@pytest.mark.parametrize("name", sorted(RECORDED.keys() - CGROUP_1))
def test_cgroup_v2_hosts_have_their_own_cgroup_namespace(name: str) -> None:
    chosen = flags(RECORDED[name])
    assert chosen.options["cgroupns"] == "private"
    # Bound over the namespace's own tree, the machine's would leave systemd without a cgroup.
    assert chosen.binds == []
    script = 'mount -o remount,rw /sys/fs/cgroup && exec /sbin/init "$@"'
    assert chosen.command == ["/bin/sh", "-c", script, "init"]


def test_engine_without_cgroup_version_counts_as_v1() -> None:
    assert flags({}).options["cgroupns"] == "host"


@pytest.mark.parametrize(("name", "dropped"), [("debian-12-cgroup-1", ["SYS_RESOURCE"]), ("debian-13-cgroup-2", [])])
def test_a_capability_that_may_be_missing_is_dropped_only_where_docker_lets_it(name: str, dropped: list[str]) -> None:
    options = flags(RECORDED[name]).options
    assert (options["cap_add"], options["cap_drop"]) == (["ALL"], dropped)


@pytest.mark.parametrize("name", sorted(RECORDED))
def test_recorded_engines_can_run_hosts(name: str) -> None:
    check_engine(MODERN, RECORDED[name])


def refusal(version: dict[str, Any], info: dict[str, Any]) -> str:
    with pytest.raises(RefusedError) as caught:
        check_engine(version, info)
    return str(caught.value)


@pytest.mark.parametrize(
    ("version", "found"),
    [
        ({"Version": "19.03.15", "ApiVersion": "1.40"}, "19.03.15, API 1.40"),
        ({"Version": "18.09.1", "ApiVersion": "1.39"}, "18.09.1, API 1.39"),
        ({}, "no version, API unknown"),
    ],
)
def test_engine_that_is_too_old(version: dict[str, Any], found: str) -> None:
    assert refusal(version, {}) == (
        "docker: the engine is too old, hosts need Docker 20.10 or newer\n"
        f"  found: {found}\n"
        "  fix: install docker.io of Debian 12 or 13, or Docker's own docker-ce, then run the command again"
    )


def test_oldest_supported_engine() -> None:
    check_engine({"Version": "20.10.24+dfsg1", "ApiVersion": "1.41"}, {"SecurityOptions": None})


@pytest.mark.parametrize(
    ("option", "what"),
    [("rootless", "runs without root"), ("userns", "gives root of a container another number")],
)
def test_rootless_and_remapped_engines_are_refused(option: str, what: str) -> None:
    options = ["name=seccomp,profile=builtin", f"name={option}", "name=cgroupns"]
    assert refusal(MODERN, {"SecurityOptions": options}).splitlines()[:2] == [
        f"docker: hosts need an engine that runs as root, and this one {what}",
        f"  found: `docker info` says name={option} among its security options",
    ]


def test_windows_engine_is_refused() -> None:
    assert "`docker info` says OSType windows" in refusal(MODERN, {"OSType": "windows"})
