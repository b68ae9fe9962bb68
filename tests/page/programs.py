"""What these tests need besides Python: Debian's Chromium, and axe-core from npm's registry."""

import base64
import fcntl
import hashlib
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

CACHE = Path(__file__).parents[2] / ".cache" / "page"
# The browser without its windows, which would be drawn for nobody, with three times the work.
CHROMIUM = "chromium-headless-shell"
AXE = "axe-core@4.14.1"
# sha512 of the package, as its registry states it.
AXE_DIGEST = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="


def chromium() -> str:
    """The browser's path; it is installed if it is missing."""
    with _alone():
        _install(CHROMIUM)
    return f"/usr/bin/{CHROMIUM}"


@cache
def axe() -> str:
    """The script that looks for what WCAG forbids."""
    with _alone():
        script = CACHE / f"{AXE}.min.js"
        if not script.is_file():
            _install("npm")
            command = ["npm", "pack", "--silent", AXE]
            name = subprocess.run(command, cwd=CACHE, check=True, capture_output=True, text=True, timeout=120).stdout
            package = CACHE / name.strip().splitlines()[-1]
            digest = base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
            assert digest == AXE_DIGEST, f"{package} is not the {AXE} that was chosen: {digest}"
            with tarfile.open(package) as content:
                member = content.extractfile("package/axe.min.js")
                assert member is not None
                script.write_bytes(member.read())
        return script.read_text()


def _install(program: str) -> None:
    if shutil.which(program) is None:
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        command = ["apt-get", "install", "-qy", "--no-install-recommends", program]
        subprocess.run(command, check=True, env=environ, timeout=600)


@contextmanager
def _alone() -> Iterator[None]:
    """Tests run in several processes."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
