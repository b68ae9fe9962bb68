"""Is a refusal shown as its three lines, whatever task it comes from?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.longshore.app.plugins.plugin_utils.output.text import refusals

from tests.ansible.running import Run, ansible

REFUSAL = "shop: {{ item }} is closed\n  found: no light\n  fix: come tomorrow"


def asserted(folder: Path, **task: Any) -> Run:
    """A run of one assertion that fails, as a role's preflight has them."""
    playbook = folder / "play.yml"
    check = {"name": "Require shops", "ansible.builtin.assert": {"that": "item == 'open'", "quiet": True}, **task}
    check = {key: value for key, value in check.items() if value is not None}
    playbook.write_text(json.dumps([{"hosts": "web", "gather_facts": False, "tasks": [check]}]))
    inventory = folder / "hosts.yml"
    inventory.write_text(json.dumps({"web": {"hosts": {"web-1": {"ansible_connection": "local"}}}}))
    return ansible("ansible-playbook", "-i", str(inventory), str(playbook))


def shown(run: Run) -> list[str]:
    """What stands between the task's line and the recap, but for blank lines."""
    lines = run.output.partition("PLAY RECAP")[0].splitlines()
    at = next(number for number, line in enumerate(lines) if "Require shops" in line)
    return [line.rstrip() for line in lines[at:] if line.strip()]


@pytest.mark.parametrize("shops", [["baker"], ["open", "baker", "open"], ["baker", "baker"]])
def test_of_a_loop(tmp_path: Path, shops: list[str]) -> None:
    check = {"that": "item == 'open'", "quiet": True, "fail_msg": REFUSAL}
    run = asserted(tmp_path, loop=shops, **{"ansible.builtin.assert": check})

    assert run.code != 0
    first, *lines = shown(run)
    assert "web-1 FAILED" in first
    assert lines == ["      shop: baker is closed", "        found: no light", "        fix: come tomorrow"]


def test_of_every_item(tmp_path: Path) -> None:
    check = {"that": "item == 'open'", "quiet": True, "fail_msg": REFUSAL}
    run = asserted(tmp_path, loop=["baker", "smith"], **{"ansible.builtin.assert": check})

    assert [line.strip() for line in shown(run) if "closed" in line] == [
        "shop: baker is closed",
        "shop: smith is closed",
    ]


def test_of_a_rescue_without_the_failure_that_it_tells_of(tmp_path: Path) -> None:
    judged = {"name": "Parse them", "ansible.builtin.assert": {"that": "'no json' | from_json"}}
    told = {"ansible.builtin.fail": {"msg": REFUSAL.replace("{{ item }}", "baker")}}
    run = asserted(tmp_path, **{"ansible.builtin.assert": None, "block": [judged], "rescue": [told]})

    assert "Parse them" in run.output
    assert "JSON" not in run.output
    assert [line.strip() for line in run.output.splitlines() if "closed" in line] == ["shop: baker is closed"]


def test_a_failure_that_a_rescue_only_tidies_up_after_is_shown(tmp_path: Path) -> None:
    check = {"ansible.builtin.assert": {"that": False}}
    tidied = {"ansible.builtin.debug": {"msg": "tidied"}}
    run = asserted(tmp_path, **{"ansible.builtin.assert": None, "block": [check], "rescue": [tidied]})

    assert "Assertion failed" in run.output
    assert "tidied" in run.output


def test_a_failure_that_is_none_is_shown_as_ansible_does(tmp_path: Path) -> None:
    run = asserted(tmp_path, loop=["baker"])

    assert "Assertion failed" in run.output
    assert "(item=baker)" in run.output


@pytest.mark.parametrize(
    ("result", "texts"),
    [
        ({"failed": True, "msg": "a\n  found: b\n  fix: c"}, ["a\n  found: b\n  fix: c"]),
        ({"failed": True, "msg": "non-zero return code"}, []),
        ({"msg": "One or more items failed", "results": [{"failed": True, "msg": "other"}]}, []),
        ({"msg": "a\n  found: b\n  fix: c", "results": [{"msg": "fine"}]}, ["a\n  found: b\n  fix: c"]),
    ],
)
def test_what_a_result_refuses(result: dict[str, Any], texts: list[str]) -> None:
    assert refusals(result) == texts
