"""The images that the sandbox makes: Debian 12 or 13, a systemd host on it, and a base for the application's image.

An image's tag is the hash of its recipe (Dockerfile, files, what the machine's network needs, and the recipe below it),
so an image that exists needs no build and one whose recipe changed is never mistaken for it.
"""

import contextlib
import fcntl
import hashlib
import io
import shutil
import socket
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import docker
from docker.errors import APIError, BuildError, ImageNotFound

from engine.longshore.errors import RefusedError
from sandbox.machine import engine, network
from sandbox.settings import CHECKOUT

RECIPES = Path(__file__).parent / "recipes"
LOCKS = CHECKOUT / ".cache" / "locks"
# Not the label of Settings: containers inherit their image's labels, and a container of someone else's isn't ours.
LABEL = "longshore.sandbox.recipe"
PREFIX = "longshore-sandbox"
HUB = "registry-1.docker.io"
HUB_DEBIAN = "docker.io/library/debian"
HUB_PYTHON = "docker.io/library/python:3.11-slim-bookworm"
HUB_POSTGRESQL = "docker.io/library/postgres:17-trixie"

_MMDEBSTRAP = [
    "mmdebstrap",
    "--quiet",
    "--variant=minbase",
    "--include=ca-certificates",
    "--dpkgopt=force-unsafe-io",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
]
# The application's base does not follow the hosts': its image brings all that it needs.
_APP_BASE_RELEASE = "bookworm"


@dataclass(frozen=True)
class Recipe:
    """An image by its build context: path in the context -> content."""

    name: str
    files: Mapping[str, bytes]

    def tag(self, base: str) -> str:
        """Name and content hash: the same files on the same base have the same tag."""
        digest = hashlib.sha256(base.encode())
        for path, content in sorted(self.files.items()):
            digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
        return f"{PREFIX}/{self.name}:{digest.hexdigest()[:12]}"

    def context(self) -> io.BytesIO:
        """The build context as a tar archive, with no times or owners in it."""
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            # COPY needs its directories, also where they are empty.
            for directory in ("apt", "authorities"):
                entry = tarfile.TarInfo(directory)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            for path, content in sorted(self.files.items()):
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(content), 0o644
                archive.addfile(entry, io.BytesIO(content))
        buffer.seek(0)
        return buffer


def recipe(name: str, release: str) -> Recipe:
    """A recipe of the folder recipes/ together with what this machine's network needs, for a release of Debian."""
    folder = RECIPES / name
    files = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    if sources := network.read_sources(release):
        files["apt/sources.list"] = sources.encode()
    if proxy := network.read_apt_proxy():
        files["apt/apt.conf.d/90machine-proxy"] = proxy.encode()
    files |= {f"authorities/{path}": pem.encode() for path, pem in network.read_authorities().items()}
    return Recipe(name, files)


def host(client: docker.DockerClient, release: str = network.DEFAULT_RELEASE) -> str:
    """Tag of the image that sandbox hosts, and tests that need a plain systemd host, are made from.

    release: Debian's code name, one of settings.RELEASES.
    """
    return _built(client, recipe("host", release), release)


def app_base(client: docker.DockerClient) -> str:
    """What the application's image is built on: the official Python image where Docker Hub can be reached."""
    if _exists(client, HUB_PYTHON) or from_hub(client, HUB_PYTHON):
        return HUB_PYTHON
    return _built(client, recipe("app-base", _APP_BASE_RELEASE), _APP_BASE_RELEASE)


def postgresql(client: docker.DockerClient) -> str:
    """A PostgreSQL server for development: the official image where Docker Hub can be reached."""
    if _exists(client, HUB_POSTGRESQL) or from_hub(client, HUB_POSTGRESQL):
        return HUB_POSTGRESQL
    return _built(client, recipe("postgresql", network.DEFAULT_RELEASE), network.DEFAULT_RELEASE)


def from_hub(client: docker.DockerClient, reference: str) -> str | None:
    """Id of the image that Docker Hub gives for a reference; None where it gives none, for whatever reason.

    It may not answer within three seconds, or connect and then refuse: behind a proxy, or at its limit of pulls.
    """
    try:
        socket.create_connection((HUB, 443), timeout=3).close()
        return str(client.images.pull(reference).id)
    except (OSError, APIError):
        return None


