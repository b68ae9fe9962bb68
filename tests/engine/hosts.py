"""A host for one test: an engine with its own root and name, run as the command that operators run."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import docker

if TYPE_CHECKING:
    from types import TracebackType

ENGINE = Path(__file__).parents[2] / "engine"


@dataclass
class Run:
    """A finished command."""

    code: int
    stderr: str
    answer: dict[str, Any]


@dataclass
class EngineHost:
    """One engine. `image` is the repository that `spec` takes tags of."""

    root: Path
    name: str
    image: str
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.root.mkdir()
        self.config = self.root.with_suffix(".json")
        self.configure()

    def configure(self, **settings: Any) -> None:
        self.settings |= settings
        value = {"root": str(self.root), "name": self.name, "stop_seconds": 3, **self.settings}
        self.config.write_text(json.dumps(value))

    def spec(self, tag: str = "1", services: dict[str, dict[str, Any]] | None = None, **every: Any) -> str:
        """A spec's text; `every` is set for every service."""
        base = {"replicas": 2, "memory_mb": 64, "ready_seconds": 10, "drain_seconds": 5}
        wanted = services or {"planner": {}, "solver": {}}
        return json.dumps(
            {"image": f"{self.image}:{tag}", "services": {n: {**base, **every, **s} for n, s in wanted.items()}}
        )

    def start(
        self, *arguments: str, spec: str | None = None, barrier: str = "", before: tuple[str, ...] = ()
    ) -> subprocess.Popen[str]:
        """Start a command; `before` is put in front of it, like `prlimit …`."""
        command = [*before, sys.executable, "-m", "longshore", "--config", str(self.config), *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ENGINE), "LONGSHORE_OPERATOR": "tester"}
        if barrier:
            environment["LONGSHORE_TEST_BARRIER"] = barrier
        run = subprocess.Popen(
            command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert run.stdin is not None
        if spec is not None:
            run.stdin.write(spec)
        run.stdin.close()
        run.stdin = None
        return run

    def run(self, *arguments: str, spec: str | None = None, before: tuple[str, ...] = ()) -> Run:
        process = self.start(*arguments, "--json", spec=spec, before=before)
        stdout, stderr = process.communicate(timeout=120)
        assert "longshore/cli.py" not in stderr, stderr  # a traceback of the engine's own
        return Run(process.returncode, stderr, json.loads(stdout))

    def deploy(self, spec: str) -> Run:
        return self.run("deploy", "--spec", "-", spec=spec)

    def status(self) -> dict[str, Any]:
        return self.run("status").answer

    def kill_at(self, point: str, *arguments: str, spec: str | None = None) -> bool:
        """Run up to a point between two steps and kill the engine there. Returns False when the run ended before it."""
        process = self.start(*arguments, spec=spec, barrier=point)
        assert process.stderr is not None
        for line in process.stderr:
            if line.strip() == f"barrier {point}":
                process.kill()
                process.communicate()
                return True
        process.communicate(timeout=60)
        return False

    def containers(self) -> list[str]:
        """The names of all containers of this engine, running or not."""
        with_label = {"label": f"longshore.engine={self.name}"}
        client = docker.from_env()
        try:
            return sorted(item.name or "" for item in client.containers.list(all=True, filters=with_label))
        finally:
            client.close()

    def leftovers(self) -> list[str]:
        """What should not exist after a run: unknown containers, sockets and links, and temporary files."""
        replicas = {name.removeprefix(f"{self.name}-") for name in self.containers()}
        listed = {item["id"] for service in self.status()["services"].values() for item in service["replicas"]}
        odd = [f"container {name}" for name in replicas - listed]
        odd += [f"directory {path.name}" for path in (self.root / "sockets").iterdir() if path.name not in replicas]
        links = [path for path in (self.root / "live").iterdir() if path.suffix != ".sock" or not path.exists()]
        odd += [f"link {path.name}" for path in links]
        odd += [f"file {path.name}" for path in (self.root / "releases").glob("*.new")]
        return odd

    def clean(self) -> None:
        client = docker.from_env()
        for container in client.containers.list(all=True, filters={"label": f"longshore.engine={self.name}"}):
            container.remove(force=True)
        client.close()


class Visitor:
    """Sends requests to each slot of a service in turn, and keeps all failures and answers."""

    def __init__(self, host: EngineHost, service: str = "planner") -> None:
        self._live = host.root / "live"
        self._service = service
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._visit, args=(turn,)) for turn in range(2)]
        self.failures: list[str] = []
        self.answers: list[str] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, _k: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _visit(self, slot: int) -> None:
        while not self._end.is_set():
            slot = slot % 12 + 1
            try:
                self.answers.append(ask(self._live / f"{self._service}-{slot}.sock"))
            except OSError as error:
                self.failures.append(f"slot {slot}: {error!r}")
            self._end.wait(0.002)


def ask(path: Path, request: str = "/") -> str:
    """The body of one answer. Raises OSError when there is none."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(path))
        connection.sendall(f"GET {request} HTTP/1.0\r\nHost: test\r\n\r\n".encode())
        answer = b""
        while part := connection.recv(4096):
            answer += part
    if not answer.startswith(b"HTTP/1.0 200"):
        raise OSError(71, f"answered {answer[:40]!r}")
    return answer.rpartition(b"\r\n\r\n")[2].decode()


def wait_until(true: Any, what: str, within: float = 20) -> None:
    """Wait on a condition with a limit."""
    limit = time.monotonic() + within
    while not true():
        assert time.monotonic() < limit, f"not within {within} s: {what}"
        time.sleep(0.02)
