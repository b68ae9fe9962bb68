"""A database that is down, full, read-only or slow: a clear answer, nothing lost, and all well again when it is."""

import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.store import migrate
from tests.state.databases import Postgres
from tests.state.replicas import ANSWER, QUESTION, Follower, Replica, replica, whole
from tests.state.slow_solver import SlowSolver
from tests.waiting import LIMIT_SECONDS, until

# On a machine with much else to do; a database that hangs would take it far longer.


def refused(served: Replica) -> None:
    """A task cannot be made now, and the answer says so."""
    with served.http() as http:
        response = http.post("/v1/tasks", json={"question": QUESTION})
    assert (response.status_code, response.json()["error"]["code"]) == (503, "state_unavailable"), response.text
    assert response.headers["Retry-After"] == "1"
    assert "Traceback" not in response.text


def answers(served: Replica) -> None:
    with served.http() as http:
        response = http.post("/v1/tasks", json={"question": QUESTION})
    assert (response.status_code, response.json()["answer"]) == (200, ANSWER), response.text


def is_ready(served: Replica) -> bool:
    """Whether it says so; it says one or the other, whatever the database does. (How soon: tests/bench/costs.py.)"""
    response = served.ready()
    assert (response.status_code == 200) == (response.json()["database"] == "ready")
    return response.status_code == 200


@pytest.fixture
def planner(tmp_path: Path, solver: SlowSolver) -> Iterator[Callable[[str], Replica]]:
    """Starts a planner on a database."""
    started: list[Replica] = []

    def start(url: str) -> Replica:
        environ = {"AGENT_ROLE": "planner", "PROXY_SOCKET": str(solver.path)}
        started.append(Replica(tmp_path, "planner", url, **environ))
        return started[0]

    yield start
    for one in started:
        one.kill()


def through(outage: Callable[[], None], served: Replica, solver: SlowSolver) -> None:
    """A task that is under way, and followed, while the outage comes and goes."""
    until(lambda: is_ready(served))
    follower = Follower(served.hand_in())
    with ThreadPoolExecutor(1) as pool:
        followed = pool.submit(follower.follow_to_the_end, served)
        until(lambda: "message" in follower.kinds and solver.seen)
        outage()
        followed.result(timeout=LIMIT_SECONDS)
    whole(follower, served.task(follower.task_id))
    # It was gone on with, not begun anew.
    assert sum(data.get("state") == "working" for data in follower.data) == 1
    until(lambda: is_ready(served))
    answers(served)


def test_postgresql_that_goes_down_and_comes_back(
    postgres: Postgres,
    planner: Callable[[str], Replica],
    solver: SlowSolver,
) -> None:
    served = planner(postgres.url("down"))

    def outage() -> None:
        postgres.stop()
        try:
            solver.gate.set()
            until(lambda: not is_ready(served))
            refused(served)
        finally:
            postgres.start()

    through(outage, served, solver)


def test_postgresql_that_does_not_answer(
    postgres: Postgres,
    planner: Callable[[str], Replica],
    solver: SlowSolver,
) -> None:
    served = planner(postgres.url("frozen"))

    def outage() -> None:
        with postgres.frozen():
            solver.gate.set()
            until(lambda: not is_ready(served))

    through(outage, served, solver)


def test_postgresql_that_only_lets_read(
    postgres: Postgres,
    planner: Callable[[str], Replica],
    solver: SlowSolver,
) -> None:
    served = planner(postgres.url("readonly"))
    end_connections = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'readonly'"

    def outage() -> None:
        postgres.execute('ALTER DATABASE "readonly" SET default_transaction_read_only = on')
        postgres.execute(end_connections)
        solver.gate.set()
        refused(served)
        until(lambda: served.ready().json()["database"] == "can only be read")
        assert not is_ready(served)
        # What can be read is read.
        with served.http() as http:
            assert http.get("/v1/tasks/unknown").status_code == 404
        postgres.execute('ALTER DATABASE "readonly" RESET default_transaction_read_only')
        postgres.execute(end_connections)

    through(outage, served, solver)


