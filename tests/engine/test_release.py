"""Does a release replace every replica without one lost request?"""

from __future__ import annotations

import json
import os
import threading
from typing import TYPE_CHECKING

import docker

from .hosts import Visitor, ask

if TYPE_CHECKING:
    from .hosts import EngineHost


def test_a_first_release_of_two_services(host: EngineHost) -> None:
    run = host.deploy(host.spec("1"))
    assert run.code == 0, run.stderr
    assert run.answer["outcome"] == "released"
    assert run.answer["changed"] is True
    status = host.status()
    assert status["release"] == 1
    assert status["healthy"] is True
    assert {name: service["ready"] for name, service in status["services"].items()} == {"planner": 2, "solver": 2}
    assert host.leftovers() == []


def test_deploying_the_same_again_changes_and_writes_nothing(host: EngineHost) -> None:
    host.deploy(host.spec("1"))
    journal = (host.root / "journal.jsonl").read_bytes()
    before = host.containers()
    run = host.deploy(host.spec("1"))
    assert (run.code, run.answer["outcome"], run.answer["changed"], run.answer["steps"]) == (0, "unchanged", False, [])
    assert host.containers() == before
    assert (host.root / "journal.jsonl").read_bytes() == journal


def test_release_scaling_and_rollback_lose_no_request(host: EngineHost) -> None:
    host.deploy(host.spec("1"))
    with Visitor(host, "planner") as planner, Visitor(host, "solver") as solver:
        for run in (
            host.deploy(host.spec("2")),
            host.deploy(host.spec("2", replicas=3)),
            host.deploy(host.spec("1", replicas=1)),
            host.run("rollback"),
        ):
            assert run.code == 0, run.stderr
    assert planner.failures + solver.failures == []
    assert {answer.split("-")[2] for answer in planner.answers} == {"r1", "r2", "r3", "r4"}
    assert host.leftovers() == []


def test_scaling_keeps_existing_replicas(host: EngineHost) -> None:
    host.deploy(host.spec("1"))
    before = set(host.containers())
    run = host.deploy(host.spec("1", {"planner": {"replicas": 3}, "solver": {}}))
    assert run.code == 0
    assert before < set(host.containers())
    assert len(host.containers()) == 5


def test_the_old_replica_answers_requests_in_flight(host: EngineHost) -> None:
    host.deploy(host.spec("1", {"planner": {"replicas": 1}}))
    answers: list[str] = []
    slow = threading.Thread(target=lambda: answers.append(ask(host.root / "live/planner-1.sock", "/slow")))
    slow.start()
    run = host.deploy(host.spec("2", {"planner": {"replicas": 1}}))
    slow.join()
    assert run.code == 0
    assert len(answers) == 1
    assert answers[0].startswith("planner-1-r1-")


def test_a_request_that_outlasts_the_drain_is_cut_and_reported(host: EngineHost) -> None:
    one = {"planner": {"replicas": 1, "drain_seconds": 1, "environment": {"SLOW_SECONDS": "30"}}}
    host.deploy(host.spec("1", one))
    slow = threading.Thread(target=_ask_in_vain, args=(host,))
    slow.start()
    run = host.deploy(host.spec("2", one))
    slow.join()
    assert run.code == 0
    assert "still had 1 connections after 1 s, which were cut" in run.stderr


def _ask_in_vain(host: EngineHost) -> None:
    try:
        ask(host.root / "live/planner-1.sock", "/slow")
    except OSError:
        return
    raise AssertionError("a request of 30 s was answered")


def test_a_replica_that_ignores_sigterm_is_killed_and_reported(host: EngineHost) -> None:
    one = {"planner": {"replicas": 1, "environment": {"IGNORE_SIGTERM": "1"}}}
    host.deploy(host.spec("1", one))
    run = host.deploy(host.spec("2", one))
    assert run.code == 0
    assert "killed, as it was still running after 3 s" in run.stderr


def test_a_service_removed_from_the_spec_is_retired(host: EngineHost) -> None:
    host.deploy(host.spec("1"))
    run = host.deploy(host.spec("1", {"planner": {}}))
    assert run.code == 0
    assert [name for name in host.containers() if "solver" in name] == []
    assert list((host.root / "live").glob("solver-*")) == []
    assert host.leftovers() == []


def test_deploying_the_same_repairs_a_dead_replica_and_a_dangling_slot(host: EngineHost) -> None:
    host.deploy(host.spec("1"))
    client = docker.from_env()
    client.containers.get(next(name for name in host.containers() if "planner-2" in name)).remove(force=True)
    client.close()
    (host.root / "live/solver-5.sock").unlink()
    (host.root / "live/solver-5.sock").symlink_to("../sockets/nobody/app.sock")
    assert host.status()["healthy"] is False
    run = host.deploy(host.spec("1"))
    assert (run.code, run.answer["release"]) == (0, 1), run.stderr
    assert host.status()["healthy"] is True
    assert host.leftovers() == []


