"""Do the contracts on imports in pyproject.toml hold, and do they notice when one is broken?"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LAYERS = "Each room of the engine imports only what is below it"
BROKEN = {
    "planning imports host": ("planning/planner.py", "from ..host import layout", LAYERS),
    "host imports running": ("host/slots.py", "from ..running import lock", LAYERS),
    "running imports reporting": ("running/runs.py", "from ..reporting import status", LAYERS),
    "a room without a layer": ("fleet.py", "", LAYERS),
    "only for types": ("host/docker.py", "if TYPE_CHECKING:\n    from ..running.lock import Lease", LAYERS),
    "a cycle in a room": ("running/lock.py", "from . import runs", "No import cycles"),
    "Ansible": ("host/docker.py", "import ansible", "The engine knows nothing of Ansible, AWS or the sandbox"),
}


def lint(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", "--no-logo"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / ".ansible" / "collections"), "NO_COLOR": "1"}
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True, check=False)


def test_imports_keep_the_contracts() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_contract_is_noticed(tmp_path: Path, case: str) -> None:
    file, line, contract = BROKEN[case]
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(ROOT / "engine", tmp_path / "engine")
    (tmp_path / "sandbox").symlink_to(ROOT / "sandbox")
    with (tmp_path / "engine" / "longshore" / file).open("a") as module:
        module.write(f"\n{line}\n")
    done = lint(tmp_path)
    assert done.returncode == 1, done.stderr
    assert f"{contract} BROKEN" in done.stdout
