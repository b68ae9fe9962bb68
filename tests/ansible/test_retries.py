"""What does an operator see of a task that is tried several times?"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

from tests.ansible.running import Run, ansible


def tried(folder: Path, succeeds_at: int, *arguments: str) -> Run:
    """A run of one task that is tried three times and says which try it is."""
    tries = folder / "tries"
    script = f'echo x >> {tries}; n=$(wc -l < {tries}); echo "this was try $n" >&2; test "$n" -ge {succeeds_at}'
    task = {
        "name": "Wait for it",
        "ansible.builtin.command": {"argv": ["sh", "-c", script]},
        "register": "outcome",
        "until": "outcome.rc == 0",
        "retries": 2,
        "delay": 0,
    }
    playbook = folder / "play.yml"
    playbook.write_text(json.dumps([{"hosts": "web", "gather_facts": False, "tasks": [task]}]))
    inventory = folder / "hosts.yml"
    inventory.write_text(json.dumps({"web": {"hosts": {"web-1": {"ansible_connection": "local"}}}}))
    return ansible("ansible-playbook", "-i", str(inventory), str(playbook), *arguments)


def test_a_wait_that_ends_well_is_one_line(tmp_path: Path) -> None:
    run = tried(tmp_path, 3)

    assert run.code == 0, run.output
    about = [line for line in run.output.splitlines() if "Wait for it" in line or "try" in line]
    assert len(about) == 1, run.output
    assert about[0].strip().startswith("Wait for it ....")
    assert "web-1 changed" in about[0]


def test_one_that_fails_shows_its_last_error_once_and_no_line_twice(tmp_path: Path) -> None:
    run = tried(tmp_path, 9)

    assert run.code != 0
    assert "this was try 3" in run.output
    assert not any(f"this was try {earlier}" in run.output for earlier in (1, 2))
    assert "RETRYING" not in run.output
    lines = Counter(line.strip() for line in run.output.splitlines() if line.strip())
    assert [line for line, times in lines.items() if times > 1] == []
    assert sum(times for line, times in lines.items() if line.startswith("Wait for it")) == 1


def test_each_try_is_shown_to_those_who_ask(tmp_path: Path) -> None:
    assert tried(tmp_path, 3, "-v").output.count("FAILED - RETRYING") == 2
