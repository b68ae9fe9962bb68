"""Small JSON files under `.sandbox/` that one process writes and others read."""

import json
from pathlib import Path
from typing import Any

# The supervisor's, and the hypervisor's.
REPORTS = ("processes.json", "hosts.json")


def write(path: Path, content: object) -> None:
    """Replace a file in one step, and only where it differs; a reader never sees half of it."""
    text = json.dumps(content, indent=2) + "\n"
    if path.exists() and path.read_text() == text:
        return
    scratch = path.with_name(f"{path.name}.new")
    scratch.write_text(text)
    scratch.replace(path)


def read(path: Path) -> Any:
    """A file's content, or None where there is none yet."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return None


def forget(folder: Path) -> None:
    """Remove the reports of a supervisor and a hypervisor that have ended."""
    for name in REPORTS:
        (folder / name).unlink(missing_ok=True)
