"""The images that the tests deploy: two versions of the application, and one that never becomes ready."""

from __future__ import annotations

import os
import subprocess
import sys

from sandbox.settings import CHECKOUT, load

VERSIONS = ("1.0.0", "1.1.0")
BROKEN = "never-ready"


def reference(tag: str) -> str:
    """The image's name as an operator gives it; hosts pull it from the sandbox's Docker Hub."""
    return f"docker.io/longshore/agents:{tag}"


def push_all() -> None:
    """Push them to the sandbox's Docker Hub: the versions with `make push`, and the broken one, built on the first."""
    for version in VERSIONS:
        _run(sys.executable, "-m", "sandbox", "push", reference(version))
    local = f"127.0.0.1:{load().registry_port}/longshore/agents:{BROKEN}"
    arguments = ["--build-arg", f"APP_IMAGE={reference(VERSIONS[0])}", "--build-arg", f"FAULT={BROKEN}"]
    _run("docker", "build", "--quiet", "--tag", local, *arguments, "tests/image/faulty")
    _run("docker", "push", "--quiet", local)
    _run("docker", "rmi", local)


def _run(*command: str) -> None:
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
