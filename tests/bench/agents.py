"""Memory and speed of the agents: at rest, at start, for a task and for streams, and `/` against a bare Flask view.

All on this machine, by unix sockets as between replicas, with SQLite, and without the proxy between the two agents.
"""

from __future__ import annotations

import contextlib
import re
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.bench import report
from tests.bench.pair import Server, Streams, pair

STARTS = 7
TASKS = 60
QUESTION = "What is 15% of 240 km in miles?"
STREAMS = 200
STREAM_SECONDS = 10.0
# An agent works on 16 tasks at a time: so many, and each so long, that the last are still under way at the end.
SLOW_SECONDS = 3.0
HANDED_IN = 80
ROUNDS = 7
WRK_SECONDS = 3
CONNECTIONS = 16


@dataclass(frozen=True)
class Figure:
    """A measured figure and its limit."""

    what: str
    value: float
    limit: float
    unit: str
    at_least: bool = False
    note: str = ""

    @property
    def kept(self) -> bool:
        """Whether the figure is within its limit."""
        return self.value >= self.limit if self.at_least else self.value <= self.limit

    def row(self) -> list[str]:
        """Its line in the table."""
        sign = "≥" if self.at_least else "≤"
        value = f"{self.value:.2f}" if self.limit < 10 else f"{self.value:.0f}"
        return [self.what, f"**{value}** {self.unit}".strip(), f"{sign} {self.limit:g} {self.unit}".strip(), self.note]


def at_rest_and_at_work() -> list[Figure]:
    """Memory of each replica at rest and after work, and the time of a task."""
    with pair() as (planner, solver), planner.client() as http:
        seconds = [_ask(http) for _ in range(TASKS)][5:]
        memory = {"planner": planner.at_rest(), "solver": solver.at_rest()}
    return [
        *(Figure(f"memory of a {name} at rest", mib, 60, "MiB") for name, mib in memory.items()),
        Figure(
            "a simple task, both agents and check", statistics.median(seconds) * 1000, 60, "ms",
            note=f"median of {len(seconds)}; the slowest tenth {statistics.quantiles(seconds, n=10)[-1] * 1000:.0f} ms",
        ),
    ]  # fmt: skip


def start() -> Figure:
    """Seconds from the start of a replica until it is ready, with a migrated database."""
    with tempfile.TemporaryDirectory() as name:
        times = []
        for _ in range(STARTS + 1):
            server = Server(Path(name), BIND=f"unix:{name}/app.sock")
            times.append(server.seconds)
            server.stop()
    # The first one made the database.
    return Figure("import to ready", statistics.median(times[1:]), 1.2, "s", note=f"median of {STARTS}, both agents")


def streams() -> list[Figure]:
    """How long /readyz takes while many clients follow running tasks."""
    with pair(SLOW_SECONDS) as (planner, solver), planner.client() as http:
        headers = {"Prefer": "respond-async"}
        ids = [
            http.post("/v1/tasks", json={"question": QUESTION}, headers=headers).json()["id"] for _ in range(HANDED_IN)
        ]
        followers = Streams(planner.socket, [ids[-1 - number % 16] for number in range(STREAMS)])
        times: dict[str, list[float]] = {"planner": [], "solver": []}
        done = threading.Event()
        probes = [
            threading.Thread(target=_probe, args=(server, times[name], done))
            for name, server in (("planner", planner), ("solver", solver))
        ]
        followers.read(1.0)
        for probe in probes:
            probe.start()
        followers.read(STREAM_SECONDS)
        done.set()
        for probe in probes:
            probe.join()
        followers.close()
    if followers.refused or followers.open != STREAMS or followers.ended:
        raise RuntimeError(
            f"{followers.open} of {STREAMS} streams open, {followers.ended} ended, refused: {followers.refused[:3]}"
        )
    return [
        Figure(
            f"`/readyz` of the {name} with {STREAMS} streams", max(found) * 1000, 100, "ms",
            note=f"slowest of {len(found)}; median {statistics.median(found) * 1000:.1f} ms",
        )
        for name, found in times.items()
    ]  # fmt: skip


def throughput() -> Figure:
    """Requests per second of `/` relative to a bare Flask view, in interleaved pairs."""
    rounds = []
    for _ in range(ROUNDS):
        # Of equal processes one may be some hundredths quicker than another for its whole life: new ones each time.
        with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
            ours = Server(Path(name), BIND=_free())
            stack.callback(ours.stop)
            bare = Server(Path(name), "tests.bench.bare:app", ready="/", BIND=_free())
            stack.callback(bare.stop)
            # Whoever comes second has a warmer machine, or a busier one: both do.
            found = [_wrk(server.bind) for server in (ours, bare, bare, ours)]
            rounds.append((found[0] + found[3], found[1] + found[2]))
    note = ", ".join(f"{mine / 2:.0f}/{theirs / 2:.0f}" for mine, theirs in rounds) + " requests/s"
    ratio = statistics.median(mine / theirs for mine, theirs in rounds)
    return Figure("`/` against a bare Flask view", ratio, 0.9, "", at_least=True, note=note)


def main() -> None:
    """Measure, write the section, and fail when a limit is missed."""
    figures = [*at_rest_and_at_work(), start(), *streams(), throughput()]
    body = report.table(["what", "measured", "limit", ""], [figure.row() for figure in figures])
    body += "\n\nPlanner and solver in gunicorn as the image starts them, by unix sockets, SQLite, no proxy between."
    body += " Command: `make bench-agents`."
    report.write("agents", "The agents", body)
    if missed := [figure for figure in figures if not figure.kept]:
        raise SystemExit("\n".join(f"{figure.what}: {figure.value:.2f} {figure.unit}" for figure in missed))


def _ask(http: httpx.Client) -> float:
    begun = time.perf_counter()
    answer = http.post("/v1/tasks", json={"question": QUESTION})
    seconds = time.perf_counter() - begun
    if answer.status_code != 200 or answer.json()["state"] != "completed":
        raise RuntimeError(answer.text)
    return seconds


def _probe(server: Server, times: list[float], done: threading.Event) -> None:
    while not done.wait(0.05):
        # A connection for each, as the proxy and the release engine make them.
        with server.client() as http:
            begun = time.perf_counter()
            answer = http.get("/readyz")
            times.append(time.perf_counter() - begun)
        if answer.status_code != 200:
            raise RuntimeError(answer.text)


def _wrk(address: str) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{WRK_SECONDS}s", f"http://{address}/"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", output)
    if found is None or "Non-2xx" in output or "Socket errors" in output:
        raise RuntimeError(f"the client met errors, so the figure means nothing:\n{output}")
    return float(found[1])


def _free() -> str:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return f"127.0.0.1:{free.getsockname()[1]}"


if __name__ == "__main__":
    main()
