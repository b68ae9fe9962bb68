"""The application in gunicorn as the image starts it: sockets, logs, the stop that drops nothing."""

import fcntl
import json
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from app import healthcheck
from app.settings import Settings
from tests.server.gunicorn import ROOT, client, gunicorn, stop
from tests.waiting import LIMIT_SECONDS, until


def test_socket_is_for_owner_and_group_and_healthy(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(path) as process:
        assert stat.filemode(path.stat().st_mode) == "srwxrwx---"
        command = [sys.executable, "-I", str(ROOT / "app/healthcheck.py")]
        environ = {"BIND": f"unix:{path}"}
        # It is asked again and again, as Docker does: the socket is there before the application that answers on it.
        until(lambda: subprocess.run(command, env=environ, check=False, capture_output=True).returncode == 0)
        stop(process)
        sick = subprocess.run(command, env=environ, check=False, capture_output=True, text=True)
        assert (sick.returncode, sick.stdout.startswith(f"unix:{path}: ")) == (1, True)


def test_headers_cannot_forge_log_lines(tmp_path: Path) -> None:
    agent = 'quote " backslash \\ brace } %(a)s'
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"127.0.0.1:{port}"
    with gunicorn(tmp_path / "none", BIND=address, SERVICE="planner", RELEASE="7") as process:
        transport = httpx.HTTPTransport(retries=9)
        with httpx.Client(base_url=f"http://{address}", transport=transport, timeout=LIMIT_SECONDS) as http:
            http.get("/version?secret=1", headers={"User-Agent": agent, "X-Forwarded-For": "203.0.113.9"})
            http.get("/healthz")
        lines = stop(process)

    accesses = [line for line in lines if line["logger"] == "access"]
    assert [line["path"] for line in accesses] == ["/version"]
    assert accesses[0]["user_agent"] == agent
    assert accesses[0]["address"] == "127.0.0.1"
    assert (accesses[0]["service"], accesses[0]["release"]) == ("planner", "7")
    assert "secret" not in json.dumps(lines)


def test_requests_through_the_socket_are_not_logged_twice(tmp_path: Path) -> None:
    path = tmp_path / "app.sock"
    with gunicorn(path) as process:
        with client(path) as http:
            assert http.get("/version").status_code == 200
        lines = stop(process)

    assert "access" not in {line["logger"] for line in lines}


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
        upload.settimeout(LIMIT_SECONDS)
        answer = b""
        while chunk := upload.recv(65536):
            answer += chunk
        assert answer.startswith(b"HTTP/1.1 200")
        assert b"22.37 miles" in answer
        assert process.wait(timeout=LIMIT_SECONDS) == 0


def test_single_replica_answers_more_concurrent_tasks_than_threads(tmp_path: Path) -> None:
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
            thread.join(timeout=LIMIT_SECONDS)

    assert answers == ["22.37 miles"] * 12


def waits_for_lock(pid: int, path: Path) -> bool:
    """Whether a process below this one waits for the lock on a file: a line with an arrow, in proc(5)."""
    inode = str(path.stat().st_ino)
    waiting = [line.split() for line in Path("/proc/locks").read_text().splitlines() if "->" in line]
    return any(fields[5] in {str(one) for one in below(pid)} and fields[6].endswith(f":{inode}") for fields in waiting)


def below(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [number for child in map(int, children) for number in (child, *below(child))]


def test_start_waiting_for_a_migration_can_be_stopped_and_leaves_no_process(tmp_path: Path) -> None:
    path, lock = tmp_path / "app.sock", tmp_path / "agents.db.lock"
    held = lock.open("w")
    fcntl.flock(held, fcntl.LOCK_EX)
    # The lock is let go of only at the end: a start that waits for it, or for its child, would never end.
    with gunicorn(path, waits=False) as process, held:
        until(lambda: waits_for_lock(process.pid, lock))
        waiting = below(process.pid)
        process.send_signal(signal.SIGTERM)

        assert process.wait(timeout=LIMIT_SECONDS) == 128 + signal.SIGTERM
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in waiting))
    assert not path.exists()


def test_invalid_settings_stop_the_start_without_a_traceback(tmp_path: Path) -> None:
    with gunicorn(tmp_path / "app.sock", AGENT_ROLE="planer", THREADS="0") as process:
        output, _ = process.communicate(timeout=LIMIT_SECONDS)

    assert process.returncode == 1
    assert "AGENT_ROLE names no agent" in output
    assert "THREADS is out of range" in output
    assert "Traceback" not in output


# Of a folder in PYTHONPATH, each Python runs it at its start.
SAYS_WHEN_SQLALCHEMY_IS_IMPORTED = """
import sys
class Finder:
    def find_spec(self, name, *_):
        if name == "sqlalchemy":
            print("SQLAlchemy is imported", flush=True)
sys.meta_path.insert(0, Finder())
"""


def test_start_with_an_up_to_date_database_does_not_import_the_migrations(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(SAYS_WHEN_SQLALCHEMY_IS_IMPORTED)
    imported = []
    for _ in range(2):
        with gunicorn(tmp_path / "app.sock", PYTHONPATH=str(tmp_path)) as process:
            with client(tmp_path / "app.sock") as http:
                assert http.get("/healthz").status_code == 200
            process.terminate()
            imported.append(process.communicate(timeout=LIMIT_SECONDS)[0].count("SQLAlchemy is imported"))
    # By the process that prepares the database and by the one that serves; then by this one alone.
    assert imported == [2, 1]


def test_healthcheck_asks_where_the_application_listens_by_default() -> None:
    assert healthcheck.address(Settings().bind) == ("127.0.0.1", 5000)
    assert healthcheck.address("[::]:80") == ("::1", 80)


def test_healthcheck_times_out_on_an_endless_response(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healthcheck, "TIMEOUT_SECONDS", 0.6)
    bind = f"unix:{tmp_path / 'drips.sock'}"

    def drip() -> None:
        connection, _ = listening.accept()
        # Each part arrives in time and all of them together do not: a limit for each part alone would hear them out.
        with connection, suppress(BrokenPipeError):
            for _ in range(50):
                connection.sendall(b".")
                time.sleep(healthcheck.TIMEOUT_SECONDS / 6)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(bind.removeprefix("unix:"))
        listening.listen()
        dripping = threading.Thread(target=drip)
        dripping.start()
        with pytest.raises(TimeoutError):
            healthcheck.ask(bind)
        dripping.join()


@pytest.mark.parametrize("bind", ["unix:/nowhere.sock", "127.0.0.1:1"])
def test_healthcheck_fails_when_nothing_listens(bind: str) -> None:
    command = [sys.executable, "-I", str(ROOT / "app/healthcheck.py")]
    assert subprocess.run(command, env={"BIND": bind}, check=False, capture_output=True).returncode == 1
