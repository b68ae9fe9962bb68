"""Do the three descriptions of a role's interface agree?

Ansible validates with `meta/argument_specs.yml` and uses `defaults/main.yml`; people read the table in README.md, which
has a row for each variable: its name, its default (or "required"), and its meaning.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
NAMES = sorted(path.name for path in ROLES.iterdir() if path.is_dir())
ROW = re.compile(r"^\| `(?P<name>\w+)` \|(?P<cells>.*)\|$", re.MULTILINE)


def options(role: str) -> dict[str, dict[str, Any]]:
    """The variables of all entry points, with their specifications."""
    entries = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text())["argument_specs"]
    return {name: option for entry in entries.values() for name, option in (entry.get("options") or {}).items()}


def defaults(role: str) -> dict[str, Any]:
    """The default of each variable."""
    path = ROLES / role / "defaults" / "main.yml"
    return (yaml.safe_load(path.read_text()) or {}) if path.exists() else {}


def shown(option: dict[str, Any]) -> str:
    """The default as the README shows it: strings as they are, anything else as JSON."""
    if option.get("required"):
        return "required"
    if "default" not in option:
        return "none"
    value = option["default"]
    text = value if isinstance(value, str) and value else json.dumps(value)
    return "`" + text.replace("|", r"\|") + "`"


def table(role: str) -> dict[str, tuple[str, str]]:
    """The README's rows: name → (default, meaning)."""
    rows = {}
    for row in ROW.finditer((ROLES / role / "README.md").read_text()):
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", row["cells"])]
        rows[row["name"]] = (cells[0], cells[-1])
    return rows


def meaning(option: dict[str, Any]) -> str:
    """A variable's description as one text."""
    description = option["description"]
    return " ".join(description) if isinstance(description, list) else str(description)


@pytest.mark.parametrize("role", NAMES)
def test_specified_defaults_are_the_defaults(role: str) -> None:
    specified = {name: option["default"] for name, option in options(role).items() if "default" in option}
    assert specified == defaults(role)


@pytest.mark.parametrize("role", NAMES)
def test_readme_shows_every_variable_with_its_default_and_meaning(role: str) -> None:
    expected = {name: (shown(option), meaning(option)) for name, option in options(role).items()}
    rows = "\n".join(f"| `{name}` | {default} | {means} |" for name, (default, means) in expected.items())
    assert table(role) == expected, f"the table in roles/{role}/README.md must be:\n{rows}"
