"""What does an operator see of a playbook that must refuse, before any host is contacted?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.ansible.running import Run, ansible, environment

if TYPE_CHECKING:
    from pathlib import Path

# Nothing listens there; a run that contacts the host says so.
HOST = {"ansible_host": "127.0.0.1", "ansible_port": 9}


def play(folder: Path, name: str, hosts: dict[str, object], *arguments: str) -> Run:
    inventory = environment(folder, hosts)
    return ansible("ansible-playbook", "-i", str(inventory), f"longshore.app.{name}", *arguments)


def lines(run: Run) -> list[str]:
    return [line.strip() for line in run.output.splitlines()]


@pytest.mark.parametrize("name", ["deploy", "rollback", "status"])
def test_no_host(tmp_path: Path, name: str) -> None:
    run = play(tmp_path, name, {}, "-e", "release_image=docker.io/acme/agents:1.0.0")
    assert run.code != 0
    at = lines(run).index("release: no host in group `web`")
    assert lines(run)[at + 1 : at + 3] == [
        f"found: inventory {tmp_path}/shop.yml",
        "fix: make them with longshore.app.provision, or name them in the inventory",
    ]


def test_an_image_without_tag_or_digest(tmp_path: Path) -> None:
    run = play(tmp_path, "deploy", {"web-1": HOST}, "-e", "release_image=docker.io/acme/agents")
    assert run.code != 0
    at = lines(run).index("release: image has neither tag nor digest")
    assert lines(run)[at + 1 : at + 3] == [
        "found: release_image: docker.io/acme/agents",
        "fix: write it like docker.io/you/agents:1.0.0, or with its digest @sha256:…",
    ]
    assert "UNREACHABLE" not in run.output


@pytest.mark.parametrize(("replicas", "found"), [("0", "0"), ("-1", "-1"), ("two", '"two"')])
def test_replicas_that_cannot_be(tmp_path: Path, replicas: str, found: str) -> None:
    run = play(
        tmp_path, "deploy", {"web-1": HOST}, "-e", "release_image=agents:1", "-e", f"release_replicas={replicas}"
    )
    assert run.code != 0
    at = lines(run).index("release: release_services.planner.replicas is out of range")
    assert lines(run)[at + 1 : at + 3] == [f"found: {found}", "fix: a whole number, 1 to 12"]
    assert "UNREACHABLE" not in run.output


def test_each_host_s_own_variables_are_looked_at(tmp_path: Path) -> None:
    hosts = {"web-1": HOST, "web-2": {**HOST, "release_services": {"planner": {"replcas": 2}}}}
    run = play(tmp_path, "deploy", hosts, "-e", "release_image=agents:1")
    assert run.code != 0
    assert "release: unknown key in release_services.planner" in lines(run)
    assert "UNREACHABLE" not in run.output


def test_verbose_output_is_ansible_s_own(tmp_path: Path) -> None:
    run = play(tmp_path, "deploy", {"web-1": HOST}, "-v", "-e", "release_image=agents:1")
    assert "TASK [longshore.app.release : Release agents:1]" in run.output
    assert "fatal: [web-1]: UNREACHABLE! =>" in run.output
