"""Whether this clone's sandbox is up and well.

`python -m sandbox.health` is asked by the inventory at each start of Ansible: 0, or 1 and three lines. So it imports
nothing that takes long, and what it says is worked out from what is there, never kept.
"""

import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.longshore.errors import RefusedError
from sandbox import settings, state
from sandbox.lock import Holder, held_by_another_clone, holder, still_starting
from sandbox.processes import Status
from sandbox.settings import CHECKOUT, Settings


def require(current: Settings) -> None:
    """Raise RefusedError where something of this clone's sandbox is missing or broken."""
    if trouble := problem(current):
        raise trouble


def problem(current: Settings) -> RefusedError | None:
    """What is wrong, the most far-reaching first."""
    found = holder(current)
    if found is None:
        return RefusedError("sandbox: it is not running", found=f"nobody holds {current.lock}", fix="make up")
    if found.checkout != str(CHECKOUT):
        return held_by_another_clone(found)
    if (processes := statuses(current, found)) is None:
        return still_starting(found)
    return died(processes, current.logs) or _of_hosts(current, found)


def _of_hosts(current: Settings, found: Holder) -> RefusedError | None:
    """What the hypervisor says."""
    report = hosts(current)
    if report is None:
        return still_starting(found)
    if report["docker"]:
        return RefusedError("sandbox: the Docker engine does not answer", found=report["docker"], fix="make up")
    if dying := report.get("dying"):
        return RefusedError(
            f"sandbox: {'a host does' if len(dying) == 1 else 'hosts do'} not boot",
            found="; ".join(dying.values()),
            fix=f"see `docker logs {current.name}-{next(iter(dying))}`, then `make down` and `make up`",
        )
    if report["failures"]:
        return RefusedError(
            "sandbox: a host does not match its instance",
            found="; ".join(f"{instance}: {reason}" for instance, reason in report["failures"].items()),
            fix="correct that; it is retried every 10 s; or `make down`, then `make up`",
        )
    return None


def hosts(current: Settings) -> dict[str, Any] | None:
    """The hypervisor's report; None where it has not looked yet.

    `docker` is why it sees no hosts, or ""; `hosts` is what it saw last; `failures` is instance -> what fails again and
    again; `dying` is instance -> how its host ends at each boot.
    """
    report: dict[str, Any] | None = state.read(current.state / "hosts.json")
    return report


def last_hosts(current: Settings) -> list[dict[str, Any]]:
    """The hosts that the hypervisor saw last."""
    report = hosts(current)
    return report["hosts"] if report else []


def hypervisor_watches(current: Settings) -> bool:
    """Whether the hypervisor has looked, and Docker answered it."""
    report = hosts(current)
    return report is not None and not report["docker"]


def statuses(current: Settings, found: Holder | None) -> dict[str, Status] | None:
    """The sandbox's processes by name; None where the lock's holder has started none (yet)."""
    report = state.read(current.state / "processes.json")
    # A killed supervisor leaves its report.
    if found is None or report is None or report["supervisor"] != found.pid:
        return None
    return {name: Status(**status) for name, status in report["processes"].items()}


def ended(processes: Mapping[str, Status]) -> dict[str, Status]:
    """Those that should run and don't."""
    return {name: status for name, status in processes.items() if status.pid is None}


def died(processes: Mapping[str, Status], logs: Path) -> RefusedError | None:
    """The three lines about processes that ended, if any did."""
    if not (dead := ended(processes)):
        return None
    found = "; ".join(f"{name} {how(status)} at {status.since}, see {logs / name}.log" for name, status in dead.items())
    return RefusedError(f"sandbox: {' and '.join(dead)} died", found=found, fix="make up")


def how(status: Status) -> str:
    """How a process ended, in words."""
    code = status.ended_with or 0
    return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"


def main() -> int:
    """0 where all is well; otherwise 1, and three lines to stderr."""
    try:
        require(settings.load())
    except RefusedError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