def test_sqlite_that_another_program_holds(
    tmp_path: Path,
    planner: Callable[[str], Replica],
    solver: SlowSolver,
) -> None:
    path = tmp_path / "agents.db"
    served = planner(f"sqlite:///{path}")

    def outage() -> None:
        holder = sqlite3.connect(path, isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        solver.gate.set()
        # Whoever only reads does not notice.
        assert is_ready(served)
        refused(served)
        holder.close()

    through(outage, served, solver)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of a megabyte."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "longshore-test", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_sqlite_on_a_disk_that_is_full(
    tmp_path: Path,
    planner: Callable[[str], Replica],
    solver: SlowSolver,
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        served = planner(f"sqlite:///{disk}/agents.db")

        def outage() -> None:
            filler = disk / "filler"
            filler.write_bytes(bytes(shutil.disk_usage(disk).free))
            # What the log of changes has room for is still taken.
            with served.http() as http:
                until(lambda: http.post("/v1/tasks", json={"question": "1" * 4000}).status_code == 503)
            solver.gate.set()
            refused(served)
            until(lambda: served.ready().json()["database"] == "is full")
            assert not is_ready(served)
            filler.unlink()

        through(outage, served, solver)


def problem_at_start(folder: Path, url: str) -> tuple[int, list[str]]:
    """How a start on this database ends: the exit code, and what it says."""
    with replica(folder, "hopeless", url) as served:
        code = served.process.wait(timeout=LIMIT_SECONDS)
        return code, served.log.read_text().splitlines()


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("sqlite:////nowhere/agents.db", "unable to open database file"),
        ("postgresql://nobody@/agents?host=/nowhere", 'connection to server on socket "/nowhere/.s.PGSQL.5432" failed'),
        ("postgres://u:secret@127.0.0.1:9/agents", "127.0.0.1"),
    ],
)
def test_start_without_the_database_fails_with_a_three_line_error(tmp_path: Path, url: str, seen: str) -> None:
    code, lines = problem_at_start(tmp_path, url)

    assert code == 1
    first, second, third = lines[-3:]
    assert first == "state: the database cannot be used"
    assert second.startswith("  found: ")
    assert seen in second
    assert third == "  fix: see that DATABASE_URL is right, that the server runs, and that it lets this user in"
    assert "Traceback" not in "".join(lines)
    assert "secret" not in "".join(lines)


def test_start_on_a_file_that_is_no_database_fails_with_a_three_line_error(tmp_path: Path) -> None:
    path = tmp_path / "agents.db"
    path.write_bytes(b"This is a letter to my aunt, and no database. " * 100)
    code, lines = problem_at_start(tmp_path, f"sqlite:///{path}")

    assert (code, lines[-2]) == (1, "  found: file is not a database")
    assert "Traceback" not in "".join(lines)


def test_start_that_cannot_migrate_fails_with_a_three_line_error(empty_url: str, tmp_path: Path) -> None:
    database = migrate.Database(empty_url)
    with database.transaction() as session:
        session.connection().exec_driver_sql("CREATE TABLE tasks (id TEXT)")
    database.close()
    code, lines = problem_at_start(tmp_path, empty_url)

    assert (code, lines[-3]) == (1, "state: the database cannot be used")
    assert "already exists" in lines[-2]
    assert "Traceback" not in "".join(lines)


def test_streams_leave_room_for_other_requests(tmp_path: Path, url: str, solver: SlowSolver) -> None:
    before = threading.active_count()
    environ = {"AGENT_ROLE": "planner", "PROXY_SOCKET": str(solver.path), "THREADS": "8"}
    with replica(tmp_path, "planner", url, **environ) as served, ThreadPoolExecutor(8) as pool:
        task_id = served.hand_in()
        followers = [Follower(task_id) for _ in range(7)]
        followed = [pool.submit(follower.follow, served) for follower in followers]
        until(lambda: all(follower.numbers for follower in followers))
        with served.http() as http:
            crowded = http.get(f"/v1/tasks/{task_id}/events")
        assert (crowded.status_code, crowded.json()["error"]["code"]) == (503, "crowded")
        assert crowded.headers["Retry-After"] == "1"
        assert is_ready(served)
        solver.gate.set()
        for one in followed:
            one.result(timeout=LIMIT_SECONDS)
        # Their places are free again.
        late = Follower(task_id)
        late.follow(served)
        for follower in (*followers, late):
            whole(follower, served.task(task_id))
    assert threading.active_count() <= before
