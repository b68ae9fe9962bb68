"""Which tests stay together in one of the processes, and what is begun first."""

from __future__ import annotations

from xdist.scheduler.loadscope import LoadScopeScheduling

# Both release to the sandbox's hosts, or look at them: two at a time would only wait for each other.
OF_THE_HOSTS = ("tests/e2e/", "tests/policy/")
# Replicas by the hundred, and hosts, that start and end in this machine's Docker. Docker 20.10 locks up for good when
# two leave a network in the same instant; one process ends them one after the other.
OF_DOCKER = ("tests/engine/", "tests/image/", "tests/sandbox/")
# Each of these has a host of its own.
OF_ITS_OWN = "tests/roles/test_roles.py::"
# The process that ends last decides how long it takes: what is short fills the gaps at the end.
FIRST = (*OF_THE_HOSTS, *OF_DOCKER, "tests/roles/", "tests/aws/")


def place(test: str) -> int:
    """Where a test's folder stands in the order; the order within it is kept."""
    return next((place for place, folder in enumerate(FIRST) if test.startswith(folder)), len(FIRST))


def unit(test: str) -> str:
    """What a test is not parted from: its file's fixtures, or what it shares with other files."""
    for together in (OF_THE_HOSTS, OF_DOCKER):
        if test.startswith(together):
            return together[0]
    return test if test.startswith(OF_ITS_OWN) else test.partition("::")[0]


class Scheduling(LoadScopeScheduling):
    """Gives units to processes in their order, each as soon as one is nearly out of work."""

    def _split_scope(self, nodeid: str) -> str:
        return unit(nodeid)
