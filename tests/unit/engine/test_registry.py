"""Does the engine understand the answers of registries: digests, platforms, tokens, refusals?"""

from __future__ import annotations

import base64
import hashlib
import http.server
import json
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from engine.longshore.errors import RefusedError
from engine.longshore.host.images import describe, refusal_of, resolve
from engine.longshore.host.registry import HUB, Registry, RegistryError, Trouble, registries_for
from engine.longshore.planning.image import RemoteImage
from engine.longshore.planning.reference import Reference

from .fakes import FakeImages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

REFERENCE = Reference.parse("docker.io/acme/agents:1")


def _body(value: Any) -> tuple[bytes, str]:
    body = json.dumps(value).encode()
    return body, f"sha256:{hashlib.sha256(body).hexdigest()}"


@dataclass
class Served:
    """What the stub registry answers, by path; `token` makes it ask for one; `stalls` makes it slow."""

    paths: dict[str, bytes] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 200
    token: str = ""
    given: list[str] = field(default_factory=list)
    stalls: threading.Event | None = None
    address: str = ""

    def manifest(self, value: Any, *names: str) -> str:
        body, digest = _body(value)
        for name in (digest, *names):
            self.paths[f"/v2/acme/agents/manifests/{name}"] = body
        return digest

    def blob(self, value: Any) -> str:
        body, digest = _body(value)
        self.paths[f"/v2/acme/agents/blobs/{digest}"] = body
        return digest


class Handler(http.server.BaseHTTPRequestHandler):
    state: Served

    def do_GET(self) -> None:
        state = self.state
        authorization = self.headers.get("Authorization", "")
        state.given.append(f"{self.command} {self.path.partition('?')[0]} {authorization}".strip())
        if state.stalls:
            state.stalls.wait(10)
        if self.path.startswith("/token"):
            return self._answer(200, json.dumps({"token": state.token}).encode())
        if state.token and authorization != f"Bearer {state.token}":
            realm = f'Bearer realm="{state.address}/token",service="stub",scope="repository:acme/agents:pull"'
            return self._answer(401, b"", {"WWW-Authenticate": realm})
        if state.status != 200 or self.path not in state.paths:
            return self._answer(state.status if state.status != 200 else 404, b"")
        return self._answer(200, state.paths[self.path], state.headers)

    do_HEAD = do_GET  # noqa: N815  (the name that http.server calls)

    def _answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def served() -> Iterator[Served]:
    state = Served()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Stub", (Handler,), {"state": state}))
    state.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield state
    if state.stalls:
        state.stalls.set()
    server.shutdown()
    server.server_close()


def test_a_digest_takes_one_head_request(served: Served) -> None:
    served.manifest({"layers": []}, "1")
    served.headers["Docker-Content-Digest"] = "sha256:abc"
    assert Registry(served.address).digest("acme/agents", "1") == "sha256:abc"
    assert served.given == ["HEAD /v2/acme/agents/manifests/1"]


def test_without_the_digest_header_the_manifest_is_hashed(served: Served) -> None:
    digest = served.manifest({"layers": []}, "1")
    assert Registry(served.address).digest("acme/agents", "1") == digest


def test_platform_of_a_single_image_is_in_its_configuration(served: Served) -> None:
    config = served.blob({"os": "linux", "architecture": "arm64"})
    digest = served.manifest({"config": {"digest": config}, "layers": [{"size": 5}, {"size": 7}]})
    image = Registry(served.address).image("acme/agents", digest, "linux/amd64")
    assert image == RemoteImage(digest, {"linux/arm64": 12})


def test_an_index_lists_platforms_and_the_size_of_ours(served: Served) -> None:
    amd = served.manifest({"layers": [{"size": 3}], "config": {"digest": "x"}})
    parts = [
        {"digest": amd, "platform": {"os": "linux", "architecture": "amd64"}},
        {"digest": "sha256:other", "platform": {"os": "linux", "architecture": "arm64"}},
        {"digest": "sha256:attest", "platform": {"os": "unknown", "architecture": "unknown"}},
    ]
    digest = served.manifest({"manifests": parts})
    image = Registry(served.address).image("acme/agents", digest, "linux/amd64")
    assert image.sizes == {"linux/amd64": 3, "linux/arm64": 0}
    assert image.platforms == ["linux/amd64", "linux/arm64"]


def test_a_manifest_with_another_digest_is_refused(served: Served) -> None:
    wanted = "sha256:" + "0" * 64
    served.manifest({"layers": []}, wanted)
    with pytest.raises(RegistryError, match=f"is broken .its answer for {wanted} has digest"):
        Registry(served.address).image("acme/agents", wanted, "linux/amd64")


