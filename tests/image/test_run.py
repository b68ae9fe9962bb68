"""The image at work."""

import secrets
import stat
import subprocess
import threading
from collections.abc import Iterator

import httpx
import pytest
from docker.models.containers import Container

from tests.image.builds import ROOT, client_environment
from tests.image.replicas import HARDENED, USER, Replicas
from tests.waiting import LIMIT_SECONDS, until

# Of what is not needed by every replica: tracing, PostgreSQL, formulas of the page.
LATE = [
    "opentelemetry.exporter.otlp.proto.http.trace_exporter",
    "opentelemetry.sdk.trace.export",
    "psycopg",
    "sqlalchemy.dialects.postgresql.psycopg",
    "latex2mathml.converter",
]
QUESTION = {"question": "What is 15% of 240 km in miles?"}


@pytest.fixture(scope="module")
def faulty_image(image: str) -> Iterator[str]:
    tag = f"longshore-test/faulty:{secrets.token_hex(4)}"
    context = ROOT / "tests/image/faulty"
    subprocess.run(
        ["docker", "build", "-q", "-t", tag, "--build-arg", f"APP_IMAGE={image}", str(context)],
        check=True,
        capture_output=True,
        env={**client_environment(), "DOCKER_BUILDKIT": "0"},
    )
    yield tag
    subprocess.run(["docker", "rmi", "-f", tag], check=True, capture_output=True)


def health_of(container: Container) -> str:
    container.reload()
    return str(container.attrs["State"]["Health"]["Status"])


def ask(client: httpx.Client) -> str:
    return str(client.post("/v1/tasks", json=QUESTION).json()["answer"])


def test_single_container_greets_and_answers(replicas: Replicas) -> None:
    _, client = replicas.on_port()

    greeting = client.get("/")
    assert (greeting.text, greeting.headers["content-type"]) == ("Hello World\n", "text/plain; charset=utf-8")
    assert ask(client) == "22.37 miles"


def test_lazily_loaded_modules_are_in_the_image(replicas: Replicas) -> None:
    """The image leaves out parts of packages, and what only some tasks or settings need is imported when they do."""
    container, client = replicas.on_port()
    answers = {
        "integrate x*sin(x)": "-x·cos(x) + sin(x) + C",
        "5 pounds in kg": "2.26796185 kg",
        "What time is it in Tokyo when it is 9:00 in Berlin on 2026-01-15?": "17:00 on Thursday 15 January 2026 "
        "(UTC+9)",
    }

    for question, answer in answers.items():
        assert client.post("/v1/tasks", json={"question": question}).json()["answer"] == answer
    done = container.exec_run(["python3", "-c", f"import {', '.join(LATE)}"])
    assert done.exit_code == 0, done.output.decode()


def test_hardened_container_becomes_healthy(replicas: Replicas) -> None:
    # Whose command is the image's.
    container, client = replicas.on_port(healthcheck={"interval": 300_000_000}, **HARDENED)

    assert ask(client) == "22.37 miles"
    heavy = client.post("/v1/tasks", json={"question": "x^2 = 4"}).json()
    assert heavy["answer"] == "x = -2 or x = 2"
    until(lambda: health_of(container) == "healthy")
    assert container.exec_run(["id", "-u"]).output == f"{USER}\n".encode()


def test_the_health_check_finds_the_byte_code_of_what_it_imports(replicas: Replicas) -> None:
    container, _ = replicas.on_port(**HARDENED)
    python = replicas.health_check()[:-1]

    kept = container.exec_run([*python, "-c", "import socket; print(socket.__spec__.cached)"]).output.decode().strip()

    # Not the base's, which not every base has.
    assert kept.startswith("/opt/pycache/")
    assert container.exec_run(["test", "-f", kept]).exit_code == 0


def test_without_a_read_only_file_system_it_writes_nothing_but_its_state(replicas: Replicas) -> None:
    container, client = replicas.on_port()

    assert ask(client) == "22.37 miles"
    assert all(change["Path"].startswith("/data") for change in container.diff() or [])
    assert container.exec_run(["find", "/srv", "/opt", "-writable", "-not", "-type", "l"]).output == b""


def test_a_read_only_file_system_needs_nothing_mounted(replicas: Replicas) -> None:
    _, client = replicas.on_port(read_only=True)

    assert ask(client) == "22.37 miles"
    assert client.get("/readyz").status_code == 200


def test_planner_and_solver_are_two_containers_that_share_only_a_socket(replicas: Replicas) -> None:
    container, solver = replicas.on_socket("solver", AGENT_ROLE="solver", SERVICE="solver", RELEASE="3")
    _, planner = replicas.on_socket("planner", proxy=replicas.folder / "solver", AGENT_ROLE="planner")

    assert ask(planner) == "22.37 miles"
    assert solver.get("/version").json()["release"] == "3"
    path = replicas.folder / "solver" / "app.sock"
    assert stat.filemode(path.stat().st_mode) == "srwxrwx---"
    assert container.exec_run(replicas.health_check()).exit_code == 0
    container.stop()
    assert planner.post("/v1/tasks", json={"question": "What is 6 times 7?"}).status_code == 503


def test_stop_ends_an_idle_replica_without_a_kill(replicas: Replicas) -> None:
    container, client = replicas.on_port()
    client.get("/healthz")

    container.stop(timeout=int(LIMIT_SECONDS))
    container.reload()

    # It is killed with 137 when it does not end by itself.
    assert container.attrs["State"]["ExitCode"] == 0


def test_invalid_settings_stop_the_start_and_are_listed(replicas: Replicas) -> None:
    container = replicas.start(environment={"AGENT_ROLE": "planer", "WORKERS": "0"})

    assert container.wait(timeout=LIMIT_SECONDS)["StatusCode"] == 1
    log = container.logs().decode()
    assert "AGENT_ROLE names no agent" in log
    assert "WORKERS is out of range" in log
    assert "Traceback" not in log


def test_fault_never_ready_is_alive_but_not_ready(replicas: Replicas, faulty_image: str) -> None:
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

    assert ends.wait(timeout=LIMIT_SECONDS)["StatusCode"] == 3
    assert "fault: this image ends at its start" in ends.logs().decode()
    assert crashes.wait(timeout=LIMIT_SECONDS)["StatusCode"] == 3
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
    until(lambda: container.logs().count(b" began") == 2)
    container.stop(timeout=int(LIMIT_SECONDS))
    for thread in threads:
        thread.join()

    assert answers["/faulty/slow/3"] == "slow, but here\n"
    assert answers["/faulty/stream/3"].endswith("data: end\n\n")
