"""What a release leaves on the host, and what the operator's playbooks do with it, on a real Docker.

The engine's root and the user of nginx's workers are not the defaults: engine, proxy and tests all follow two settings.
"""

import json
from pathlib import Path

import pytest

from engine.longshore.host.layout import facts
from engine.longshore.settings import Settings
from tests.policy.https import Site
from tests.roles.running import STATE, name, operate

IMAGE = "127.0.0.1:5000/longshore/agents"
SERVICES = {
    "planner": {"replicas": 2, "memory_mb": 64, "path": "/", "environment": {"API_KEY": "correct horse"}},
    "solver": {"replicas": 1, "memory_mb": 64},
}
LAYOUT = facts(Settings(root=Path("/srv/longshore"), proxy_user="edge"))


def playbook(host, playbook_name, **variables):
    """Run one of the product's playbooks on this host."""
    return operate(host, playbook_name, **{"release_services": SERVICES, **variables})


@pytest.fixture(scope="module")
def site(host):
    # The host's Docker has addresses of its own.
    address = host.check_output("ip -4 -brief address show eth0").split()[2].partition("/")[0]
    return Site(address, STATE / "environment" / "ca" / "ca.pem")


def status(host):
    return json.loads(host.check_output("longshore status --json"))


def answer(host, service, slot):
    """The response of a service's slot to nginx's user."""
    socket = LAYOUT["slot_socket"] % (service, slot)
    connect = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{socket}')"
    ask = "s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n'); print(b''.join(iter(lambda: s.recv(999), b'')).decode())"
    return host.check_output(f"runuser -u {LAYOUT['proxy_user']} -- python3 -c %s", f"{connect}; {ask}").splitlines()[
        -1
    ]


def test_requests_reach_replicas_through_the_proxy(site):
    response = site.get("/")
    assert (response.status_code, response.text) == (200, "1.0.0")


def test_workers_of_nginx_run_as_the_proxy_user(host):
    users = host.check_output("ps -C nginx -o user=").split()
    assert set(users) == {"root", LAYOUT["proxy_user"]}


def test_default_root_is_not_used(host):
    assert host.file(LAYOUT["proxy_socket"]).is_socket
    assert not host.file(facts(Settings())["root"]).exists


def test_release_is_ready(host):
    now = status(host)
    assert (now["release"], now["image"], now["healthy"]) == (1, f"{IMAGE}:1.0.0", True)
    assert {name: (item["ready"], item["wanted"]) for name, item in now["services"].items()} == {
        "planner": (2, 2),
        "solver": (1, 1),
    }
    assert now["operator"] == "molecule"


@pytest.mark.parametrize("service", ["planner", "solver"])
def test_nginx_s_user_reaches_every_slot(host, service):
    assert {answer(host, service, slot) for slot in range(1, 13)} == {"1.0.0"}


def test_environment_of_services_is_not_in_the_host_s_log(host):
    journal = host.check_output("journalctl --no-pager")
    assert "longshore.app.release" in journal, "calls of modules are logged, so that the value could be there"
    assert "correct horse" not in journal


def test_deploying_the_same_image_again_changes_nothing(host):
    run = playbook(host, "deploy", release_image=f"{IMAGE}:1.0.0")
    assert run.returncode == 0, run.stdout
    assert "changed=0" in run.stdout
    assert f"{name(host)}  unchanged" in run.stdout


def test_deploying_without_an_image_keeps_the_current_one(host):
    run = playbook(host, "deploy", release_initial_image=f"{IMAGE}:1.1.0")
    assert run.returncode == 0, run.stdout
    assert status(host)["image"] == f"{IMAGE}:1.0.0"
    assert "changed=0" in run.stdout


def test_rollback_with_nothing_to_roll_back_to(host):
    run = playbook(host, "rollback")
    assert run.returncode != 0
    assert "rollback: nothing to roll back to" in run.stdout
    assert f"found: {name(host)}: release 1 ({IMAGE}:1.0.0, " in run.stdout


def test_new_version_is_released_and_reported(host, site):
    run = playbook(host, "deploy", release_image=f"{IMAGE}:1.1.0")
    assert run.returncode == 0, run.stdout
    assert "planner 2/2 ready after" in run.stdout
    assert f"{name(host)}  released  {IMAGE}:1.1.0  release 2" in run.stdout
    assert answer(host, "planner", 1) == site.get("/").text == "1.1.0"


@pytest.mark.parametrize(
    ("tag", "reported"),
    [
        ("broken", ["exited before it was ready", "exit code: 1", "cannot read the model", f"reverted  {IMAGE}:1.1.0"]),
        ("9.9.9", ["release: image does not exist", f"found: {IMAGE}:9.9.9", "  refused"]),
    ],
)
def test_failed_release_leaves_the_previous_one_in_use_and_says_why(host, tag, reported):
    run = playbook(host, "deploy", release_image=f"{IMAGE}:{tag}")
    assert run.returncode != 0
    assert [text for text in reported if text not in run.stdout] == [], run.stdout
    assert status(host)["image"] == f"{IMAGE}:1.1.0"
    assert answer(host, "planner", 1) == "1.1.0"


def test_more_replicas_than_memory_allows(host):
    wanted = {"planner": {"replicas": 12, "memory_mb": 100_000}}
    run = playbook(host, "deploy", release_image=f"{IMAGE}:1.1.0", release_services=wanted)
    assert run.returncode != 0
    assert "release: more replicas than memory allows" in run.stdout
    assert answer(host, "planner", 1) == "1.1.0"


def test_status_is_a_table_and_changes_nothing(host):
    run = playbook(host, "status")
    assert run.returncode == 0, run.stdout
    row = next(line.split() for line in run.stdout.splitlines() if line.startswith(f"      {name(host)}"))
    assert row[:3] == [name(host), "2", f"{IMAGE}:1.1.0"]
    assert row[4:8] == ["planner", "2/2,", "solver", "1/1"]
    assert "changed=0" in run.stdout


def test_rolling_back(host):
    run = playbook(host, "rollback")
    assert run.returncode == 0, run.stdout
    assert f"{name(host)}  rolled back  {IMAGE}:1.0.0  release 1" in run.stdout
    assert {answer(host, "planner", slot) for slot in range(1, 13)} == {"1.0.0"}


def test_no_process_of_the_engine_runs_between_releases(host):
    assert "longshore" not in host.check_output("ps -eo comm --no-headers")
