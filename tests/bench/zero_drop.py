"""Releases of two services with two replicas each, one after the other, under load over TLS: how many requests fail?

Each is started by `longshore deploy` over SSH, so that the clients have the machine and not Ansible's own start.
Ends when both the wanted releases and the wanted requests are reached, or at the time limit, which is a failure.
"""

from __future__ import annotations

import argparse
import time

from tests.bench import report
from tests.fleet import AUTHORITY, Host, hosts
from tests.images import VERSIONS, push_all, reference
from tests.load import Load, Tally

LIMIT_SECONDS = 3400
ROUND = 10


def _release(host: Host, number: int) -> str:
    """Release one version or the other; returns the outcome."""
    return str(host.longshore(f"deploy --image {reference(VERSIONS[number % len(VERSIONS)])}")["outcome"])


def _requests(tallies: list[Tally]) -> int:
    return sum(tally.requests for tally in tallies)


def main() -> None:
    """Measure, write the section, and fail when a request failed or the wanted numbers were not reached."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--releases", type=int, default=100)
    options.add_argument("--requests", type=int, default=1_000_000)
    wanted = options.parse_args()
    push_all()
    host = hosts()[0]
    releases, start, tallies = 0, time.monotonic(), list[Tally]()
    _release(host, 0)
    while releases < wanted.releases or _requests(tallies) < wanted.requests:
        if time.monotonic() - start > LIMIT_SECONDS:
            raise SystemExit(f"{releases} releases and {_requests(tallies)} requests in {LIMIT_SECONDS} s: too slow")
        with Load(host.url, AUTHORITY) as load:
            for _ in range(ROUND):
                releases += 1
                if (outcome := _release(host, releases)) != "released":
                    raise SystemExit(f"release {releases} did not happen: {outcome}")
        tallies += load.tallies
        failed = sum(len(tally.failures) for tally in tallies)
        print(f"{releases} releases, {_requests(tallies):,} requests, {failed} failed", flush=True)
    seconds = time.monotonic() - start
    failures = [f"{tally.client}: {failure}" for tally in tallies for failure in tally.failures]
    rows = [
        [client, f"{_requests(part):,}", str(sum(len(tally.failures) for tally in part))]
        for client in dict.fromkeys(tally.client for tally in tallies)
        if (part := [tally for tally in tallies if tally.client == client])
    ]
    body = report.table(["client", "requests", "failed"], rows)
    total = f"{releases} releases, {_requests(tallies):,} requests, {len(failures)} failures"
    body += f"\n\n**{total}** in {seconds:.0f} s."
    body += " Two services with two replicas each on one host, by `longshore deploy`. Command: `make bench-zero-drop`."
    report.write("zero-drop", "Releases under load", body)
    if failures:
        raise SystemExit("\n".join(failures[:50]))


if __name__ == "__main__":
    main()
