"""The cost of a deploy with nothing to do, against Ansible's own ping of the same inventory, in interleaved pairs."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable

from tests.bench import report
from tests.fleet import ROOT, SANDBOX, playbook, tool

PAIRS = 7
LIMIT = 3.0


def _ping() -> None:
    command = [tool("ansible"), "-i", str(SANDBOX), "web", "-m", "ansible.builtin.ping"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)


def _deploy() -> None:
    run = playbook("deploy")
    if run.code or any(run.changed.values()):
        raise RuntimeError("the deploy was to change nothing; it did, or failed")


def _seconds(action: Callable[[], None]) -> float:
    start = time.monotonic()
    action()
    return time.monotonic() - start


def main() -> None:
    """Measure the pairs, write the section, and fail above the limit."""
    _deploy()
    pairs = [(_seconds(_ping), _seconds(_deploy)) for _ in range(PAIRS)]
    ratio = statistics.median(deploy / ping for ping, deploy in pairs)
    rows = [[f"{ping:.2f}", f"{deploy:.2f}", f"{deploy / ping:.2f}"] for ping, deploy in pairs]
    body = report.table(["`ansible -m ping`, s", "`deploy.yml`, s", "ratio"], rows)
    body += f"\n\nMedian ratio **{ratio:.2f}** (limit {LIMIT}). Command: `make bench-unchanged-deploy`."
    report.write("unchanged-deploy", "A deploy with nothing to do", body)
    if ratio > LIMIT:
        raise SystemExit(f"unchanged deploy costs {ratio:.2f} pings, more than {LIMIT}")


if __name__ == "__main__":
    main()