def remove_ours(client: docker.DockerClient) -> Iterator[str]:
    """Remove all images that any sandbox on this engine made, and what was built on them; say what became of each."""
    # Newest first, since an image that another was built on cannot go before it.
    for image in sorted(
        client.images.list(filters={"label": LABEL}), key=lambda one: one.attrs["Created"], reverse=True
    ):
        name = ", ".join(image.tags) or image.short_id
        try:
            client.images.remove(str(image.id), force=True)
        except ImageNotFound:
            # Gone with the image that was built on it.
            continue
        except APIError as error:
            yield f"kept {name}: {error.explanation}"
        else:
            yield f"removed {name}"


def _built(client: docker.DockerClient, wanted: Recipe, release: str) -> str:
    base = _debian(client, release)
    tag = wanted.tag(base)
    return _made(client, tag, lambda: _build(client, wanted, tag, base))


def _made(client: docker.DockerClient, tag: str, make: Callable[[], None]) -> str:
    """The tag, once there is its image."""
    if not _exists(client, tag):
        with _build_lock(tag):
            if not _exists(client, tag):
                make()
    return tag


@contextlib.contextmanager
def _build_lock(tag: str) -> Iterator[None]:
    """Wait for whoever in this clone builds the same image: built twice, it takes away what others were built on.

    The tag goes to the later one, and Docker finds no step of an application's build on it that it did on the earlier.
    """
    LOCKS.mkdir(parents=True, exist_ok=True)
    with (LOCKS / tag.replace("/", "-")).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(client: docker.DockerClient, wanted: Recipe, tag: str, base: str) -> None:
    try:
        client.images.build(
            fileobj=wanted.context(),
            custom_context=True,
            tag=tag,
            buildargs={"BASE": base},
            labels={LABEL: wanted.name},
            rm=True,
            forcerm=True,
        )
    except (BuildError, APIError) as error:
        output = [str(line.get("stream", "")).strip() for line in getattr(error, "build_log", [])]
        raise RefusedError(
            f"images: the sandbox's {wanted.name} image could not be built",
            found=" / ".join([*[line for line in output if line][-3:], str(error)]),
            fix="check that the machine's apt sources can be reached, then run the command again",
        ) from error


def _debian(client: docker.DockerClient, release: str) -> str:
    """Debian for this machine's processor, under a tag of the sandbox's own."""
    sources = network.read_sources(release)
    recipe_hash = hashlib.sha256(" ".join([*_MMDEBSTRAP, release, "-", sources]).encode()).hexdigest()
    tag = f"{PREFIX}/debian:{recipe_hash[:12]}"
    return _made(client, tag, lambda: _pull_or_bootstrap(client, tag, release, sources))


def _pull_or_bootstrap(client: docker.DockerClient, tag: str, release: str, sources: str) -> None:
    if pulled := from_hub(client, f"{HUB_DEBIAN}:{release}-slim"):
        client.images.build(fileobj=io.BytesIO(f"FROM {pulled}\n".encode()), tag=tag, labels={LABEL: "debian"}, rm=True)
    else:
        _bootstrap(client, tag, release, sources)


def _bootstrap(client: docker.DockerClient, tag: str, release: str, sources: str) -> None:
    if shutil.which("mmdebstrap") is None:
        raise RefusedError(
            "images: Docker Hub cannot be reached, and mmdebstrap, which builds Debian without it, is not installed",
            found=f"no {HUB_DEBIAN}:{release}-slim from {HUB}",
            fix="`apt-get install mmdebstrap`, or allow the connection",
        )
    with tempfile.TemporaryDirectory(prefix="longshore-sandbox-") as scratch:
        archive = Path(scratch) / "debian.tar"
        command = [*_MMDEBSTRAP, release, str(archive), *(["-"] if sources else [])]
        # As another user it would need user namespaces and subordinate ids, which not every machine gives.
        if engine.may_become_root():
            command = engine.as_root(*command)
        done = subprocess.run(command, input=sources, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RefusedError(
                f"images: Debian {release} could not be built with mmdebstrap",
                found=" / ".join(done.stderr.strip().splitlines()[-3:]),
                fix="check that the machine's apt sources can be reached, then run the command again",
            )
        repository, _, version = tag.partition(":")
        client.api.import_image_from_file(
            str(archive), repository=repository, tag=version, changes=[f"LABEL {LABEL}=debian"]
        )


def _exists(client: docker.DockerClient, tag: str) -> bool:
    try:
        client.images.get(tag)
    except ImageNotFound:
        return False
    return True
