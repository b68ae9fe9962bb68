"""The image at work."""

import secrets
import stat
import subprocess
import threading
import time

import httpx
from docker.models.containers import Container

from tests.image.builds import Bundle, build, buildkit_client
from tests.image.replicas import HARDENED, USER, Replicas, until

QUESTION = {"question": "What is 15% of 240 km in miles?"}


def health_of(container: Container) -> str:
    container.reload()
    return str(container.attrs["State"]["Health"]["Status"])


def ask(client: httpx.Client) -> str:
    return str(client.post("/v1/tasks", json=QUESTION).json()["answer"])


def test_it_greets_as_in_the_exercise_and_answers_alone(replicas: Replicas) -> None:
    _, client = replicas.on_port()

    greeting = client.get("/")
    assert (greeting.text, greeting.headers["content-type"]) == ("Hello World\n", "text/plain; charset=utf-8")
    assert ask(client) == "22.37 miles"


def test_it_runs_hardened_becomes_healthy(replicas: Replicas) -> None:
    health = {"test": ["CMD", "python3", "-I", "/srv/app/healthcheck.py"], "interval": 300_000_000}
    container, client = replicas.on_port(healthcheck=health, **HARDENED)

    assert ask(client) == "22.37 miles"
    heavy = client.post("/v1/tasks", json={"question": "x^2 = 4"}).json()
    assert heavy["answer"] == "x = -2 or x = 2"
    until(lambda: health_of(container) == "healthy")
    assert container.exec_run(["id", "-u"]).output == f"{USER}\n".encode()


def test_without_a_read_only_file_system_it_can_write_nothing(replicas: Replicas) -> None:
    container, client = replicas.on_port()

    assert ask(client) == "22.37 miles"
    assert container.diff() in (None, [])
    assert container.exec_run(["find", "/srv", "/opt", "-writable", "-not", "-type", "l"]).output == b""


def test_planner_and_solver_are_two_containers_that_share_only_a_socket(replicas: Replicas) -> None:
    container, solver = replicas.on_socket("solver", AGENT_ROLE="solver", SERVICE="solver", RELEASE="3")
    _, planner = replicas.on_socket("planner", proxy=replicas.folder / "solver", AGENT_ROLE="planner")

    assert ask(planner) == "22.37 miles"
    assert solver.get("/version").json()["release"] == "3"
    assert '"path": "/v1/steps"' in container.logs().decode()
    path = replicas.folder / "solver" / "app.sock"
    assert stat.filemode(path.stat().st_mode) == "srwxrwx---"
    assert container.exec_run(["python3", "-I", "/srv/app/healthcheck.py"]).exit_code == 0


def test_a_stop_takes_no_longer_than_the_request_in_flight(replicas: Replicas) -> None:
    container, client = replicas.on_port()
    client.get("/healthz")

    started = time.monotonic()
    container.stop(timeout=35)
    container.reload()

    assert container.attrs["State"]["ExitCode"] == 0
    assert time.monotonic() - started < 10


def test_settings_that_cannot_be_used_end_the_start_with_their_list(replicas: Replicas) -> None:
    container = replicas.start(environment={"AGENT_ROLE": "planer", "WORKERS": "0"})

    assert container.wait(timeout=30)["StatusCode"] == 1
    log = container.logs().decode()
    assert "AGENT_ROLE names no agent" in log
    assert "WORKERS is out of range" in log
    assert "Traceback" not in log


def test_buildkit_builds_the_same(base: str, bundle: Bundle, replicas: Replicas) -> None:
    tag = f"longshore-test/app:{secrets.token_hex(4)}"
    build(buildkit_client(), "1", tag, base, bundle)
    try:
        container, client = replicas.on_port(image=tag)
        assert ask(client) == "22.37 miles"
        container.remove(force=True)
        replicas.started.remove(container)
    finally:
        subprocess.run(["docker", "rmi", "-f", tag], check=True, capture_output=True)


def test_never_ready_lives_and_is_not_ready(replicas: Replicas, faulty_image: str) -> None:
    _, client = replicas.on_port(image=faulty_image)

    assert client.get("/healthz").status_code == 200
    assert (client.get("/readyz").status_code, client.get("/readyz").text) == (503, "not ready: fault never-ready\n")


def test_slow_start_is_ready_after_its_time(replicas: Replicas, faulty_image: str) -> None:
    _, client = replicas.on_port(image=faulty_image, environment={"FAULT": "slow-start", "FAULT_SECONDS": "3"})

    assert client.get("/readyz").status_code == 503
    until(lambda: client.get("/readyz").status_code == 200)


def test_exit_and_crash_end_with_a_code_and_a_reason(replicas: Replicas, faulty_image: str) -> None:
    ends = replicas.start(image=faulty_image, environment={"FAULT": "exit"})
    crashes = replicas.start(image=faulty_image, environment={"FAULT": "crash", "FAULT_SECONDS": "1"})

    assert ends.wait(timeout=30)["StatusCode"] == 3
    assert "fault: this image ends at its start" in ends.logs().decode()
    assert crashes.wait(timeout=30)["StatusCode"] == 3
    assert "fault: this image crashes 1 seconds after its start" in crashes.logs().decode()


def test_ignore_stop_is_killed_at_the_deadline(replicas: Replicas, faulty_image: str) -> None:
    container, _ = replicas.on_port(image=faulty_image, environment={"FAULT": "ignore-stop"})

    container.stop(timeout=1)
    container.reload()

    assert container.attrs["State"]["ExitCode"] == 137


def test_a_long_request_and_a_stream_outlast_the_stop(replicas: Replicas, faulty_image: str) -> None:
    container, client = replicas.on_port(image=faulty_image, environment={"FAULT": "none"})
    answers: dict[str, str] = {}

    def get(path: str) -> None:
        answers[path] = client.get(path).text

    threads = [threading.Thread(target=get, args=[path]) for path in ("/faulty/slow/3", "/faulty/stream/3")]
    for thread in threads:
        thread.start()
    time.sleep(1)  # both are under way by then: they take three seconds
    container.stop(timeout=35)
    for thread in threads:
        thread.join()

    assert answers["/faulty/slow/3"] == "slow, but here\n"
    assert answers["/faulty/stream/3"].endswith("data: end\n\n")
