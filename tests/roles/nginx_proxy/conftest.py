import subprocess

import pytest

from tests.policy.https import Site
from tests.roles.nginx_proxy.hosts import HOST, SCENARIO, SLOTS, STATE, start


@pytest.fixture(scope="module")
def site(host):
    address = host.check_output("hostname --all-ip-addresses").split()[0]
    return Site(address, STATE / "ca" / "ca.pem")


@pytest.fixture(scope="module", autouse=True)
def replicas(host):
    """planner a and b share the slots, solver has one replica, inner has none."""
    subprocess.run(["docker", "cp", "--quiet", SCENARIO / "replica.py", f"{HOST}:/root/replica.py"], check=True)
    for service, names in {"planner": ["a", "b"], "solver": ["s"]}.items():
        for name in names:
            start(host, service, name)
        sockets = {slot: f"../sockets/{service}-{names[slot % len(names)]}/app.sock" for slot in range(1, SLOTS + 1)}
        links = [f"ln -sfn {to} /var/lib/longshore/live/{service}-{slot}.sock" for slot, to in sockets.items()]
        host.check_output(" && ".join(links))
    yield
    host.check_output("systemctl stop 'replica-*.service'")
