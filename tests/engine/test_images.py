"""Is an image that can't be released refused before any change, and are only the images kept that are needed?"""

# ruff: noqa: RUF001, RUF003  (the engine writes a sum with ×)

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import threading
import urllib.request
from typing import TYPE_CHECKING

import docker
import docker.errors
import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .hosts import EngineHost

NOWHERE = "http://127.0.0.1:9"  # the discard port: nothing listens there


@pytest.fixture
def only_one(host: EngineHost) -> dict[str, dict[str, int]]:
    """The smallest release, and its host without images of earlier tests."""
    _forget_images(host)
    return {"planner": {"replicas": 1}}


def _forget_images(host: EngineHost) -> None:
    client = docker.from_env()
    for image in client.images.list(name=host.image):
        client.images.remove(image.id, force=True)
    client.close()


def _here(host: EngineHost) -> set[str]:
    """The tags of the image that Docker has."""
    client = docker.from_env()
    tags = {tag.rpartition(":")[2] for image in client.images.list(name=host.image) for tag in image.tags}
    client.close()
    return tags


@contextlib.contextmanager
def answering(status: int) -> Iterator[str]:
    """A registry that answers each request with this status; its address."""

    class Stub(http.server.BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(status)
            self.end_headers()

        do_GET = do_HEAD  # noqa: N815  (the name that http.server calls)

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stub)
    threading.Thread(target=server.serve_forever).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "problem", "found"),
    [
        (404, "release: image does not exist", "answers 404"),
        (401, "release: image does not exist, or may not be read", "denies access (status 401)"),
        (403, "release: image does not exist, or may not be read", "denies access (status 403)"),
        (500, "release: registry is broken", "is broken (status 500)"),
    ],
)
def test_each_answer_of_a_registry_has_its_own_error(host: EngineHost, status: int, problem: str, found: str) -> None:
    with answering(status) as address:
        run = host.deploy(host.spec("1").replace(host.image, f"{address}/acme/agents"))
    assert (run.code, run.answer["outcome"], run.answer["changed"]) == (1, "refused", False)
    error = run.answer["error"]
    assert (error["problem"], error["found"]) == (problem, f"{address}/acme/agents:1: http://{address} {found}")
    assert host.containers() == []


def test_an_unreachable_registry_is_refused(host: EngineHost) -> None:
    run = host.deploy(host.spec("1").replace(host.image, "127.0.0.1:9/acme/agents"))
    assert run.code == 1
    assert run.answer["error"]["problem"] == "release: registry is unreachable"
    assert run.answer["error"]["found"].endswith("http://127.0.0.1:9 is unreachable (Connection refused)")


def test_a_mirror_answers_for_docker_hub(host: EngineHost, registry: str) -> None:
    """An image in the mirror is found; one that it lacks does not exist, whatever Docker Hub answers."""
    host.configure(registry_mirrors=[f"http://{registry}"])
    plan = host.run("plan", "--spec", "-", spec=host.spec("1").replace(host.image, "docker.io/acme/agents"))
    assert (plan.code, plan.answer["outcome"]) == (0, "planned"), plan.stderr
    run = host.deploy(host.spec("9").replace(host.image, "docker.io/acme/agents"))
    assert run.code == 1
    assert "does not exist" in run.answer["error"]["problem"]
    assert f"http://{registry} answers 404" in run.answer["error"]["found"]


def test_a_local_image_needs_no_registry(host: EngineHost, only_one: dict[str, dict[str, int]]) -> None:
    assert host.deploy(host.spec("1", only_one)).code == 0
    assert host.deploy(host.spec("2", only_one)).code == 0
    client = docker.from_env()
    client.api.tag(f"{host.image}:1", "127.0.0.1:9/acme/agents", "1")
    client.close()
    gone = host.deploy(host.spec("1", only_one).replace(host.image, "127.0.0.1:9/acme/agents"))
    assert (gone.code, gone.answer["outcome"]) == (0, "released"), gone.stderr
    assert "continuing with the local image" in gone.answer["note"]
    same = host.deploy(host.spec("1", only_one).replace(host.image, "127.0.0.1:9/acme/agents"))
    assert (same.code, same.answer["outcome"]) == (0, "unchanged"), same.stderr
    back = host.run("rollback")
    assert (back.code, back.answer["release"]) == (0, 2), back.stderr
    client = docker.from_env()
    client.images.remove("127.0.0.1:9/acme/agents:1")
    client.close()


