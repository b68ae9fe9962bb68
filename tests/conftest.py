"""What every test run leaves behind: after a failure, the logs of the sandbox, its hosts and their replicas."""

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
