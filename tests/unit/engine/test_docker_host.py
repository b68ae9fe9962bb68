"""How replicas are started and stopped in Docker."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from engine.longshore.host.docker import Docker, DockerContainers
from engine.longshore.host.layout import Layout
from engine.longshore.planning.model import Service
from engine.longshore.planning.replica import Replica

if TYPE_CHECKING:
    from pathlib import Path


class Client:
    """Docker's client as starting and stopping needs it; counts concurrent calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.most = 0
        self._now = 0
        self._lock = threading.Lock()

    def _take(self, *_: Any, **__: Any) -> None:
        with self._lock:
            self.calls += 1
            self._now += 1
            self.most = max(self.most, self._now)
        # Leaves time for a concurrent call to come in. Without any, its length doesn't matter.
        time.sleep(0.02)
        with self._lock:
            self._now -= 1

    start = stop = _take

    def create_host_config(self, **options: Any) -> None: ...

    def create_container(self, **options: Any) -> None: ...

    def inspect_container(self, _: str) -> dict[str, Any]:
        return {"State": {"Running": True, "ExitCode": 0}}


def test_replicas_start_and_stop_one_at_a_time(tmp_path: Path) -> None:
    """Docker 20.10 deadlocks when two leave a network at the same moment."""
    client, docker = Client(), Docker()
    docker._client = client  # type: ignore[assignment]
    containers = DockerContainers(docker, Layout(tmp_path), "longshore")
    new = [Replica(f"planner-{n}", "planner", n, 1, "", "") for n in range(1, 5)]

    with ThreadPoolExecutor(max_workers=8) as pool:
        list(pool.map(lambda replica: containers.start(replica, Service(replicas=4), "agents", {}), new))
        list(pool.map(lambda replica: containers.stop(replica.id, 1), new))

    assert (client.calls, client.most) == (8, 1)
