"""The cost of configuring a fresh host, against the least of it by hand: the same packages, and the image pulled.

Each round makes two fresh hosts, configures the first by `configure.yml` and installs the second by hand over SSH.
"""

from __future__ import annotations

import json
import statistics
import time

from tests import fleet
from tests.bench import report
from tests.images import VERSIONS, reference

ENVIRONMENT = fleet.ROOT / "tests" / "e2e" / "environments" / "pair"
ROUNDS = 3
LIMIT = 1.5


def _playbook(name: str, *arguments: str) -> None:
    run = fleet.playbook(name, *arguments, inventory=ENVIRONMENT)
    if run.code:
        raise RuntimeError(run.output)


def _configure(host: fleet.Host) -> tuple[float, str]:
    """Seconds that the playbook took, and the packages that it installed."""
    before = _packages(host)
    start = time.monotonic()
    _playbook("configure", "--limit", host.name)
    seconds = time.monotonic() - start
    return seconds, " ".join(sorted(_packages(host) - before))


def _packages(host: fleet.Host) -> set[str]:
    return set(host.run("dpkg-query -W -f '${Package}\\n'").stdout.split())


def _by_hand(host: fleet.Host, packages: str, image: str) -> float:
    mirrors = json.dumps({"registry-mirrors": ["http://172.31.0.1:5567"]})
    host.run(f"sudo mkdir -p /etc/docker && echo '{mirrors}' | sudo tee /etc/docker/daemon.json")
    start = time.monotonic()
    host.run("sudo apt-get update -qq")
    host.run(f"sudo DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends {packages}")
    host.run(f"sudo docker pull -q {image}")
    return time.monotonic() - start


def _round() -> tuple[float, float]:
    _playbook("provision")
    first, second = fleet.hosts(ENVIRONMENT)
    try:
        ours, packages = _configure(first)
        return ours, _by_hand(second, packages, reference(VERSIONS[0]))
    finally:
        _playbook("teardown", "-e", "teardown_confirm=pair")


def main() -> None:
    """Measure the rounds, write the section, and fail above the limit."""
    rounds = [_round() for _ in range(ROUNDS)]
    ratio = statistics.median(ours / by_hand for ours, by_hand in rounds)
    rows = [[f"{ours:.1f}", f"{by_hand:.1f}", f"{ours / by_hand:.2f}"] for ours, by_hand in rounds]
    body = report.table(["`configure.yml`, s", "by hand, s", "ratio"], rows)
    body += f"\n\nMedian ratio **{ratio:.2f}** (limit {LIMIT}). By hand: `apt-get update`, `apt-get install` of the"
    body += " packages that the playbook installed, `docker pull`. Command: `make bench-fresh-host`."
    report.write("fresh-host", "Configuring a fresh host", body)
    if ratio > LIMIT:
        raise SystemExit(f"configuring costs {ratio:.2f} times the work by hand, more than {LIMIT}")


if __name__ == "__main__":
    main()
