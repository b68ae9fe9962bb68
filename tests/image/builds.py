"""A build of the image by BuildKit, with a bundle of certificate authorities."""

import contextlib
import os
import secrets
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Bundle:
    """A file in the build context, and a text that is in no other file."""

    path: Path
    mark: str


def client_environment() -> dict[str, str]:
    """What a Docker client needs of this process's environment."""
    return {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"} or name.startswith("DOCKER_")}


def make_bundle() -> Bundle:
    """A bundle as an operator behind a TLS-intercepting proxy passes it to the build."""
    mark = secrets.token_hex(24)
    path = ROOT / "build" / f"ca-bundle-{os.getpid()}.crt"
    path.parent.mkdir(exist_ok=True)
    authorities = Path(os.environ.get("SSL_CERT_FILE", "/etc/ssl/certs/ca-certificates.crt")).read_text()
    path.write_text(f"{authorities}\n# {mark}\n")
    return Bundle(path, mark)


@contextlib.contextmanager
def built(base: str, bundle: Bundle, **arguments: str) -> Iterator[str]:
    """An image of the repository by BuildKit, and its tag; `arguments` are build arguments."""
    tag = f"longshore-test/app:{secrets.token_hex(4)}"
    given = {"BASE_IMAGE": base, "CA_BUNDLE": str(bundle.path.relative_to(ROOT)), **arguments}
    command = [buildkit_client(), "build", "-t", tag]
    for name, value in given.items():
        command += ["--build-arg", f"{name}={value}"]
    done = subprocess.run(
        [*command, str(ROOT)],
        env={**client_environment(), "DOCKER_BUILDKIT": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    yield tag
    subprocess.run(["docker", "rmi", "-f", tag], check=True, capture_output=True)


def buildkit_client() -> str:
    """A Docker command that has BuildKit: built in (20.10), or as the plugin buildx."""
    candidates = [Path(folder) / "docker" for folder in os.environ["PATH"].split(os.pathsep)]
    for candidate in candidates:
        if not candidate.is_file():
            continue
        version = subprocess.run([candidate, "--version"], capture_output=True, text=True, check=True).stdout
        plugin = subprocess.run([candidate, "buildx", "version"], capture_output=True, check=False).returncode == 0
        if plugin or "version 20.10" in version:
            return str(candidate)
    raise AssertionError("no docker command here has BuildKit: install the plugin docker-buildx")
