"""The two agents as replicas run them, each in its own gunicorn on a unix socket, for benchmarks on one machine.

They have the packages that the image has and no others, compiled by the program that compiles them there: without
either, start and memory would be those of the tests' environment.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx

ROOT = Path(__file__).resolve().parents[2]
# As the image sets them.
IMAGE = {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2"}
# The bench asks more than any person.
UNLIMITED = {"ANONYMOUS_REQUESTS": "0", "ANONYMOUS_TASKS": "0", "ANONYMOUS_STREAMS": "0"}
START_SECONDS = 60.0
# At rest is what has as many threads, and as much memory but for so little, for so long.
REST_SECONDS = 2.0
REST_MIB = 0.1
REST_LIMIT_SECONDS = 60.0


def interpreter() -> Path:
    """A Python with the application's packages, created once for each version of the lock file."""
    requirements, compiler = (ROOT / "requirements" / name for name in ("application.txt", "compile.py"))
    digest = hashlib.sha256(requirements.read_bytes() + compiler.read_bytes()).hexdigest()
    folder = ROOT / ".cache" / "bench" / digest[:12]
    python = folder / "bin" / "python"
    done = folder / "complete"
    if not done.exists():
        uv = ROOT / ".cache" / "uv" / "bin" / "uv"
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], check=True)
        install = ["pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", requirements]
        subprocess.run([uv, *install], check=True)
        subprocess.run([python, "-X", "no_debug_ranges", compiler, folder / "lib"], check=True)
        subprocess.run([python, "-X", "no_debug_ranges", compiler], check=True, env=cached(folder))
        done.touch()
    subprocess.run([python, "-m", "compileall", "-q", ROOT / "app"], check=True, env=cached(folder))
    return python


def cached(folder: Path) -> dict[str, str]:
    """An environment in which Python keeps byte code beside the source, as in the image."""
    return {"PATH": os.environ["PATH"], "PYTHONPYCACHEPREFIX": str(folder / "pycache")}


