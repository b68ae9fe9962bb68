"""The application in gunicorn as the image starts it: sockets, logs, the stop that drops nothing."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from app.healthcheck import connection
from app.settings import Settings

ROOT = Path(__file__).parents[3]


def until(condition: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for a condition, and fail when it does not come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return path.exists() and probe.connect_ex(str(path)) == 0


@contextmanager
def gunicorn(path: Path, **environ: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "app/gunicorn.conf.py"],
        cwd=ROOT,
        env={**os.environ, "BIND": f"unix:{path}", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        until(lambda: accepts(path) or process.poll() is not None)
        yield process
    finally:
        process.kill()
        process.communicate()


def client(path: Path) -> httpx.Client:
    return httpx.Client(transport=httpx.HTTPTransport(uds=str(path)), base_url="http://test", timeout=20)


def stop(process: subprocess.Popen[str]) -> list[dict[str, object]]:
    """The log of a stopped process: every line must be a JSON object."""
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    return [json.loads(line) for line in output.splitlines()]


def test_socket_is_for_owner_and_group_and_healthy(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(path) as process:
        assert stat.filemode(path.stat().st_mode) == "srwxrwx---"
        healthcheck = [sys.executable, "-I", str(ROOT / "app/healthcheck.py")]
        environ = {"BIND": f"unix:{path}"}
        assert subprocess.run(healthcheck, env=environ, check=False, capture_output=True).returncode == 0
        stop(process)
        sick = subprocess.run(healthcheck, env=environ, check=False, capture_output=True, text=True)
        assert (sick.returncode, sick.stdout.startswith(f"unix:{path}: ")) == (1, True)


def test_no_header_can_break_or_forge_a_line_of_the_log(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    agent = 'quote " backslash \\ brace } %(a)s'
    with gunicorn(path, SERVICE="planner", RELEASE="7") as process:
        with client(path) as http:
            http.get("/version?secret=1", headers={"User-Agent": agent, "X-Forwarded-For": "203.0.113.9"})
            http.get("/healthz")
        lines = stop(process)

    accesses = [line for line in lines if line["logger"] == "access"]
    assert [line["path"] for line in accesses] == ["/version"]
    assert accesses[0]["user_agent"] == agent
    assert accesses[0]["address"] == "203.0.113.9"
    assert (accesses[0]["service"], accesses[0]["release"]) == ("planner", "7")
    assert "secret" not in json.dumps(lines)


def test_a_request_in_flight_is_finished_before_the_stop(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    body = json.dumps({"question": "What is 15% of 240 km in miles?"}).encode()
    with gunicorn(path) as process, socket.socket(socket.AF_UNIX) as upload:
        upload.connect(str(path))
        head = (
            f"POST /v1/tasks HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        )
        upload.sendall(head.encode() + b"\r\n" + body[:10])
        with client(path) as http:
            http.get("/")
        process.send_signal(signal.SIGTERM)
        until(lambda: not path.exists())
        upload.sendall(body[10:])
        upload.settimeout(20)
        answer = b""
        while chunk := upload.recv(65536):
            answer += chunk
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"22.37 miles" in answer
        assert process.wait(timeout=30) == 0


def test_alone_it_answers_more_tasks_at_once_than_it_has_threads(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    answers: list[str] = []

    def ask() -> None:
        with client(path) as http:
            response = http.post("/v1/tasks", json={"question": "What is 15% of 240 km in miles?"})
            answers.append(response.json()["answer"])

    with gunicorn(path, THREADS="2"):
        threads = [threading.Thread(target=ask) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=20)

    assert answers == ["22.37 miles"] * 12


def test_settings_that_cannot_be_used_stop_the_start_without_a_traceback(tmp_path: Path) -> None:
    with gunicorn(tmp_path / "app.sock", AGENT_ROLE="planer", THREADS="0") as process:
        output, _ = process.communicate(timeout=20)

    assert process.returncode == 1
    assert "AGENT_ROLE names no agent" in output
    assert "THREADS is out of range" in output
    assert "Traceback" not in output


def test_healthcheck_asks_where_the_application_listens_by_default() -> None:
    assert connection(Settings().bind).port == 5000
    assert connection("[::]:80").host == "::1"


@pytest.mark.parametrize("bind", ["unix:/nowhere.sock", "127.0.0.1:1"])
def test_healthcheck_of_what_does_not_listen_fails(bind: str) -> None:
    command = [sys.executable, "-I", str(ROOT / "app/healthcheck.py")]
    assert subprocess.run(command, env={"BIND": bind}, check=False, capture_output=True).returncode == 1
