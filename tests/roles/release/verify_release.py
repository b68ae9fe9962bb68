"""What a release leaves on the host, and what the operator's playbooks then do with it, on a real Docker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
IMAGE = "127.0.0.1:5000/longshore/agents"
SERVICES = {
    "planner": {"replicas": 2, "memory_mb": 64, "path": "/", "environment": {"API_KEY": "correct horse"}},
    "solver": {"replicas": 1, "memory_mb": 64},
}


def playbook(name, **variables):
    """Run one of the product's playbooks on the scenario's host."""
    given = json.dumps({"release_services": SERVICES, **variables})
    inventory = ROOT / "tests" / "roles" / "shared" / "inventory.yml"
    return subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "-i", inventory, f"playbooks/{name}.yml", "-e", given],
        cwd=ROOT,
        env=os.environ | {"ANSIBLE_STDOUT_CALLBACK": "longshore", "ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def status(host):
    return json.loads(host.check_output("longshore status --json"))


def answer(host, service, slot):
    """What a service's slot answers to nginx's user."""
    socket = f"/var/lib/longshore/live/{service}-{slot}.sock"
    connect = f"import socket; s = socket.socket(socket.AF_UNIX); s.connect('{socket}')"
    ask = "s.sendall(b'GET / HTTP/1.0\\r\\n\\r\\n'); print(b''.join(iter(lambda: s.recv(999), b'')).decode())"
    return host.check_output("runuser -u www-data -- python3 -c %s", f"{connect}; {ask}").splitlines()[-1]


def test_the_release_serves(host):
    now = status(host)
    assert (now["release"], now["image"], now["healthy"]) == (1, f"{IMAGE}:1.0.0", True)
    assert {name: (item["ready"], item["wanted"]) for name, item in now["services"].items()} == {
        "planner": (2, 2),
        "solver": (1, 1),
    }
    assert now["operator"] == "molecule"


@pytest.mark.parametrize("service", ["planner", "solver"])
def test_every_slot_answers_nginx_s_user(host, service):
    assert {answer(host, service, slot) for slot in range(1, 13)} == {"1.0.0"}


def test_the_environment_is_not_in_the_host_s_log(host):
    journal = host.check_output("journalctl --no-pager")
    assert "longshore_release" in journal, "modules' calls are logged: what is looked for below could be there"
    assert "correct horse" not in journal


def test_deploying_the_same_again_changes_nothing(host):
    run = playbook("deploy", release_image=f"{IMAGE}:1.0.0")
    assert run.returncode == 0, run.stdout
    assert "changed=0" in run.stdout
    assert "web-1  unchanged" in run.stdout


def test_without_an_image_what_serves_stays(host):
    run = playbook("deploy", release_initial_image=f"{IMAGE}:1.1.0")
    assert run.returncode == 0, run.stdout
    assert status(host)["image"] == f"{IMAGE}:1.0.0"
    assert "changed=0" in run.stdout


def test_rollback_with_nothing_to_roll_back_to(host):
    run = playbook("rollback")
    assert run.returncode != 0
    assert "rollback: nothing to roll back to" in run.stdout
    assert f"found: web-1: release 1 ({IMAGE}:1.0.0, " in run.stdout


def test_a_new_version_is_released_and_told(host):
    run = playbook("deploy", release_image=f"{IMAGE}:1.1.0")
    assert run.returncode == 0, run.stdout
    assert "planner 2/2 ready after" in run.stdout
    assert f"web-1  released  {IMAGE}:1.1.0  release 2" in run.stdout
    assert answer(host, "planner", 1) == "1.1.0"


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ("broken", ["exited before it was ready", "exit code: 1", "cannot read the model", f"reverted  {IMAGE}:1.1.0"]),
        ("9.9.9", ["release: image does not exist", f"found: {IMAGE}:9.9.9", "web-1  refused"]),
    ],
)
def test_a_release_that_fails_leaves_the_old_one_serving_and_says_why(host, tag, told):
    run = playbook("deploy", release_image=f"{IMAGE}:{tag}")
    assert run.returncode != 0
    assert [text for text in told if text not in run.stdout] == [], run.stdout
    assert status(host)["image"] == f"{IMAGE}:1.1.0"
    assert answer(host, "planner", 1) == "1.1.0"


def test_more_replicas_than_memory_allows(host):
    wanted = {"planner": {"replicas": 12, "memory_mb": 100_000}}
    run = playbook("deploy", release_image=f"{IMAGE}:1.1.0", release_services=wanted)
    assert run.returncode != 0
    assert "release: more replicas than memory allows" in run.stdout
    assert answer(host, "planner", 1) == "1.1.0"


def test_status_is_a_table_and_changes_nothing(host):
    run = playbook("status")
    assert run.returncode == 0, run.stdout
    row = next(line.split() for line in run.stdout.splitlines() if line.startswith("      web-1"))
    assert row[:3] == ["web-1", "2", f"{IMAGE}:1.1.0"]
    assert row[4:8] == ["planner", "2/2,", "solver", "1/1"]
    assert "changed=0" in run.stdout


def test_rolling_back(host):
    run = playbook("rollback")
    assert run.returncode == 0, run.stdout
    assert f"web-1  rolled back  {IMAGE}:1.0.0  release 1" in run.stdout
    assert {answer(host, "planner", slot) for slot in range(1, 13)} == {"1.0.0"}


def test_nothing_runs_between_releases(host):
    assert "longshore" not in host.check_output("ps -eo comm --no-headers")
