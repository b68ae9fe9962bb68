"""Does a run say where to look at what it released?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.longshore.app.plugins.plugin_utils.output.fleet import address

from tests.ansible.running import ansible

SERVES = {"release": 3, "image": "agents:1"}
STATUS = {
    **SERVES,
    "changed": False,
    "installed": True,
    "digest": "sha256:" + "ab" * 32,
    "since": "2025-01-31T03:00:00Z",
    "healthy": True,
    "services": {},
}


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ({"inventory_hostname": "web-1", "ansible_host": "203.0.113.10"}, "https://203.0.113.10"),
        ({"inventory_hostname": "web-1", "ansible_host": "2001:db8::1"}, "https://[2001:db8::1]"),
        ({"inventory_hostname": "app.example.org"}, "https://app.example.org"),
        ({"inventory_hostname": "web-1", "ansible_host": "{{ elsewhere }}"}, ""),
    ],
)
def test_the_address_of_a_host(host: dict[str, str], shown: str) -> None:
    assert address(host, SERVES) == shown


@pytest.mark.parametrize("result", [None, {"unreachable": True, "release": 3}, {"release": None}, {"failed": True}])
def test_where_nothing_is_known_to_serve(result: dict[str, Any] | None) -> None:
    assert address({"inventory_hostname": "web-1"}, result) == ""


@pytest.mark.parametrize(
    ("action", "arguments", "row"),
    [
        ("longshore.app.status", {}, ["web-1", "3", "agents:1"]),
        (
            "longshore.app.release",
            {"image": "agents:1", "services": {}},
            ["web-1", "unchanged", "agents:1", "release 3"],
        ),
    ],
)
def test_the_tables_name_it(tmp_path: Path, action: str, arguments: dict[str, object], row: list[str]) -> None:
    engine = tmp_path / "longshore"
    answer = {**STATUS, "outcome": "unchanged", "error": None, "running": None, "interrupted": None, "trouble": None}
    engine.write_text(f"#!/usr/bin/python3\nprint({json.dumps(json.dumps(answer))})\n")
    engine.chmod(0o755)
    playbook = tmp_path / "play.yml"
    playbook.write_text(
        json.dumps(
            [{"hosts": "web", "gather_facts": False, "tasks": [{action: {"executable": str(engine), **arguments}}]}]
        )
    )
    host = {"ansible_connection": "local", "ansible_python_interpreter": "/usr/bin/python3"}
    groups = {"web": {"hosts": {"web-1": host}, "vars": {"ansible_host": "203.0.113.10"}}}
    (tmp_path / "hosts.yml").write_text(json.dumps(groups))

    run = ansible("ansible-playbook", "-i", str(tmp_path / "hosts.yml"), str(playbook))

    assert run.code == 0, run.output
    line = next(line for line in run.output.splitlines() if line.split()[:1] == ["web-1"] and "agents:1" in line)
    assert [part.strip() for part in line.split("  ") if part.strip()][: len(row)] == row
    assert "https://203.0.113.10" in line