def test_one_token_is_requested_with_the_credentials(served: Served) -> None:
    served.token = "t0k"
    digest = served.manifest(
        {"layers": [], "config": {"digest": served.blob({"os": "linux", "architecture": "amd64"})}}
    )
    registry = Registry(served.address, credentials="dXNlcjpwYXNz")
    registry.image("acme/agents", digest, "linux/amd64")
    asked = [line for line in served.given if "/token" in line]
    assert asked == ["GET /token Basic dXNlcjpwYXNz"]


@pytest.mark.parametrize(
    ("status", "trouble"),
    [
        (404, Trouble.MISSING),
        (401, Trouble.DENIED),
        (403, Trouble.DENIED),
        (500, Trouble.BROKEN),
        (429, Trouble.BROKEN),
    ],
)
def test_each_kind_of_refusal_is_distinguished(served: Served, status: int, trouble: Trouble) -> None:
    served.manifest({}, "1")
    served.status = status
    with pytest.raises(RegistryError) as refusal:
        Registry(served.address).digest("acme/agents", "1")
    assert refusal.value.trouble is trouble


def test_a_registry_that_stalls_has_a_time_limit(served: Served) -> None:
    served.stalls = threading.Event()
    with pytest.raises(RegistryError) as refusal:
        Registry(served.address, answer_within=0.3).digest("acme/agents", "1")
    assert str(refusal.value) == f"{served.address} is unreachable (no answer within 0.3 s)"


def test_an_answer_that_is_not_json_means_a_broken_registry(served: Served) -> None:
    digest = f"sha256:{hashlib.sha256(b'<html>').hexdigest()}"
    served.paths[f"/v2/acme/agents/manifests/{digest}"] = b"<html>"
    with pytest.raises(RegistryError, match="it doesn't answer JSON"):
        Registry(served.address).image("acme/agents", digest, "linux/amd64")


def test_mirrors_come_before_docker_hub_and_only_for_its_images(tmp_path: Path) -> None:
    login = tmp_path / "config.json"
    auth = base64.b64encode(b"user:pass").decode()
    login.write_text(json.dumps({"auths": {"https://index.docker.io/v1/": {"auth": auth}}}))
    mirrors = ("http://10.0.0.1:5567",)

    def addresses(text: str) -> list[str]:
        return [registry.address for registry in registries_for(Reference.parse(text), mirrors, login)]

    assert addresses("acme/agents:1") == ["http://10.0.0.1:5567", HUB]
    assert addresses("registry.acme.com/agents:1") == ["https://registry.acme.com"]
    assert addresses("localhost:5000/agents:1") == ["http://localhost:5000"]


def test_an_unreachable_mirror_is_skipped(served: Served) -> None:
    served.headers["Docker-Content-Digest"] = "sha256:abc"
    served.manifest({}, "1")
    resolved = resolve(REFERENCE, FakeImages(), [Registry("http://127.0.0.1:9"), Registry(served.address)])
    assert (resolved.digest, resolved.local, resolved.note) == ("sha256:abc", None, "")


def test_without_a_registry_the_local_image_is_used() -> None:
    images = FakeImages()
    images.add("docker.io/acme/agents", "1", "sha256:abc")
    resolved = resolve(REFERENCE, images, [Registry("http://127.0.0.1:9")])
    assert resolved.digest == "sha256:abc"
    assert resolved.note == (
        "docker.io/acme/agents:1: http://127.0.0.1:9 is unreachable (Connection refused); "
        "continuing with the local image"
    )
    assert describe(REFERENCE, resolved, "linux/amd64") is None


def test_a_local_digest_needs_no_registry() -> None:
    images = FakeImages()
    digest = "sha256:" + "a" * 64
    images.add("docker.io/acme/agents", "1", digest)
    exact = Reference.parse(f"docker.io/acme/agents@{digest}")
    assert resolve(exact, images, []).local is not None


MIRROR_404 = RegistryError("http://mirror", Trouble.MISSING)
HUB_DOWN = RegistryError(HUB, Trouble.UNREACHABLE, "Name or service not known")


def test_a_404_of_the_mirror_outweighs_a_dns_error_of_docker_hub() -> None:
    assert str(refusal_of(REFERENCE, [MIRROR_404, HUB_DOWN])) == (
        "release: image does not exist\n"
        "  found: docker.io/acme/agents:1: http://mirror answers 404, "
        "https://registry-1.docker.io is unreachable (Name or service not known)\n"
        "  fix: check the name and the tag, and that the image was pushed: `make push IMAGE=…`"
    )


@pytest.mark.parametrize(
    ("refusals", "problem"),
    [
        ([HUB_DOWN], "release: registry is unreachable"),
        ([HUB_DOWN, RegistryError("x", Trouble.BROKEN)], "release: registry is broken"),
        ([MIRROR_404, RegistryError("x", Trouble.DENIED)], "release: image does not exist, or may not be read"),
    ],
)
def test_the_most_specific_refusal_names_the_problem(refusals: list[RegistryError], problem: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        raise refusal_of(REFERENCE, refusals)
    assert refusal.value.problem == problem