def test_a_moved_tag_is_a_new_release(host: EngineHost, only_one: dict[str, dict[str, int]]) -> None:
    client = docker.from_env()
    for source in ("1", "2"):
        client.images.pull(host.image, tag=source)
        client.api.tag(f"{host.image}:{source}", host.image, "moving")
        client.images.push(host.image, tag="moving")
        if source == "1":
            first = host.deploy(host.spec("moving", only_one))
    client.close()
    second = host.deploy(host.spec("moving", only_one))
    assert (first.code, second.code, second.answer["release"]) == (0, 0, 2), second.stderr
    assert first.answer["digest"] != second.answer["digest"]


def test_an_image_can_be_named_by_digest(host: EngineHost, only_one: dict[str, dict[str, int]]) -> None:
    digest = host.run("plan", "--spec", "-", spec=host.spec("1", only_one)).answer["digest"]
    spec = json.dumps({**json.loads(host.spec("1", only_one)), "image": f"{host.image}@{digest}"})
    run = host.deploy(spec)
    assert (run.code, run.answer["digest"]) == (0, digest), run.stderr


def test_another_architecture_is_refused(host: EngineHost, registry: str) -> None:
    """An image whose configuration says arm64 where the host is amd64 (and the other way round)."""
    client = docker.from_env()
    here = {"x86_64": "amd64", "aarch64": "arm64"}[client.info()["Architecture"]]
    client.close()
    other = {"amd64": "arm64", "arm64": "amd64"}[here]
    _push_foreign(registry, other)
    run = host.deploy(host.spec("foreign"))
    assert run.code == 1
    assert run.answer["error"] == {
        "problem": "release: image architecture does not fit the host",
        "found": f"{host.image}:foreign is linux/{other}, host is linux/{here}",
        "fix": "build with `docker buildx build --platform linux/amd64,linux/arm64`, or deploy another image",
    }
    assert host.containers() == []


def _push_foreign(registry: str, architecture: str) -> None:
    """Push an image with no layers for an architecture, by the registry's own protocol."""
    config = json.dumps(
        {"architecture": architecture, "os": "linux", "rootfs": {"type": "layers", "diff_ids": []}}
    ).encode()
    name = f"sha256:{hashlib.sha256(config).hexdigest()}"
    base = f"http://{registry}/v2/acme/agents"
    with urllib.request.urlopen(urllib.request.Request(f"{base}/blobs/uploads/", method="POST", data=b"")) as answer:
        location = answer.headers["Location"]
    separator = "&" if "?" in location else "?"
    put = urllib.request.Request(f"{location}{separator}digest={name}", method="PUT", data=config)
    put.add_header("Content-Type", "application/octet-stream")
    urllib.request.urlopen(put).close()
    kind = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": kind,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": len(config),
                "digest": name,
            },
            "layers": [],
        }
    ).encode()
    put = urllib.request.Request(
        f"{base}/manifests/foreign", method="PUT", data=manifest, headers={"Content-Type": kind}
    )
    urllib.request.urlopen(put).close()


def test_rollback_pulls_a_removed_image_again(host: EngineHost, only_one: dict[str, dict[str, int]]) -> None:
    host.deploy(host.spec("1", only_one))
    host.deploy(host.spec("2", only_one))
    client = docker.from_env()
    client.images.remove(client.images.get(f"{host.image}:1").id, force=True)
    client.close()
    run = host.run("rollback")
    assert (run.code, run.answer["outcome"], run.answer["release"]) == (0, "rolled_back", 1), run.stderr
    assert "pulled in" in run.stderr


