"""Runs a checkout of A2A's conformance kit against the application: `python -m tests.conformance KIT`.

It fails on every failure that `known.py` does not explain, and on an explanation that is no longer needed.
"""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from app.store import migrate
from tests.conformance.known import KNOWN

ROOT = Path(__file__).parents[2]
START_SECONDS = 30
CATEGORIES = ("mandatory", "capabilities", "transport-equivalence", "quality", "features")
# Fewer than these passed: the kit did not run.
FEWEST_PASSED = 90
_FAILED = re.compile(r"^(?:FAILED|ERROR) (tests/\S+::\S+)")
_COUNT = re.compile(r"(\d+) (passed|failed|skipped|xfailed|xpassed|errors?)\b")


@contextmanager
def application() -> Iterator[str]:
    """The application in gunicorn with two workers, so that a task is asked for where it was not made."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/agents.db"
        migrate.ensure(url)
        command = [
            sys.executable, "-m", "gunicorn", "--worker-class", "gthread", "--threads", "64", "--workers", "2",
            "--no-control-socket", "--bind", address, "tests.conformance.server:create()",
        ]  # fmt: skip
        with Path(folder, "log").open("w") as log:
            server = subprocess.Popen(
                command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url}, stdout=log, stderr=log
            )
        try:
            _wait_for(f"http://{address}/healthz")
            yield f"http://{address}"
        finally:
            server.terminate()
            server.wait()


def _wait_for(url: str) -> None:
    end = time.monotonic() + START_SECONDS
    while True:
        try:
            httpx.get(url).raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
        else:
            return


def python_of(kit: Path) -> Path:
    """The kit's own Python, as its README has it made."""
    python = kit / ".venv/bin/python"
    if not python.exists():
        uv = str(ROOT / ".cache/uv/bin/uv")
        subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, kit / ".venv"], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--python", python, "--editable", kit], check=True)
    return python


def commands(kit: Path, address: str) -> list[list[str]]:
    """The kit's runs: one for 1.0, one for each category for 0.3."""
    run = [str(python_of(kit)), "run_tck.py"]
    if (kit / "tests/compatibility").is_dir():
        return [[*run, "--sut-host", f"{address}/agents/planner", "--transport", "jsonrpc,http_json"]]
    url = f"{address}/v0.3/agents/planner"
    return [[*run, "--sut-url", url, "--transports", "jsonrpc,rest", "--category", category] for category in CATEGORIES]


def main() -> None:
    """Run it, and say how it went."""
    kit = Path(*sys.argv[1:2]).resolve()
    if not (kit / "run_tck.py").is_file():
        sys.exit(
            f"conformance: there is no checkout of the kit\n  found: {kit}\n"
            "  fix: make test-conformance KIT=/path/to/a2a-tck, on its branch 1.0-dev or 0.3.x"
        )
    failed: set[str] = set()
    counts: Counter[str] = Counter()
    with application() as address:
        for command in commands(kit, address):
            with subprocess.Popen(command, cwd=kit, stdout=subprocess.PIPE, text=True) as process:
                for line in process.stdout or ():
                    print(line, end="", flush=True)
                    if found := _FAILED.match(line):
                        failed.add(found[1])
                    if re.search(r" in [\d.]+s", line):
                        counts.update({name: int(number) for number, name in _COUNT.findall(line)})
    explained = {name for name in KNOWN if (kit / name.partition("::")[0]).exists()}
    print("\nconformance:", ", ".join(f"{number} {name}" for name, number in counts.items()))
    for name in sorted(failed & explained):
        print(f"  a fault of the kit's: {name}\n    {KNOWN[name]}")
    for name in sorted(failed - explained):
        print(f"  failed: {name}")
    for name in sorted(explained - failed):
        print(f"  passed, though known.py says that it cannot: {name}")
    if counts["passed"] < FEWEST_PASSED or failed != explained:
        sys.exit(1)


if __name__ == "__main__":
    main()
