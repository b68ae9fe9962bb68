"""What every test run does: the longest files first, and at a failure the logs of the sandbox and its hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import hypothesis
import pytest

from tests import kept, scheduling

if TYPE_CHECKING:
    from collections.abc import Generator

# Their failures can have a reason that only a log tells.
WITH_HOSTS = ("tests/e2e/", "tests/engine/", "tests/policy/", "tests/sandbox/")
# Where so many failed in one process, more logs say nothing new, and each takes seconds.
ENOUGH = 5
# What is judged is the answer, not how busy the machine is.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order by folder, and keep the order within each."""
    items.sort(key=lambda item: scheduling.place(item.nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> scheduling.Scheduling:
    """Give them out by what they share."""
    return scheduling.Scheduling(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep logs at a failure, before fixtures remove what they are of."""
    report = yield
    if report.failed and item.nodeid.startswith(WITH_HOSTS) and item.session.testsfailed < ENOUGH:
        kept.keep(item.nodeid.removeprefix("tests/"))
    return report
