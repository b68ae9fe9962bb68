import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests import plain_http
from tests.server.gunicorn import ROOT
from tests.waiting import until


@pytest.fixture(scope="session")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server under test writes."""
    return tmp_path_factory.mktemp("api") / "log"


@pytest.fixture(scope="session")
def server(log: Path) -> Iterator[str]:
    """The address of both agents, as `docker run` starts them, but with no limit on how much is asked."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    limits = {"ANONYMOUS_REQUESTS": "0", "ANONYMOUS_TASKS": "0", "ANONYMOUS_STREAMS": "0"}
    environ = {**os.environ, "BIND": address, "DATABASE_URL": f"sqlite:///{log.parent}/agents.db", **limits}
    command = [sys.executable, "-m", "gunicorn", "--config", "app/gunicorn.conf.py"]
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=output, stderr=output)
    try:
        until(lambda: _ready(process, f"http://{address}"), 60)
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=40)


@pytest.fixture(autouse=True)
def no_fault(log: Path, server: str) -> Iterator[None]:
    """Nothing went wrong inside during the test, whatever the answer said."""
    before = log.stat().st_size
    yield
    with log.open("rb") as lines:
        lines.seek(before)
        faults = [line for line in map(json.loads, lines.read().splitlines()) if line["level"] == "error"]
    assert not faults, json.dumps(faults[:3], indent=1)


def _ready(process: subprocess.Popen[bytes], url: str) -> bool:
    assert process.poll() is None, "it did not start"
    try:
        return plain_http.get(f"{url}/readyz").status_code == 200
    except httpx.TransportError:
        return False
