"""One file as a whole environment: what it sets, and what preflight refuses in it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.ansible.test_environment import PROJECT, run

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """\
plugin: longshore.app.environment
image: docker.io/acme/shop:1.0.0
hosts:
  web-1: {ansible_host: 203.0.113.10}
  web-2: {ansible_host: 203.0.113.11, ansible_user: admin}
services:
  web: {replicas: 2, path: /}
vars:
  release_slots: 6
"""


def test_one_file_holds_a_whole_environment(tmp_path: Path) -> None:
    file = tmp_path / "longshore.yml"
    file.write_text(WHOLE)
    assert run("ansible-playbook", file, "longshore.app.preflight").returncode == 0
    hosts = json.loads(run("ansible-inventory", file, "--list").stdout)
    assert hosts["web"]["hosts"] == ["web-1", "web-2"]
    variables = hosts["_meta"]["hostvars"]
    assert [variables[name]["ansible_user"] for name in hosts["web"]["hosts"]] == ["root", "admin"]
    for host in variables.values():
        assert host["release_image"] == "docker.io/acme/shop:1.0.0"
        assert host["release_services"] == {"web": {"replicas": 2, "path": "/"}}
        assert host["release_slots"] == 6
        # What is no template is marked as such.
        assert host["environment_name"] == {"__ansible_unsafe": "longshore"}
        assert host["environment_state"] == {"__ansible_unsafe": str(tmp_path / ".longshore" / "longshore")}
    assert (tmp_path / ".longshore" / "longshore").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("old", "new", "problem", "found", "fix"),
    [
        ("image:", "imgae:", "environment: {} has no such setting", "imgae in {}", "did you mean image?"),
        (
            "{ansible_host: 203.0.113.10}",
            "203.0.113.10",
            "environment: the variables of host web-1 do not fit",
            "'203.0.113.10' in {}",
            "list each host with its variables, like {{web-1: {{ansible_host: 203.0.113.10}}}}",
        ),
        (
            "path: /}",
            "path: /a b/}",
            "release: release_services.web.path is not a path nginx can serve",
            '"/a b/"',
            None,
        ),
        (
            "release_slots: 6",
            "release_slot: 6",
            "environment: no role has this variable",
            "release_slot in {}",
            "did you mean release_slots? If it is your own, list it in own_variables of longshore.yml",
        ),
        (":1.0.0", "", "release: image has neither tag nor digest", "release_image: docker.io/acme/shop", None),
        ("services:", "services: [", "environment: the file is not YAML", None, None),
        (
            "plugin: longshore.app.environment",
            "plugin: longshore.app.enviroment",
            "environment: the inventory describes no environment",
            "{} has no line `plugin: longshore.app.environment`",
            None,
        ),
    ],
)
def test_mistakes_in_one_file(  # noqa: PLR0917 - a table's columns
    tmp_path: Path, old: str, new: str, problem: str, found: str | None, fix: str | None
) -> None:
    file = tmp_path / "longshore.yml"
    file.write_text(WHOLE.replace(old, new, 1))
    result = run("ansible-playbook", file, "longshore.app.preflight")
    place = os.path.relpath(file, PROJECT)
    assert result.returncode != 0
    said = [line.strip() for line in result.stdout.splitlines()]
    at = said.index(problem.format(file.name))
    assert said[at + 1].startswith(f"found: {(found or '').format(place)}"), result.stdout
    assert said[at + 2].startswith(f"fix: {(fix or '').format()}"), result.stdout