class Server:
    """A gunicorn with the application's own settings; `seconds` it took from its start to being ready."""

    def __init__(self, folder: Path, *arguments: str, ready: str = "/readyz", **environ: str) -> None:
        self.bind = environ["BIND"]
        database = f"sqlite:///{folder}/agents.db"
        python = interpreter()
        command = [str(python), "-m", "gunicorn", "--config", "app/gunicorn.conf.py", *arguments]
        start = time.monotonic()
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**cached(python.parents[1]), "DATABASE_URL": database, **IMAGE, **UNLIMITED, **environ},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        with self.client() as http:
            while not _answers(http, ready):
                if self.process.poll() is not None or time.monotonic() - start > START_SECONDS:
                    raise RuntimeError(f"{' '.join(command)} did not become ready")
                time.sleep(0.005)
        self.seconds = time.monotonic() - start

    @property
    def socket(self) -> str:
        """The path of its socket."""
        return self.bind.removeprefix("unix:")

    def client(self) -> httpx.Client:
        """A client of it."""
        if self.bind.startswith("unix:"):
            return httpx.Client(transport=httpx.HTTPTransport(uds=self.socket), base_url="http://agents", timeout=60)
        return httpx.Client(base_url=f"http://{self.bind}", timeout=60)

    @property
    def threads(self) -> int:
        """The number of threads of its processes."""
        return sum(len(list(Path(f"/proc/{pid}/task").iterdir())) for pid in self._pids())

    def memory(self) -> float:
        """Proportional set size of all its processes in MiB."""
        lines = [line for pid in self._pids() for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024

    def at_rest(self) -> float:
        """The same, once neither memory nor the number of threads has changed for a while."""
        end = time.monotonic() + REST_LIMIT_SECONDS
        seen, since = (-1, -1.0), time.monotonic()
        while time.monotonic() - since < REST_SECONDS:
            if time.monotonic() > end:
                raise RuntimeError(f"it keeps changing: {seen[0]} threads, {seen[1]:.1f} MiB")
            time.sleep(0.1)
            now = self.threads, self.memory()
            if now[0] != seen[0] or abs(now[1] - seen[1]) > REST_MIB:
                seen, since = now, time.monotonic()
        return self.memory()

    def _pids(self) -> list[int]:
        return [self.process.pid, *_children(self.process.pid)]

    def stop(self) -> None:
        """Terminate it, and kill it if that takes too long."""
        self.process.terminate()
        try:
            self.process.wait(timeout=40)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def pair(delay: float | None = None) -> Iterator[tuple[Server, Server]]:
    """Planner and solver; with a delay, each call between them waits that many seconds on its way."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        solver = Server(folder, BIND=f"unix:{folder}/solver.sock", AGENT_ROLE="solver")
        stack.callback(solver.stop)
        way = solver.socket
        if delay is not None:
            way = f"{folder}/slow.sock"
            stack.enter_context(slow_way(way, solver.socket, delay))
        planner = Server(folder, BIND=f"unix:{folder}/planner.sock", AGENT_ROLE="planner", PROXY_SOCKET=way)
        stack.callback(planner.stop)
        yield planner, solver


@contextlib.contextmanager
def slow_way(path: str, to: str, seconds: float) -> Iterator[None]:
    """A socket that leads to another, and takes its time for each message."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)

        def carry(client: socket.socket) -> None:
            with client, socket.socket(socket.AF_UNIX) as server, contextlib.suppress(OSError):
                server.connect(to)
                both = selectors.DefaultSelector()
                both.register(client, selectors.EVENT_READ, server)
                both.register(server, selectors.EVENT_READ, client)
                while True:
                    for key, _ in both.select():
                        chunk = key.fileobj.recv(65536)  # type: ignore[union-attr]
                        if not chunk:
                            return
                        if key.fileobj is client:
                            time.sleep(seconds)
                        key.data.sendall(chunk)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=carry, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            yield
        finally:
            listener.shutdown(socket.SHUT_RDWR)


class Streams:
    """Followers of tasks: each reads its events in a connection of its own, and all of them in one thread."""

    def __init__(self, path: str, task_ids: list[str]) -> None:
        self.bytes = 0
        self._selector = selectors.DefaultSelector()
        for task_id in task_ids:
            connection = socket.socket(socket.AF_UNIX)
            connection.connect(path)
            connection.sendall(f"GET /v1/tasks/{task_id}/events HTTP/1.1\r\nHost: agents\r\n\r\n".encode())
            self._selector.register(connection, selectors.EVENT_READ, bytearray())
        self.refused: list[str] = []
        self.ended = 0
        self.open = 0

    def read(self, seconds: float) -> None:
        """Read events for this many seconds."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            for key, _ in self._selector.select(left):
                chunk = key.fileobj.recv(65536)  # type: ignore[union-attr]
                begun = bool(key.data)
                key.data.extend(chunk)
                self.bytes += len(chunk)
                if not begun and chunk:
                    self._begin(bytes(key.data))
                if not chunk or chunk == b"0\r\n\r\n" or chunk.endswith(b"\r\n0\r\n\r\n"):
                    self.ended += 1
                    self._selector.unregister(key.fileobj)
                    key.fileobj.close()  # type: ignore[union-attr]

    def close(self) -> None:
        """Close the connections."""
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]
        self._selector.close()

    def _begin(self, head: bytes) -> None:
        if head.startswith(b"HTTP/1.1 200"):
            self.open += 1
        else:
            self.refused.append(head.split(b"\r\n", 1)[0].decode())


def _answers(http: httpx.Client, path: str) -> bool:
    try:
        return http.get(path).status_code == 200
    except httpx.TransportError:
        return False


def _children(pid: int) -> list[int]:
    found = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [below for child in found for below in _children(child)]
