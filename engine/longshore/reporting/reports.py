"""Status, history and logs: reads only, takes no lock, and works during a release."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..clock import ago
from ..errors import RefusedError
from ..host import world
from ..host.credentials import User
from ..host.docker import Docker, DockerContainers
from ..host.layout import Layout
from ..host.probe import SocketProbe
from ..host.slots import LiveDirectory
from ..planning.replica import State
from ..running import journal, lock
from ..running.releases import ReleaseStore
from .status import Status

if TYPE_CHECKING:
    from ..planning.replica import Replica
    from ..running.journal import Record
    from ..running.lock import Lease
    from ..settings import Settings


def status(settings: Settings) -> Status:
    """What serves now. Raises RefusedError."""
    _must_be_root()
    layout = Layout(settings.root)
    store = ReleaseStore(layout)
    probe = SocketProbe(layout, User.named(settings.proxy_user))
    running = lock.holder(layout.lock)
    newest = store.all()[-1:]
    records, trouble = _records(layout)
    ended = [record for record in records if record.get("event") == "end"]
    return Status(
        current=store.current(),
        newest=newest[0] if newest else None,
        world=world.read(_containers(settings, layout), LiveDirectory(layout), probe),
        slot_count=settings.slots,
        last=ended[-1] if ended else None,
        running=running or lock.holder(layout.lock),  # a run that began or ended meanwhile was not interrupted
        trouble=trouble,
    )


def history(settings: Settings) -> dict[str, Any]:
    """Releases on file, and runs in the journal, oldest first. Raises RefusedError."""
    _must_be_root()
    layout = Layout(settings.root)
    store = ReleaseStore(layout)
    current = store.current()
    running = lock.holder(layout.lock)
    records, trouble = _records(layout)
    running = running or lock.holder(layout.lock)  # a run that began or ended meanwhile was not interrupted
    releases = []
    for entry in store.all():
        value = {key: item for key, item in entry.to_json().items() if key != "services"}
        releases.append({**value, "serves": current is not None and current.release.number == entry.release.number})
    return {"releases": releases, "runs": _runs(records, running), "trouble": trouble or None}


def history_text(value: dict[str, Any]) -> list[str]:
    """The same as text."""
    lines = ["releases"] if value["releases"] else ["nothing was released on this host yet"]
    for release in value["releases"]:
        mark = "*" if release["serves"] else " "
        when = f"{release['released']} ({ago(release['released'])} ago)" if release["released"] else release["created"]
        lines.append(
            f"{mark}{release['number']:4}  {release['fate']:9} {when}  {release['image']}  {release['operator']}"
        )
    lines += ["runs"] if value["runs"] else []
    for run in value["runs"]:
        took = f"{run['seconds']:6.1f} s" if run["seconds"] is not None else "        "
        why = f": {run['error']['problem']}" if run["error"] else ""
        lines.append(f" {run['time']}  {run['outcome']:11} {took}  {run['what']}  {run['operator']}{why}")
    return [*lines, f"journal: {value['trouble']}"] if value["trouble"] else lines


def logs(settings: Settings, service: str, lines: int) -> dict[str, list[str]]:
    """The last log lines of each of a service's replicas. Raises RefusedError."""
    containers, replicas = _replicas("logs", settings, service)
    return {replica.id: containers.logs(replica.id, lines) for replica in replicas}


def running(settings: Settings, service: str) -> str:
    """The container of a service's first replica that runs. Raises RefusedError."""
    containers, replicas = _replicas("exec", settings, service)
    for replica in replicas:
        if replica.state is State.RUNNING:
            return containers.container(replica.id)
    found = ", ".join(f"{replica.id} {replica.state.value}" for replica in replicas)
    raise RefusedError("exec: no replica of that service runs", found, f"longshore logs {service}")


def _replicas(command: str, settings: Settings, service: str) -> tuple[DockerContainers, list[Replica]]:
    """A service's replicas by their number. Raises RefusedError where there are none."""
    _must_be_root()
    containers = _containers(settings, Layout(settings.root))
    found = containers.replicas()
    names = sorted({replica.service for replica in found})
    if service not in names:
        fix = f"there are: {', '.join(names)}" if names else "deploy a release first"
        raise RefusedError(f"{command}: no replica of that service", service, fix)
    mine = [replica for replica in found if replica.service == service]
    return containers, sorted(mine, key=lambda replica: (replica.index, replica.id))


def _runs(records: list[Record], running: Lease | None) -> list[dict[str, Any]]:
    """One line per run: how it began and how it ended. Runs hold the lock, so an end belongs to the begin before it."""
    runs: list[dict[str, Any]] = []
    token = ""
    for record in records:
        if record["event"] == "begin":
            kept = {key: record[key] for key in ("time", "what", "operator", "release", "from")}
            at_work = running is not None and record["time"] >= running.since
            runs.append({**kept, "outcome": "at work" if at_work else "cut short", "seconds": None, "error": None})
            token = record["run"]
        elif record["event"] == "end" and record["run"] == token:  # unless its begin couldn't be written
            runs[-1] |= {key: record[key] for key in ("outcome", "seconds", "error")}
    return runs


def _records(layout: Layout) -> tuple[list[Record], str]:
    """The journal's records, or none and what is wrong with it."""
    try:
        return journal.read(layout.journal).records, ""
    except RefusedError as error:
        return [], f"{error.problem}: {error.found}; {error.fix}"


def _containers(settings: Settings, layout: Layout) -> DockerContainers:
    return DockerContainers(Docker(), layout, settings.name)


def _must_be_root() -> None:
    if os.geteuid() != 0:
        raise RefusedError("engine: must run as root", f"uid {os.geteuid()}", "run it with sudo")