def test_rollback_to_an_image_that_is_gone_everywhere_is_refused(
    host: EngineHost, only_one: dict[str, dict[str, int]]
) -> None:
    host.deploy(host.spec("1", only_one))
    host.deploy(host.spec("2", only_one))
    release = host.root / "releases/1.json"
    moved = json.loads(release.read_text())
    release.write_text(json.dumps(moved | {"image": "127.0.0.1:9/acme/agents:1", "digest": "sha256:" + "0" * 64}))
    before = host.containers()
    run = host.run("rollback")
    assert (run.code, run.answer["error"]["problem"]) == (1, "rollback: image is gone")
    assert host.containers() == before


def test_retention_removes_old_releases_and_only_images_that_the_engine_pulled(
    host: EngineHost, only_one: dict[str, dict[str, int]]
) -> None:
    host.configure(retention=2)
    client = docker.from_env()
    client.images.pull(host.image, tag="1")  # somebody else's
    client.close()
    for tag in ("1", "2", "3"):
        assert host.deploy(host.spec(tag, only_one)).code == 0
    assert _here(host) == {"1", "2", "3"}
    assert host.deploy(host.spec("1", only_one, environment={"ROUND": "2"})).code == 0
    assert sorted(path.name for path in (host.root / "releases").glob("*.json")) == ["3.json", "4.json"]
    assert _here(host) == {"1", "3"}


def test_only_the_newest_failed_release_keeps_its_image(host: EngineHost, only_one: dict[str, dict[str, int]]) -> None:
    assert host.deploy(host.spec("1", only_one)).code == 0
    for tag in ("2", "3"):
        assert host.deploy(host.spec(tag, only_one, environment={"EXIT_CODE": "1"})).code == 3
    assert _here(host) == {"1", "3"}


@pytest.mark.parametrize(
    ("change", "problem", "found"),
    [
        ({"replicas": 12, "memory_mb": 1048576}, "release: more replicas than memory allows", "24 × 1048576 MiB ="),
        ({"replicas": 0}, "spec: services.planner.replicas is out of range", "0"),
        ({"replicas": -1}, "spec: services.planner.replicas is out of range", "-1"),
        ({"replica": 2}, "spec: unknown key in services.planner", "'replica'"),
    ],
)
def test_bad_input_is_refused_before_any_change(
    host: EngineHost, change: dict[str, int], problem: str, found: str
) -> None:
    run = host.deploy(host.spec("1", **change))
    assert (run.code, run.answer["error"]["problem"]) == (1, problem)
    assert run.answer["error"]["found"].startswith(found)
    assert host.containers() == []


def test_an_image_without_tag_or_digest_is_refused(host: EngineHost) -> None:
    run = host.deploy(json.dumps({**json.loads(host.spec("1")), "image": host.image}))
    assert (run.code, run.answer["error"]["problem"]) == (1, "release: image has neither tag nor digest")


def test_rollback_from_the_first_release_is_refused(host: EngineHost, only_one: dict[str, dict[str, int]]) -> None:
    nothing = host.run("rollback")
    host.deploy(host.spec("1", only_one))
    first = host.run("rollback")
    for run, found in ((nothing, "nothing was released here yet"), (first, "release 1 serves and is the first")):
        assert run.code == 1
        assert run.answer["error"]["problem"] == "rollback: nothing to roll back to"
        assert run.answer["error"]["found"] == found


def test_deploying_only_an_image_keeps_the_services(host: EngineHost, only_one: dict[str, dict[str, int]]) -> None:
    first = host.run("deploy", "--image", f"{host.image}:1")
    assert (first.code, first.answer["error"]["problem"]) == (1, "release: no configuration to keep")
    host.deploy(host.spec("1", only_one))
    run = host.run("deploy", "--image", f"{host.image}:2")
    assert (run.code, run.answer["image"], len(host.containers())) == (0, f"{host.image}:2", 1)
