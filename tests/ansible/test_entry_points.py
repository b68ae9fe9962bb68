"""Does every playbook check first, and nothing twice?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
import yaml

from tests.ansible.running import ROOT, ansible, environment

if TYPE_CHECKING:
    from pathlib import Path

PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml") if path.stem != "preflight")


def tasks(folder: Path, playbook: str) -> list[str]:
    """The tasks of a whole run in order, with their roles; those of files included at run time are not listed."""
    listing = ansible("ansible-playbook", "-i", str(environment(folder, {"web-1": {}})), "--list-tasks", playbook)
    assert listing.code == 0, listing.output
    lines = (line.partition("\tTAGS:")[0].strip() for line in listing.output.splitlines())
    return [line for line in lines if line and not line.startswith(("playbook:", "play #", "tasks:"))]


@pytest.mark.parametrize("name", PLAYBOOKS)
def test_preflight_is_imported_once_and_first(tmp_path: Path, name: str) -> None:
    plays = yaml.safe_load((ROOT / "playbooks" / f"{name}.yml").read_text())
    imported = [play.get("ansible.builtin.import_playbook") for play in plays]
    assert imported.index("preflight.yml") == 0
    listed = tasks(tmp_path, f"longshore.app.{name}")
    preflight = tasks(tmp_path, "longshore.app.preflight")
    assert listed[: len(preflight)] == preflight
    assert all(listed.count(task) == 1 for task in preflight)


def test_a_site_run_checks_nothing_twice(tmp_path: Path) -> None:
    listed = tasks(tmp_path, "longshore.app.site")
    # Of several hosts each is asked what it would say of the release, and each then releases: the role comes twice.
    once = [task for task in listed if not task.startswith("longshore.app.release : ")]
    checks = [task for task in once if task.rpartition(" : ")[2].startswith(("Check", "Require", "Refuse"))]
    assert len(checks) > 10
    assert [task for task, count in Counter(checks).items() if count > 1] == []
