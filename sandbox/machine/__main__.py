"""`python -m sandbox.machine sandbox|operator`: what bootstrap.sh asks before it installs anything.

Only the standard library, by the system's own Python. 0, or 1 and three lines.
"""

import sys

from engine.longshore.errors import RefusedError
from sandbox.machine import checks, outside


def main(for_whom: str) -> int:
    """Look at the proxies and the clock, and for a sandbox at the disk."""
    try:
        outside.check(outside.asked())
        if for_whom == "sandbox":
            outside.check_reachable()
            checks.check_room()
    except RefusedError as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
