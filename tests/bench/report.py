"""Results of benchmarks, kept in docs/benchmarks.md: a section for each benchmark, replaced by its newest run."""

from __future__ import annotations

import datetime
import os
import platform
import re
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "benchmarks.md"


def machine() -> str:
    """One line that says what the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Linux {platform.release()}, {platform.machine()}"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def write(name: str, title: str, body: str, to: Path = PAGE) -> None:
    """Put the section `name` into a page in place of its last version, and print it."""
    today = datetime.datetime.now(datetime.UTC).date()
    section = f"<!-- {name} -->\n## {title}\n\n{body}\n\nMeasured {today} on {machine()}.\n<!-- /{name} -->"
    page = to.read_text() if to.exists() else "# Benchmarks\n"
    pattern = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
    page = pattern.sub(lambda _: section, page) if pattern.search(page) else f"{page.rstrip()}\n\n{section}\n"
    to.write_text(page)
    print(section)