def test_check_prints_the_plan_and_changes_nothing(host: EngineHost) -> None:
    run = host.run("deploy", "--check", "--spec", "-", spec=host.spec("1"))
    assert (run.code, run.answer["outcome"], run.answer["changed"]) == (0, "planned", True)
    assert len(run.answer["steps"]) == 12
    assert host.containers() == []
    assert list(host.root.iterdir()) == []


def test_containers_are_confined_and_told_their_identity(host: EngineHost) -> None:
    host.deploy(host.spec("1", {"planner": {"replicas": 1, "environment": {"COLOUR": "blue"}}}))
    client = docker.from_env()
    details = client.api.inspect_container(host.containers()[0])
    client.close()
    flags = details["HostConfig"]
    assert flags["ReadonlyRootfs"] is True
    assert flags["CapDrop"] == ["ALL"]
    assert flags["SecurityOpt"] == ["no-new-privileges:true"]
    assert flags["PidsLimit"] == 1024
    assert flags["Memory"] == flags["MemorySwap"] == 64 * 1024 * 1024
    assert flags["RestartPolicy"]["Name"] == "unless-stopped"
    assert flags["PortBindings"] in ({}, None)
    environment = dict(line.split("=", 1) for line in details["Config"]["Env"])
    assert environment["COLOUR"] == "blue"
    assert environment["BIND"] == "unix:/run/app/app.sock"
    assert environment["RELEASE"] == "1"
    assert environment["RELEASE_IMAGE"] == f"{host.image}:1"
    assert environment["REPLICA"] == host.containers()[0].removeprefix(f"{host.name}-")
    assert environment["PROXY_SOCKET"] == "/run/proxy/proxy.sock"
    release = json.loads((host.root / "releases/1.json").read_text())
    assert environment["RELEASE_DIGEST"] == release["digest"]
    mode = (host.root / "sockets" / environment["REPLICA"]).stat()
    assert (oct(mode.st_mode)[-4:], mode.st_uid) == ("2770", 10001)


def test_a_mount_appears_at_its_target_and_changing_it_is_a_release(host: EngineHost) -> None:
    data = host.root.parent / "data"
    data.mkdir()
    (data / "note").write_text("kept")
    for path in (data, data / "note"):
        os.chown(path, 10001, 10001)
    mount = {"source": str(data), "target": "/data", "read_only": False}
    assert host.deploy(host.spec("1", {"planner": {"replicas": 1, "mounts": [mount]}})).code == 0
    write = "import pathlib; p = pathlib.Path('/data/note'); print(p.read_text()); p.write_text('new')"
    assert _python(host, write) == (0, "kept\n")
    assert (data / "note").read_text() == "new"
    assert host.deploy(host.spec("1", {"planner": {"replicas": 1, "mounts": [mount]}})).answer["changed"] is False

    run = host.deploy(host.spec("1", {"planner": {"replicas": 1, "mounts": [{**mount, "read_only": True}]}}))
    assert (run.code, run.answer["release"]) == (0, 2), run.stderr
    code, output = _python(host, write)
    assert code == 1
    assert "Read-only file system" in output


def test_a_missing_mount_source_is_refused_and_not_created(host: EngineHost) -> None:
    mount = {"source": str(host.root.parent / "nowhere"), "target": "/data"}
    run = host.deploy(host.spec("1", {"planner": {"mounts": [mount]}}))
    assert (run.code, run.answer["outcome"]) == (1, "refused")
    assert "release: source of a mount does not exist" in run.stderr
    assert host.containers() == []
    assert not (host.root.parent / "nowhere").exists()


def _python(host: EngineHost, text: str) -> tuple[int, str]:
    """What a script says inside the engine's only replica, run as the replica itself is."""
    client = docker.from_env()
    done = client.containers.get(host.containers()[0]).exec_run(["python3", "-c", text])
    client.close()
    return done.exit_code, done.output.decode()


def test_exec_runs_a_command_in_a_replica_with_its_output_and_exit_code(host: EngineHost) -> None:
    host.deploy(host.spec("1"))
    inside = host.start("exec", "solver", "sh", "-c", 'echo "$SERVICE $1"; exit 7', "sh", "--json")
    assert inside.communicate(timeout=30) == ("solver --json\n", "")
    assert inside.returncode == 7
    for container in host.containers():
        docker.from_env().containers.get(container).stop(timeout=0)
    for service, problem, fix in (
        ("solver", "exec: no replica of that service runs", "longshore logs solver"),
        ("solvr", "exec: no replica of that service", "there are: planner, solver"),
    ):
        refused = host.start("exec", service, "--", "true")
        stderr = refused.communicate(timeout=30)[1]
        assert (refused.returncode, stderr.startswith(problem), fix in stderr) == (1, True, True), stderr
    assert "exec: no command" in host.start("exec", "solver").communicate(timeout=30)[1]
