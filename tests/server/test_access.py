"""Access between real replicas: keys made by the command line, the planner's word to the solver, limits shared."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

import pytest

from app.access.rates import Rates
from app.store import migrate
from app.store.database import Database
from tests.server.gunicorn import ROOT, client, gunicorn
from tests.waiting import LIMIT_SECONDS

QUESTION = {"question": "What is 15% of 240 km in miles?"}
PUBLIC = {"X-Forwarded-For": "192.0.2.1", "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A solver and two planners, each a replica of its own, that ask for keys and share a database."""
    folder = tmp_path_factory.mktemp("replicas")
    settings = {"ACCESS": "keys", "ANONYMOUS_REQUESTS": "4", "KEY_STREAMS": "3"}
    with ExitStack() as replicas:
        solver = folder / "solver.sock"
        replicas.enter_context(gunicorn(solver, AGENT_ROLE="solver", **settings))
        for name in ("one", "other"):
            planner = {"AGENT_ROLE": "planner", "PROXY_SOCKET": str(solver)}
            replicas.enter_context(gunicorn(folder / f"{name}.sock", **planner, **settings))
        yield folder


def keys(folder: Path, *arguments: str) -> str:
    """What the operator's command prints."""
    command = [sys.executable, "-m", "flask", "--app", "app", "keys", *arguments]
    environ = {**os.environ, "DATABASE_URL": f"sqlite:///{folder}/agents.db"}
    return subprocess.run(command, cwd=ROOT, env=environ, check=True, capture_output=True, text=True).stdout.strip()


def test_key_works_at_every_replica_until_revoked(folder: Path) -> None:
    key = keys(folder, "create", "Ann")
    headers = {**PUBLIC, "Authorization": f"Bearer {key}"}
    with client(folder / "one.sock") as one, client(folder / "other.sock") as other:
        answered = one.post("/v1/tasks", json=QUESTION, headers=headers)
        # The solver was asked through a socket, and knew the planner by its signature.
        assert answered.json()["answer"] == "22.37 miles"
        path = f"/v1/tasks/{answered.json()['id']}"
        assert other.get(path, headers=headers).status_code == 200

        keys(folder, "revoke", key.split("_")[1])
        for replica in (one, other):
            refused = replica.get(path, headers=headers)
            assert (refused.status_code, refused.json()["error"]["code"]) == (401, "key_revoked")


def test_stream_ends_after_its_key_is_revoked(folder: Path) -> None:
    key = keys(folder, "create", "Bob")
    headers = {**PUBLIC, "X-API-Key": key}
    with client(folder / "one.sock") as one:
        # It asks back, and so the stream would go on for as long as nobody answers.
        body = {"message": {"messageId": "m-1", "role": "ROLE_USER", "parts": [{"text": "loan of 20000 over 5 years"}]}}
        a2a = {**headers, "A2A-Version": "1.0"}
        task = one.post("/agents/planner/message:send", json=body, headers=a2a).json()["task"]
        assert task["status"]["state"] == "TASK_STATE_INPUT_REQUIRED"
        lines: list[str] = []
        open_ = threading.Event()

        def follow() -> None:
            path = f"/agents/planner/tasks/{task['id']}:subscribe"
            with one.stream("POST", path, headers=a2a, timeout=LIMIT_SECONDS) as stream:
                for line in stream.iter_lines():
                    lines.append(line)
                    open_.set()

        thread = threading.Thread(target=follow)
        thread.start()
        assert open_.wait(LIMIT_SECONDS)
        keys(folder, "revoke", key)
        thread.join(timeout=LIMIT_SECONDS)

        assert not thread.is_alive()
        last = json.loads([line for line in lines if line][-1].removeprefix("data: "))["error"]
        assert (last["code"], last["details"][0]["reason"]) == (401, "KEY_REVOKED")
        assert last["message"] == "This API key was revoked. Ask the operator for a key."


def test_anonymous_requests_are_limited_across_replicas_and_are_no_peers(folder: Path) -> None:
    stranger = {**PUBLIC, "X-Forwarded-For": "192.0.2.99"}
    with ExitStack() as open_:
        one, other, solver = (
            open_.enter_context(client(folder / f"{name}.sock")) for name in ("one", "other", "solver")
        )
        statuses = [
            replica.get("/v1/models", headers=stranger).status_code for replica in (one, other, one, other, one)
        ]
        assert statuses == [401, 401, 401, 401, 429]
        # That it came over the socket, and not from the public, makes nobody a peer.
        assert solver.post("/agents/solver", json={}).status_code == 401


def test_cookie_is_secure_behind_an_https_proxy(folder: Path) -> None:
    key = keys(folder, "create", "Cleo")
    headers = {**PUBLIC, "X-Forwarded-Host": "agents.example", "Origin": "https://agents.example"}
    with client(folder / "one.sock") as one:
        entered = one.post("/sign-in", data={"key": key}, headers=headers)
        assert entered.status_code == 303
        assert "Secure" in entered.headers["Set-Cookie"]
        elsewhere = one.post("/sign-in", data={"key": key}, headers={**headers, "Origin": "https://other.example"})
        assert elsewhere.status_code == 403
        cookie = entered.headers["Set-Cookie"].partition(";")[0]
        assert one.get("/", headers={**headers, "Accept": "text/html", "Cookie": cookie}).status_code == 200


def take_many(url: str, subject: str, limit: int, times: int) -> int:
    """How many of so many requests were allowed; run in processes of their own."""
    rates = Rates(Database(url))
    return sum(rates.take(subject, limit).allowed for _ in range(times))


def test_processes_sharing_a_database_count_requests_together(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/agents.db"
    migrate.ensure(url)
    begun = time.monotonic()
    with get_context("spawn").Pool(2) as pool:
        counts = pool.starmap(take_many, [(url, "key:a", 60, 50)] * 3 + [(url, "key:b", 60, 10)])

    # One more becomes free each second while they run, however long that is.
    assert 60 <= sum(counts[:3]) <= 60 + int(time.monotonic() - begun) + 1
    assert counts[3] == 10, "another's requests do not count"


def test_key_command_lists_every_invalid_setting_and_nothing_else() -> None:
    command = [sys.executable, "-m", "flask", "--app", "app", "keys", "list"]
    environ = {**os.environ, "ACCESS": "maybe", "THREADS": "0"}
    ended = subprocess.run(command, cwd=ROOT, env=environ, check=False, capture_output=True, text=True)

    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == (
        "settings: THREADS is out of range\n  found: THREADS=0\n  fix: use a whole number from 2 to 512, or unset it\n"
        "settings: ACCESS is not one of its values\n  found: ACCESS=maybe\n  fix: use open or keys\n"
    )
