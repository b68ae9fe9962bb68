"""The index of decisions is complete, and each decision has a date, a status, and its three parts."""

import re
from datetime import date
from pathlib import Path

import pytest

from tests.docs.programs import ROOT

FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(path for path in FOLDER.glob("*.md") if path.name != "README.md")
HEADER = re.compile(
    r"# (?P<title>.+)\n\n(?P<date>\d{4}-\d\d-\d\d) · (?P<status>accepted|withdrawn|superseded by \[.+\]\(.+\.md\))\n"
)
ROW = re.compile(r"^\| \[(?P<title>.+?)\]\((?P<file>[\w-]+\.md)\) \| (?P<date>\S+) \| (?P<status>.+) \|$", re.MULTILINE)
PARTS = ("## Context", "## Choice", "## Measured")


def header_of(decision: Path) -> dict[str, str]:
    match = HEADER.match(decision.read_text())
    assert match, f"{decision.name} has no title with a line like `2026-11-21 · accepted` below it"
    return match.groupdict()


def test_the_index_lists_every_decision_with_its_title_date_and_status() -> None:
    listed = {row["file"]: row.groupdict() for row in ROW.finditer((FOLDER / "README.md").read_text())}
    expected = {path.name: {"file": path.name, **header_of(path)} for path in DECISIONS}
    assert listed == expected


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_a_date_and_its_three_parts(decision: Path) -> None:
    date.fromisoformat(header_of(decision)["date"])
    text = decision.read_text()
    places = [text.find(f"\n{part}\n") for part in PARTS]
    assert -1 not in places, f"missing: {[part for part, place in zip(PARTS, places, strict=True) if place < 0]}"
    assert places == sorted(places)
