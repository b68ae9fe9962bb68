"""What holds for every test run: how it is split among processes, and the logs that are kept when it fails."""

from __future__ import annotations

import subprocess
import sys

import pytest

from sandbox import settings

COLLECTED = ".sandbox/collected"


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Collect logs once, at the end, when something failed while a sandbox was there."""
    if exitstatus in {pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED} and settings.load().state.is_dir():
        command = [sys.executable, "-m", "sandbox", "collect", COLLECTED]
        subprocess.run(command, cwd=settings.CHECKOUT, check=False, timeout=120)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Split tests among processes by file, as a file's share their set-up; the sandbox's hosts serve one process."""
    for item in items:
        folder = item.path.relative_to(settings.CHECKOUT / "tests").parts[0]
        shared = "sandbox's hosts" if folder in {"e2e", "policy"} else str(item.path)
        item.add_marker(pytest.mark.xdist_group(shared))
