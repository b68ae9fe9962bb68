"""Memory of all processes on a host: PostgreSQL, Docker, nginx, systemd, and two busy replicas of each agent.

Memory is proportional (PSS, proc(5)): what processes share is counted once, so the sum is what the host gives away.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict

import httpx

from tests import fleet
from tests.bench import report
from tests.images import VERSIONS, push_all, reference

ENVIRONMENT = fleet.ROOT / "tests" / "e2e" / "environments" / "pair"
AUTHORITY = fleet.ROOT / "tests" / "e2e" / ".longshore" / "pair" / "ca" / "ca.pem"
SETTINGS = {"aws_hosts_count": 1, "release_replicas": 2, "release_database": "postgresql"}
QUESTIONS = ("What is 15% of 240 km in miles?", "Solve x^2 - 5x + 6 = 0", "integrate x^2 from 0 to 3")
TASKS = 60
LIMIT_MIB = 1.2 * 1024
# Of each process: its name, and its line `Pss:` in KiB. One that ended meanwhile has none.
READ = "sudo sh -c 'cd /proc; for p in [0-9]*; do echo $(cat $p/comm) $(grep ^Pss: $p/smaps_rollup); done 2>/dev/null'"
PROCESS = re.compile(r"^(?P<name>.+?) Pss: (?P<kib>\d+) kB$", re.MULTILINE)


def _playbook(name: str, *arguments: str) -> None:
    run = fleet.playbook(name, "-e", json.dumps(SETTINGS), *arguments, inventory=ENVIRONMENT)
    if run.code:
        raise RuntimeError(run.output)


def _work(host: fleet.Host) -> None:
    with httpx.Client(base_url=host.url, verify=str(AUTHORITY), timeout=60) as http:
        for number in range(TASKS):
            answer = http.post("/v1/tasks", json={"question": QUESTIONS[number % len(QUESTIONS)]})
            if answer.status_code != 200 or answer.json()["state"] != "completed":
                raise RuntimeError(answer.text)


def _held(host: fleet.Host) -> dict[str, tuple[int, float]]:
    """Processes and MiB by their name, the largest first."""
    found: dict[str, list[int]] = defaultdict(list)
    for process in PROCESS.finditer(host.run(READ).stdout):
        found[process["name"]].append(int(process["kib"]))
    largest = sorted(found.items(), key=lambda item: -sum(item[1]))
    return {name: (len(sizes), sum(sizes) / 1024) for name, sizes in largest}


def main() -> None:
    """Make a host, put it to work, add up, and fail above the limit."""
    push_all()
    try:
        _playbook("site", "-e", f"release_image={reference(VERSIONS[0])}")
        (host,) = fleet.hosts(ENVIRONMENT)
        _work(host)
        held = _held(host)
    finally:
        _playbook("teardown", "-e", "teardown_confirm=pair")
    total = sum(mib for _, mib in held.values())
    rows = [[f"`{name}`", str(count), f"{mib:.0f}"] for name, (count, mib) in held.items() if mib >= 5]
    small = sum(mib for _, mib in held.values() if mib < 5)
    rows.append(["smaller ones", "", f"{small:.0f}"])
    body = report.table(["process", "how many", "MiB"], rows)
    body += (
        f"\n\n**{total:.0f} MiB** in all (limit {LIMIT_MIB:.0f}), after {TASKS} tasks, with two replicas of each agent"
    )
    body += " and PostgreSQL. Command: `make bench-host-memory`."
    report.write("host-memory", "What a whole host holds", body)
    if total > LIMIT_MIB:
        raise SystemExit(f"the host holds {total:.0f} MiB, more than {LIMIT_MIB:.0f}")


if __name__ == "__main__":
    main()
