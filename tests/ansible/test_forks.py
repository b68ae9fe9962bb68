"""Does a task's process find loaded what every task uses?"""

from __future__ import annotations

from pathlib import Path

from tests.ansible.running import ansible

FILTERS = """
import os

with open(os.environ["LOADED_BY"], "a") as file:
    print(os.getpid(), file=file)


class FilterModule:
    def filters(self):
        return {"doubled": lambda number: 2 * number}
"""

PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.assert: {that: 1 | doubled == 2}
    - ansible.builtin.assert: {that: 2 | doubled == 4}
    - ansible.builtin.assert: {that: 3 | doubled == 6}
"""


def test_filters_are_loaded_once_for_all_tasks(tmp_path: Path) -> None:
    (tmp_path / "filters").mkdir()
    (tmp_path / "filters" / "doubled.py").write_text(FILTERS)
    (tmp_path / "play.yml").write_text(PLAY)
    loaded_by = tmp_path / "loaded_by"
    run = ansible(
        "ansible-playbook",
        "-i",
        "localhost,",
        "-c",
        "local",
        str(tmp_path / "play.yml"),
        ANSIBLE_FILTER_PLUGINS=str(tmp_path / "filters"),
        ANSIBLE_INVENTORY_ENABLED="ansible.builtin.host_list",
        LOADED_BY=str(loaded_by),
    )
    assert run.code == 0, run.output
    assert len(loaded_by.read_text().split()) == 1
