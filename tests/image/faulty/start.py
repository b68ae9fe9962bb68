"""Starts gunicorn with the faulty application, or fails to, as FAULT says."""

import os
import signal
import subprocess
import sys
import time

COMMAND = ["gunicorn", "--config", "/srv/app/gunicorn.conf.py", "faulty:application"]


def main() -> None:
    fault, seconds = os.environ["FAULT"], float(os.environ["FAULT_SECONDS"])
    if fault == "exit":
        _end("this image ends at its start")
    if fault == "crash":
        with subprocess.Popen(COMMAND) as server:
            time.sleep(seconds)
            server.kill()
        _end(f"this image crashes {seconds:g} seconds after its start")
    if fault == "ignore-stop":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        # The first process of a container; its child does not get the signal.
        sys.exit(subprocess.run(COMMAND, check=False).returncode)
    os.execvp(COMMAND[0], COMMAND)


def _end(reason: str) -> None:
    print(f"fault: {reason}", file=sys.stderr, flush=True)
    sys.exit(3)


if __name__ == "__main__":
    main()
