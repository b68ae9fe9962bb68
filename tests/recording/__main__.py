"""`python -m tests.recording` records the scenes in a real terminal, renders them, and takes a screenshot."""

import argparse
import fcntl
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from tests.recording import cast, page, transcript

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]
CACHE = CHECKOUT / ".cache" / "recording"
COLUMNS, ROWS = 110, 30


def main() -> None:
    """Write recording.svg, page.png, and the transcript beside their folder."""
    parser = argparse.ArgumentParser(prog="python -m tests.recording", description=__doc__)
    parser.add_argument("--scenes", type=Path, default=HERE / "scenes.txt")
    parser.add_argument("--out", type=Path, default=CHECKOUT / "docs" / "images")
    parser.add_argument("--url", default="https://localhost:8443", help="the page; none where this is empty")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    recording = record(arguments.scenes)
    today = datetime.now(tz=UTC).date().isoformat()
    (arguments.out.parent / "transcript.md").write_text(transcript.write(recording, today))
    render(cast.shorten(recording), arguments.out / "recording.svg")
    if arguments.url:
        page.take(arguments.url, arguments.out / "page.png")


def record(scenes: Path) -> str:
    """Run the scenes in a terminal; return the recording. A command that fails ends the program."""
    lines = [line for line in scenes.read_text().splitlines() if line and not line.startswith("#")]
    for line in lines:
        if line.startswith("@"):
            subprocess.run(shlex.split(line[1:]), cwd=CHECKOUT, check=True, env=_environment())
    shown = [line for line in lines if not line.startswith("@")]
    with tempfile.TemporaryDirectory(prefix="longshore-recording-") as folder:
        path, code = Path(folder) / "recording.cast", Path(folder) / "code"
        # asciinema itself ends with 0 whatever the command does.
        played = (
            f"{shlex.join([sys.executable, '-m', 'tests.recording.play', *shown])}; echo $? > {shlex.quote(str(code))}"
        )
        size = ["--cols", str(COLUMNS), "--rows", str(ROWS)]
        command = [sys.executable, "-m", "asciinema", "rec", "--quiet", *size, "-c", played, str(path)]
        subprocess.run(command, cwd=CHECKOUT, check=True, env=_environment())
        recording, ended = path.read_text(), code.read_text().strip()
    if ended != "0":
        end = transcript.plain(recording)[-3000:]
        sys.exit(f"{end}\nrecording: a command failed\n  found: exit code {ended}\n  fix: see above what it printed")
    return recording


def render(recording: str, svg: Path) -> None:
    """Write a recording as an animated SVG."""
    modules = _modules()
    with tempfile.NamedTemporaryFile("w", suffix=".cast") as shortened:
        shortened.write(recording)
        shortened.flush()
        subprocess.run(["node", str(HERE / "render.cjs"), str(modules), shortened.name, str(svg)], check=True)


def _modules() -> Path:
    """What package-lock.json names, installed; by one process at a time."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (HERE / "package-lock.json").read_bytes()
        stamp = CACHE / "installed"
        if not stamp.is_file() or stamp.read_bytes() != wanted:
            for name in ("package.json", "package-lock.json"):
                shutil.copyfile(HERE / name, CACHE / name)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
            subprocess.run(command, cwd=CACHE, check=True)
            stamp.write_bytes(wanted)
    return CACHE / "node_modules"


def _environment() -> dict[str, str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TERM": "xterm-256color", "SHELL": "/bin/bash"}


if __name__ == "__main__":
    main()
