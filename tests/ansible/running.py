"""Ansible run as an operator runs it, with the checkout's settings and an inventory of the test's own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]


def environment(folder: Path, hosts: Mapping[str, object], **settings: object) -> Path:
    """An environment in one file. JSON is YAML."""
    file = folder / "shop.yml"
    file.write_text(json.dumps({"plugin": "longshore.app.environment", "hosts": hosts, **settings}))
    return file


@dataclass(frozen=True)
class Run:
    """How a command ended and what it printed."""

    code: int
    output: str


def ansible(command: str, *arguments: str, **environment: str) -> Run:
    """Run one of Ansible's commands from the checkout."""
    settings = {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_STDOUT_CALLBACK": "longshore.app.output",
        "ANSIBLE_NOCOLOR": "1",
    }
    done = subprocess.run(
        [str(Path(sys.executable).parent / command), *arguments],
        cwd=ROOT,
        env=os.environ | settings | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout)
