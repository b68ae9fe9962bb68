"""Replicas of the application on one database, as the engine starts them, and what a client of theirs sees."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests import plain_http
from tests.waiting import LIMIT_SECONDS, until

ROOT = Path(__file__).parents[2]
QUESTION = "What is 15% of 240 km in miles?"
ANSWER = "22.37 miles"
# All requests of a test come from one address.
UNLIMITED = {"ANONYMOUS_REQUESTS": "0", "ANONYMOUS_TASKS": "0", "ANONYMOUS_STREAMS": "0"}


class Replica:
    """gunicorn on a unix socket, in a process group of its own."""

    def __init__(self, folder: Path, name: str, url: str, **environ: str) -> None:
        self.socket = folder / f"{name}.sock"
        self.log = folder / f"{name}.log"
        self._environ = {**UNLIMITED, "DATABASE_URL": url, "BIND": f"unix:{self.socket}", **environ}
        self.start()
        until(lambda: self.process.poll() is not None or self._answers())

    def start(self) -> None:
        """Start it, and do not wait."""
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "gunicorn", "--config", "app/gunicorn.conf.py"],
                cwd=ROOT,
                env={**os.environ, **self._environ},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _answers(self) -> bool:
        # The socket is there before the application that is to answer on it.
        try:
            with self.http() as http:
                return http.get("/healthz").is_success
        except httpx.TransportError:
            return False

    def http(self, seconds: float = LIMIT_SECONDS) -> httpx.Client:
        """A client of this replica alone."""
        return plain_http.client(self.socket, timeout=seconds)

    def hand_in(self, question: str = QUESTION) -> str:
        """Begin a task; its id."""
        with self.http() as http:
            response = http.post("/v1/tasks", json={"question": question}, headers={"Prefer": "respond-async"})
            task = response.json()
            if response.status_code != 202:
                # It was done before the answer was written.
                assert (response.status_code, task.get("state")) == (200, "completed"), task
                return str(task["id"])
            assert response.headers["Location"] == f"/v1/tasks/{task['id']}"
            return str(task["id"])

    def task(self, task_id: str) -> dict[str, Any]:
        """The task as this replica has it."""
        with self.http() as http:
            found: dict[str, Any] = http.get(f"/v1/tasks/{task_id}").raise_for_status().json()
            return found

    def ready(self) -> httpx.Response:
        """What it says of itself."""
        with self.http() as http:
            return http.get("/readyz")

    def terminate(self) -> None:
        """Ask it to stop, as Docker does."""
        self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End all of it, with no word to anybody."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(timeout=LIMIT_SECONDS)


@dataclass
class Follower:
    """A client that follows a task, from the last event it has."""

    task_id: str
    numbers: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    data: list[dict[str, Any]] = field(default_factory=list)

    @property
    def state(self) -> str:
        """The last that it heard of the task's state."""
        states = [data["state"] for kind, data in zip(self.kinds, self.data, strict=True) if kind == "status"]
        return states[-1] if states else ""

    def follow(self, replica: Replica) -> None:
        """Read a stream to its clean end; raises httpx.HTTPError when it is cut instead."""
        headers = {"Last-Event-ID": str(self.numbers[-1])} if self.numbers else {}
        with replica.http() as http, http.stream("GET", f"/v1/tasks/{self.task_id}/events", headers=headers) as stream:
            assert stream.status_code in {200, 204}, stream.read()
            self._read(stream.iter_lines())

    def follow_to_the_end(self, *replicas: Replica) -> None:
        """What a browser does: go on with the next replica whenever a stream ends or breaks before the task does."""
        end = time.monotonic() + LIMIT_SECONDS
        while self.state not in {"completed", "failed", "canceled", "rejected", "input-required"}:
            for replica in replicas:
                assert time.monotonic() < end, f"no end: {self.kinds}"
                try:
                    self.follow(replica)
                except httpx.HTTPError:
                    time.sleep(0.1)

    def _read(self, lines: Iterator[str]) -> None:
        fields: dict[str, str] = {}
        for line in lines:
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
                continue
            if "id" in fields:
                self.numbers.append(int(fields["id"]))
                self.kinds.append(fields["event"])
                self.data.append(json.loads(fields["data"]))
            fields = {}


def whole(follower: Follower, task: dict[str, object]) -> None:
    """Every event came once, and what they tell is what the task says."""
    assert follower.numbers == list(range(1, len(follower.numbers) + 1))
    assert (follower.state, task["state"], task["answer"]) == ("completed", "completed", ANSWER)
    told = [data for kind, data in zip(follower.kinds, follower.data, strict=True) if kind == "message"]
    assert told == task["transcript"]


@contextmanager
def replica(folder: Path, name: str, url: str, **environ: str) -> Iterator[Replica]:
    """A replica that is gone at the end, whatever happened to it."""
    started = Replica(folder, name, url, **environ)
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.kill()
