import pytest

from tests.policy.https import Site
from tests.roles.nginx_proxy.hosts import LAYOUT, start
from tests.roles.running import STATE


@pytest.fixture(scope="module")
def site(host):
    address = host.check_output("hostname --all-ip-addresses").split()[0]
    return Site(address, STATE / "environment" / "ca" / "ca.pem")


@pytest.fixture(scope="module", autouse=True)
def replicas(host):
    """Service planner has replicas a and b, which share the slots, solver has one replica, and inner has none."""
    for service, names in {"planner": ["a", "b"], "solver": ["s"]}.items():
        for name in names:
            start(host, service, name)
        slots = range(1, LAYOUT["slots"] + 1)
        sockets = {slot: f"../sockets/{service}-{names[slot % len(names)]}/app.sock" for slot in slots}
        links = [f"ln -sfn {to} {LAYOUT['slot_socket'] % (service, slot)}" for slot, to in sockets.items()]
        host.check_output(" && ".join(links))
    yield
    host.check_output("systemctl stop 'replica-*.service'")
