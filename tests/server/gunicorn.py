"""gunicorn as the image starts it, with SQLite, for the time of a test."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests import plain_http
from tests.waiting import LIMIT_SECONDS, until

ROOT = Path(__file__).parents[2]


def accepts(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        return path.exists() and probe.connect_ex(str(path)) == 0


@contextmanager
def gunicorn(path: Path, *, waits: bool = True, **environ: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "--config", "app/gunicorn.conf.py"],
        cwd=ROOT,
        env={**os.environ, "BIND": f"unix:{path}", "DATABASE_URL": f"sqlite:///{path.parent}/agents.db", **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        until(lambda: not waits or "BIND" in environ or accepts(path) or process.poll() is not None)
        yield process
    finally:
        process.kill()
        process.communicate()


def client(path: Path) -> httpx.Client:
    return plain_http.client(path, timeout=LIMIT_SECONDS)


def stop(process: subprocess.Popen[str]) -> list[dict[str, object]]:
    """Ask it to stop, wait for its end, and return its log: every line must be a JSON object."""
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=LIMIT_SECONDS)
    assert process.returncode == 0
    return [json.loads(line) for line in output.splitlines()]
