"""The application's image for arm64, built on this machine: programs in it run by `qemu-user`."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import tarfile
import tempfile
from pathlib import Path

import docker

from engine.longshore.errors import RefusedError
from sandbox import images
from sandbox.console import phase
from sandbox.machine import network
from sandbox.settings import CHECKOUT
from tests.image.builds import buildkit_client, client_environment

PLATFORM = "linux/arm64"
SUITE = "bookworm"
REPOSITORY = "longshore-emulated/python-arm64"
_MMDEBSTRAP = (
    "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--architectures=arm64",
    "--include=ca-certificates,python3,python3-venv", "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/locale/*", SUITE,
)  # fmt: skip
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_BUILD_SECONDS = 3600


def build(client: docker.DockerClient, tag: str, version: str) -> str:
    """Build the repository's Dockerfile for arm64; the platform that the image says it is for."""
    bundle = Path("build") / "ca-bundle.crt"
    (CHECKOUT / bundle).parent.mkdir(exist_ok=True)
    (CHECKOUT / bundle).write_text(network.bundle().read_text())
    arguments = {
        "BASE_IMAGE": _base(client),
        "CA_BUNDLE": str(bundle),
        "VERSION": version,
        # As a later commit would differ.
        "REVISION": f"emulated-{version}",
    }
    options = [part for name, value in arguments.items() for part in ("--build-arg", f"{name}={value}")]
    _run(
        [buildkit_client(), "build", "--platform", PLATFORM, *options, "--tag", tag, str(CHECKOUT)],
        {**client_environment(), "DOCKER_BUILDKIT": "1"},
    )
    made = client.images.get(tag).attrs
    return f"{made['Os']}/{made['Architecture']}"


def _base(client: docker.DockerClient) -> str:
    """Debian's Python for arm64, in Docker; made where there is none of this recipe."""
    sources = network.read_sources(SUITE)
    tag = f"{REPOSITORY}:{hashlib.sha256(' '.join([*_MMDEBSTRAP, sources]).encode()).hexdigest()[:12]}"
    if not client.images.list(filters={"reference": tag}):
        with phase("base image for arm64"), tempfile.TemporaryDirectory(prefix="longshore-arm-") as scratch:
            layer, archive = Path(scratch) / "layer.tar", Path(scratch) / "image.tar"
            _run([*_MMDEBSTRAP, str(layer), *(["-"] if sources else [])], dict(os.environ), text=sources)
            _archive(layer, archive, tag)
            with archive.open("rb") as stream:
                client.images.load(stream)
    return tag


def _archive(layer: Path, archive: Path, tag: str) -> None:
    """One layer as `docker save` has it. `docker import --platform` would record this machine's architecture."""
    with layer.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    configuration = json.dumps(
        {
            "architecture": "arm64",
            "os": "linux",
            # By the label `make clean` knows what it may remove.
            "config": {"Env": [_PATH], "Labels": {images.LABEL: "python-arm64"}},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
            "history": [{"created_by": "mmdebstrap"}],
        }
    ).encode()
    name = f"{hashlib.sha256(configuration).hexdigest()}.json"
    manifest = json.dumps([{"Config": name, "RepoTags": [tag], "Layers": ["layer.tar"]}]).encode()
    with tarfile.open(archive, "w") as made:
        for path, content in ((name, configuration), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            made.addfile(entry, io.BytesIO(content))
        made.add(layer, "layer.tar")


def _run(command: list[str], environment: dict[str, str], text: str | None = None) -> None:
    done = subprocess.run(
        command, input=text, env=environment, capture_output=True, text=True, check=False, timeout=_BUILD_SECONDS
    )
    if done.returncode != 0:
        raise RefusedError(
            "emulated: the image for arm64 could not be built",
            found=" / ".join((done.stderr or done.stdout).strip().splitlines()[-3:]),
            fix=f"run it by hand to see all of it: {' '.join(command)}",
        )
