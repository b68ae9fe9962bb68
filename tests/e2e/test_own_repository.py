"""Do a Dockerfile and one inventory file suffice in somebody's own, empty repository, with the collection installed?"""

import json
import os
import shutil
import subprocess
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from sandbox import images, settings
from tests import fleet, systemd_host

IMAGE = "docker.io/longshore/shop"
# The example's image has Python, Flask and gunicorn: a person would name one of theirs.
DOCKERFILE = """\
FROM docker.io/longshore/agents:1.0.0
COPY shop.py /srv/
WORKDIR /srv
CMD ["sh", "-c", "exec gunicorn --no-control-socket --bind $BIND shop:app"]
"""
APPLICATION = """\
from flask import Flask

app = Flask(__name__)

@app.get("/")
def home():
    return "VERSION of the shop\\n"

@app.get("/readyz")
def ready():
    return "ready\\n"
"""
INVENTORY = """\
plugin: longshore.app.environment
image: docker.io/longshore/shop:1.0.0
hosts:
  web-1: {{ansible_host: {address}, ansible_ssh_private_key_file: {key}}}
services:
  web: {{replicas: 2, path: /}}
vars:
  # A container cannot have swap of its own, and the sandbox's registry answers for Docker Hub.
  baseline_swap_mb: 0
  docker_engine_registry_mirrors: ["http://{gateway}:{port}"]
"""


class Repository:
    """Somebody's folder, and the commands they run in it; nothing of this checkout is on its paths."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, command: str, *arguments: str) -> str:
        """Run one of Ansible's commands; what it printed."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AWS_"))}
        done = subprocess.run(
            [fleet.tool(command), *arguments],
            cwd=self.folder,
            env={**inherited, "ANSIBLE_HOME": str(self.folder / ".ansible"), "ANSIBLE_NOCOLOR": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=900,
            check=False,
        )
        print("$", command, *arguments, done.stdout)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def play(self, name: str, *arguments: str) -> str:
        return self.run("ansible-playbook", f"longshore.app.{name}", "-i", "longshore.yml", *arguments)

    def answer(self, address: str) -> str:
        """What a visitor gets over HTTPS, with the environment's own authority trusted."""
        authority = self.folder / ".longshore" / "longshore" / "ca" / "ca.pem"
        curl = ["curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", str(authority), f"https://{address}/"]
        return subprocess.run(curl, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The collection, built from what git has of this checkout."""
    source, built = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("built")
    files = subprocess.run(["git", "ls-files", "-z"], cwd=fleet.ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, files.stdout.split("\0")):
        target = source / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (fleet.ROOT / name).exists():
            shutil.copy2(fleet.ROOT / name, target, follow_symlinks=False)
    build = [fleet.tool("ansible-galaxy"), "collection", "build", "--output-path", str(built), str(source)]
    subprocess.run(build, check=True, capture_output=True)
    return next(built.glob("longshore-app-*.tar.gz"))


@pytest.fixture(scope="module")
def repository(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Repository:
    made = Repository(tmp_path_factory.mktemp("shop"))
    made.run("ansible-galaxy", "collection", "install", "--offline", str(archive))
    return made


@pytest.fixture(scope="module")
def address(repository: Repository) -> Iterator[str]:
    """A bare host, described in the repository's one file, and the image in the sandbox's registry."""
    fleet.serve()
    client = docker.from_env()
    current = settings.load()
    name = f"longshore-test-shop-{uuid.uuid4().hex[:6]}"
    key = systemd_host.make_key(repository.folder)
    for file, text in (("Dockerfile", DOCKERFILE), ("shop.py", APPLICATION)):
        (repository.folder / file).write_text(text)
    try:
        labels = {"longshore.purpose": "shop-test"}
        found = systemd_host.start(client, name, images.host(client), key, hostname="web-1", labels=labels)
        text = INVENTORY.format(address=found, key=key, gateway=current.gateway, port=current.registry_port)
        (repository.folder / "longshore.yml").write_text(text)
        yield found
    finally:
        client.containers.get(name).remove(force=True, v=True)
        client.close()


def push(repository: Repository, version: str) -> None:
    """Build the person's image and push it, to where the sandbox's Docker Hub takes it from."""
    (repository.folder / "shop.py").write_text(APPLICATION.replace("VERSION", version))
    local = f"127.0.0.1:{settings.load().registry_port}/longshore/shop:{version}"
    environment = {**os.environ, "DOCKER_BUILDKIT": "0"}
    for command in (["docker", "build", "--quiet", "--tag", local, "."], ["docker", "push", "--quiet", local]):
        subprocess.run(command, cwd=repository.folder, env=environment, check=True, capture_output=True)


def test_the_archive_carries_the_engine_and_leaves_out_sandbox_and_tests(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        names = opened.getnames()
    for needed in ("engine/build.py", "engine/longshore/cli.py", "playbooks/site.yml", "inventory/group_vars/all.yml"):
        assert needed in names
    top = {name.partition("/")[0] for name in names}
    assert not top & {"sandbox", "tests", "app", "requirements", ".github", ".ci", "build"}, top
    assert "inventory/sandbox/environment.yml" not in names


def test_two_files_reach_https(repository: Repository, address: str) -> None:
    push(repository, "1.0.0")
    first = repository.play("site")
    assert "unreachable=0    failed=0" in first
    assert repository.answer(address) == "1.0.0 of the shop\n"
    again = repository.play("site")
    assert f"{'web-1':<26} : ok=" in again
    assert "changed=0" in again.rpartition("web-1 ")[2], "a second run changes nothing"


def test_a_release_a_status_and_a_rollback(repository: Repository, address: str) -> None:
    push(repository, "1.1.0")
    repository.play("deploy", "-e", f"release_image={IMAGE}:1.1.0")
    assert repository.answer(address) == "1.1.0 of the shop\n"
    status = json.loads(_on_host(repository, address, "longshore status --json"))
    assert (status["image"], status["healthy"]) == (f"{IMAGE}:1.1.0", True)
    assert "failed=0" in repository.play("status")
    repository.play("rollback")
    assert repository.answer(address) == "1.0.0 of the shop\n"


def test_a_clone_by_git_can_be_installed_too(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(fleet.ROOT), str(clone)], check=True)
    fresh = Repository(tmp_path / "empty")
    fresh.folder.mkdir()
    fresh.run("ansible-galaxy", "collection", "install", f"git+file://{clone}")
    shown = fresh.run("ansible-doc", "--type", "inventory", "longshore.app.environment")
    assert f"{fresh.folder}/.ansible/collections/ansible_collections/longshore/app/plugins/inventory" in shown


def _on_host(repository: Repository, address: str, command: str) -> str:
    known = repository.folder / ".longshore" / "longshore" / "known_hosts"
    ssh = ["ssh", "-i", str(repository.folder / "key"), "-o", f"UserKnownHostsFile={known}", f"root@{address}", command]
    return subprocess.run(ssh, capture_output=True, text=True, check=True).stdout
