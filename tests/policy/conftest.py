"""The host under judgement: the first of the sandbox's, found by its inventory, reached as an operator does."""

import json
import os
import shlex
from pathlib import Path

import pytest
import testinfra

from tests import fleet
from tests.policy.https import Site

INVENTORY = Path(os.environ.get("LONGSHORE_POLICY_INVENTORY", fleet.SANDBOX))


@pytest.fixture(scope="session")
def target() -> fleet.Host:
    if INVENTORY == fleet.SANDBOX:
        fleet.serve()
    return fleet.hosts(INVENTORY)[0]


@pytest.fixture(scope="session")
def host(target):
    """Testinfra's view of it, as root, in place of the plugin's own fixture, which wants a command line option."""
    arguments = shlex.join(target.ssh_arguments)
    return testinfra.get_host(f"ssh://{target.user}@{target.address}?sudo=True", ssh_extra_args=arguments)


@pytest.fixture(scope="session")
def site(target) -> Site:
    return Site(target.address, fleet.ROOT / ".longshore" / INVENTORY.name / "ca" / "ca.pem")


@pytest.fixture(scope="module")
def replicas(host) -> list[dict]:
    """`docker inspect` of every replica that runs."""
    names = host.check_output("docker ps --quiet --filter label=longshore.managed=true").split()
    assert names, "no replica runs on this host: release something first (make up does)"
    return json.loads(host.check_output("docker inspect " + " ".join(names)))
