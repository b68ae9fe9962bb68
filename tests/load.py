"""Clients that use a host while something happens to it, and count every request that was not answered well.

Three kinds run at once, because each meets a different failure of a release: `wrk` keeps 32 connections alive (a
reused connection that is closed at the wrong moment), a client that opens a new TLS connection for each request (a
socket that nobody accepts from), and one that posts tasks (a request that must not be replayed).
"""

from __future__ import annotations

import http.client
import json
import re
import shutil
import signal
import ssl
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

LIMIT_SECONDS = 3600
# Of the two clients that send one request after the other, when they leave the machine time.
PAUSE_SECONDS = 0.15


@dataclass
class Tally:
    """What one client saw: how many requests, and a line for each that failed."""

    client: str
    requests: int = 0
    failures: list[str] = field(default_factory=list)


class Wrk:
    """32 keep-alive TLS connections by `wrk`, which counts socket errors and answers other than 2xx and 3xx."""

    def __init__(self, url: str, *, paced: bool = False, connections: int = 32, seconds: int = LIMIT_SECONDS) -> None:
        if shutil.which("wrk") is None:
            raise FileNotFoundError("wrk is not installed: run `make up`, which installs what the tests need")
        pace = ["--script", str(Path(__file__).with_name("paced.lua"))] if paced else []
        self._command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", *pace, url]

    def start(self) -> None:
        """Start sending; `wrk` ends by itself after its time."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def stop(self) -> Tally:
        """Stop by SIGINT, on which `wrk` prints its summary, and read that."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        output, _ = self._process.communicate(timeout=30)
        return self.parse(output)

    @staticmethod
    def parse(output: str) -> Tally:
        """Read the summary. Raises ValueError where there is none, so that a client that never ran is no success."""
        total = re.search(r"^\s*(\d+) requests in", output, re.MULTILINE)
        if total is None:
            raise ValueError(f"wrk gave no summary:\n{output}")
        tally = Tally("wrk", int(total[1]))
        tally.failures += [line.strip() for line in output.splitlines() if re.search(r"Socket errors|Non-2xx", line)]
        return tally


class Loop:
    """One request after the other over a new TLS connection each, in a thread, every answer checked."""

    def __init__(
        self, name: str, url: str, certificate_authority: str, body: dict[str, str] | None = None, pause: float = 0
    ) -> None:
        self._pause = pause
        self._parts = urlsplit(url)
        self._context = ssl.create_default_context(cafile=certificate_authority)
        # Hosts are reached by address and the certificate is checked against that address or name as a browser would.
        self._body = None if body is None else json.dumps(body)
        self._tally = Tally(name)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Start sending, for an hour at most."""
        self._deadline = time.monotonic() + LIMIT_SECONDS
        self._thread.start()

    def stop(self) -> Tally:
        """Let the request in flight end, and answer the tally."""
        self._stop.set()
        self._thread.join(timeout=30)
        if self._thread.is_alive():
            self._tally.failures.append("a request was still unanswered 30 s after the last one should have ended")
        return self._tally

    def _run(self) -> None:
        while not self._stop.wait(self._pause) and time.monotonic() < self._deadline:
            self._tally.requests += 1
            try:
                self._request()
            except (OSError, http.client.HTTPException, ValueError) as error:
                self._tally.failures.append(f"{time.strftime('%H:%M:%S')} {type(error).__name__}: {error}")

    def _request(self) -> None:
        connection = http.client.HTTPSConnection(
            self._parts.hostname or "", self._parts.port or 443, context=self._context, timeout=15
        )
        try:
            headers = {"Content-Type": "application/json"} if self._body else {}
            connection.request("POST" if self._body else "GET", self._parts.path or "/", self._body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise ValueError(f"status {answer.status}: {content[:200]!r}")
        if self._body and not json.loads(content).get("answer"):
            raise ValueError(f"no answer in {content[:200]!r}")


class Load:
    """All three kinds of client for as long as the `with` block lasts; as fast as they can, or paced."""

    def __init__(self, url: str, certificate_authority: str, *, paced: bool = False) -> None:
        pause = PAUSE_SECONDS if paced else 0
        task = {"question": "What is 15% of 240 km in miles?"}
        self._clients: list[Wrk | Loop] = [
            Wrk(url + "/", paced=paced),
            Loop("new TLS connection each", url + "/", certificate_authority, pause=pause),
            Loop("POST a task each", url + "/v1/tasks", certificate_authority, task, pause=pause),
        ]
        self.tallies: list[Tally] = []

    def __enter__(self) -> Load:
        for client in self._clients:
            client.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.tallies = [client.stop() for client in self._clients]

    @property
    def requests(self) -> int:
        """How many requests all clients sent."""
        return sum(tally.requests for tally in self.tallies)

    @property
    def failures(self) -> list[str]:
        """A line for each failure, with the client that met it."""
        return [f"{tally.client}: {failure}" for tally in self.tallies for failure in tally.failures]
