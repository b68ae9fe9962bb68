"""Builds the application's image, and pushes it to the registry that its name says, or to the sandbox's."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import docker

from engine.longshore.errors import RefusedError
from sandbox import images
from sandbox.console import say
from sandbox.machine import network
from sandbox.settings import CHECKOUT, Settings

DEFAULT = "docker.io/longshore/agents:1.0.0"
# This name space of Docker Hub belongs to the sandbox: what is in it never leaves the machine.
SANDBOX_SPACE = "docker.io/longshore/"
PLATFORMS = "linux/amd64,linux/arm64"
# Docker knows these build arguments, and keeps them out of the image.
PROXIES = [spelt for name in ("http_proxy", "https_proxy", "no_proxy") for spelt in (name, name.upper())]
_REFERENCE = re.compile(r"(?P<repository>(?P<registry>[a-z0-9.-]+(:\d+)?)/[a-z0-9._/-]+):(?P<tag>[\w][\w.-]{0,127})")


@dataclass(frozen=True)
class Reference:
    """An image's full name, with registry and tag."""

    text: str
    tag: str

    @property
    def in_sandbox(self) -> bool:
        """Whether it is pushed to the sandbox's stand-in for Docker Hub."""
        return self.text.startswith(SANDBOX_SPACE)


def parse(text: str) -> Reference:
    """Read a name; raises RefusedError where registry or tag is missing."""
    match = _REFERENCE.fullmatch(text)
    # As Docker reads names: without a dot or a port, the first part is no registry but a name space of Docker Hub.
    if match is None or not re.search(r"[.:]", match["registry"]):
        raise RefusedError(
            "image: the name needs a registry and a tag",
            found=text,
            fix="as in IMAGE=docker.io/you/agents:1.0.0",
        )
    return Reference(text, match["tag"])


def build(client: docker.DockerClient, image: Reference) -> None:
    """Build for this machine's platform, under the image's name."""
    command = [*_docker_build(client, image.tag), "--tag", image.text, "."]
    _run(command, legacy=not has_buildx())


def push(client: docker.DockerClient, settings: Settings, image: Reference) -> None:
    """Build and push: to the stand-in for the platform at hand, elsewhere for both where Docker has buildx."""
    if image.in_sandbox:
        build(client, image)
        local = image.text.replace("docker.io", f"127.0.0.1:{settings.registry_port}", 1)
        client.images.get(image.text).tag(local)
        try:
            _run(["docker", "push", "--quiet", local])
        finally:
            client.images.remove(local)
        say(f"    {image.text} is in the sandbox's Docker Hub, for {client.version()['Arch']}")
    elif has_buildx():
        _run([*_docker_build(client, image.tag, "buildx", "build"), "--platform", PLATFORMS,
              "--tag", image.text, "--push", "."])  # fmt: skip
        say(f"    {image.text} is pushed for {PLATFORMS}")
    else:
        build(client, image)
        _run(["docker", "push", "--quiet", image.text])
        say(f"    {image.text} is pushed for {client.version()['Arch']} only: Docker has no buildx here")


def has_buildx() -> bool:
    """Whether the docker command can build for several platforms."""
    return subprocess.run(["docker", "buildx", "version"], capture_output=True, check=False).returncode == 0


def _docker_build(client: docker.DockerClient, version: str, *verb: str) -> list[str]:
    arguments = {
        "BASE_IMAGE": images.app_base(client),
        "REVISION": _git("describe", "--always", "--abbrev=40", "--dirty", "--match="),
        # The commit's time, not the build's: the same sources give the same image. Without git it is nobody's to say.
        "CREATED": _git("log", "-1", "--format=%cI"),
        "VERSION": version,
    }
    if network.read_authorities():
        bundle = Path("build") / "ca-bundle.crt"
        (CHECKOUT / bundle).parent.mkdir(exist_ok=True)
        shutil.copyfile(network.bundle(), CHECKOUT / bundle)
        arguments["CA_BUNDLE"] = str(bundle)
    # Docker takes the value of a bare name from its environment: a proxy's password is in no command line.
    named = [f"{name}={value}" for name, value in arguments.items()]
    named += [name for name in PROXIES if os.environ.get(name)]
    options = [option for argument in named for option in ("--build-arg", argument)]
    return ["docker", *(verb or ("build",)), *options, "--quiet"]


def _git(*arguments: str) -> str:
    """What git says of the checkout; "" where there is no git or no repository, as in a source archive."""
    if shutil.which("git") is None:
        return ""
    done = subprocess.run(["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=False)
    return done.stdout.strip()


def _run(command: list[str], *, legacy: bool = False) -> None:
    # A newer docker command without buildx falls back to the legacy builder only when BuildKit is off.
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"} if legacy else dict(os.environ)
    done = subprocess.run(command, cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        output = f"{done.stdout}\n{done.stderr}".strip().splitlines()
        raise RefusedError(
            f"image: `{' '.join(command[:2])}` failed",
            found="\n        ".join(output[-5:]),
            fix=f"run it by hand to see all of it: {' '.join(command)}",
        )
