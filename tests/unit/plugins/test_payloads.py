"""Is a module packed once, and again when anything that it is made of changes?"""

from __future__ import annotations

import base64
import dataclasses
import io
import os
import shutil
import time
import zipfile
from pathlib import Path

import pytest
from ansible.executor.module_common import _CachedModule as Payload

from tests.unit.plugins.running import ROOT, Run, ansible

MODULE = """
import os

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.words import WORD

AnsibleModule(argument_spec={}).exit_json(msg=f"says {WORD}", unbuffered="PYTHONUNBUFFERED" in os.environ)
"""
PLAY = """
- hosts: localhost
  gather_facts: false
  tasks:
    - ansible.builtin.import_role: {name: own}
    - say:
      register: said
    - ansible.builtin.debug: {var: said.msg}
    - ansible.builtin.debug: {var: said.unbuffered}
"""


class Project:
    """A playbook whose task says what it was made of, and Ansible's home for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept = folder / "home" / "payloads"
        self.write("modules/say.py", MODULE)
        self.write("utils/words.py", 'WORD = "first"')
        # Where nobody can see that it changes, since roles may be anywhere.
        self.write("roles/own/library/hidden.py", MODULE)
        self.write("roles/own/tasks/main.yml", "- hidden:\n")
        self.write("play.yml", PLAY)

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def run(self, **given: str) -> Run:
        given |= {
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_INVENTORY_ENABLED": "ansible.builtin.host_list",
            "ANSIBLE_LIBRARY": f"{self.folder / 'modules'}:{ROOT / 'plugins' / 'modules'}",
            "ANSIBLE_MODULE_UTILS": str(self.folder / "utils"),
            "ANSIBLE_ROLES_PATH": str(self.folder / "roles"),
        }
        play = str(self.folder / "play.yml")
        run = ansible("ansible-playbook", "-i", "localhost,", "-c", "local", play, **given)
        assert run.code == 0, run.output
        return run

    def payload(self) -> Path:
        """The one payload that is kept."""
        (found,) = self.kept.glob("*/*")
        return found


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_payload_is_kept_and_used_until_something_it_is_made_of_changes(project: Project) -> None:
    assert "says first" in project.run().output
    first = project.payload()
    assert first.name.startswith("ansible.legacy.say-"), "a role's own module is not kept"

    project.write("utils/words.py", 'WORD = "second"')
    assert "says second" in project.run().output

    # What is kept is what runs: another payload in its place is not noticed.
    (second,) = (path for path in project.kept.glob("*/*") if path != first)
    shutil.copy(first, second)
    assert "says first" in project.run().output


def test_what_was_not_used_for_long_is_removed(project: Project) -> None:
    for name, days in {"old": 8, "recent": 6}.items():
        (project.kept / name).mkdir(parents=True)
        then = time.time() - days * 24 * 3600
        os.utime(project.kept / name, (then, then))
    project.run()
    assert not (project.kept / "old").exists()
    assert (project.kept / "recent").exists()


WORDS = "ansible/module_utils/words.py"


def rewrite(path: Path, files: dict[str, bytes]) -> None:
    """Put other files in the place of some of a payload's."""
    payload = Payload.load(str(path))
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(base64.b64decode(payload.zip_data))) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        assert set(files) <= set(old.namelist())
        for name in old.namelist():
            new.writestr(name, files.get(name, old.read(name)))
    dataclasses.replace(payload, zip_data=base64.b64encode(buffer.getvalue())).dump(str(path))


def test_what_is_kept_is_compiled(project: Project) -> None:
    project.run()
    rewrite(project.payload(), {WORDS: b'WORD = "compiled anew"'})
    assert "says first" in project.run().output


def test_a_host_with_another_python_compiles_it(project: Project) -> None:
    project.run()
    rewrite(project.payload(), {WORDS: b'WORD = "compiled anew"', f"{WORDS}c": b"another version's"})
    assert "says compiled anew" in project.run().output


def test_a_module_on_this_machine_does_not_read_it_byte_by_byte(project: Project) -> None:
    assert '"said.unbuffered": false' in project.run(PYTHONUNBUFFERED="1").output
