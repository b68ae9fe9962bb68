"""Small JSON files under `.sandbox/` that one process writes and others read."""

import json
from pathlib import Path
from typing import Any


def write(path: Path, content: object) -> None:
    """Replace a file in one step, and only where it differs; a reader never sees half of it."""
    replace(path, json.dumps(content, indent=2) + "\n")


def replace(path: Path, text: str) -> None:
    """The same for a text."""
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
