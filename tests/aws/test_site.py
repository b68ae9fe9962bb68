"""What `site.yml` refuses before anything is made in an account or changed on a host, though its steps come later."""

from __future__ import annotations

import datetime
import http.server
import json
import threading
import uuid
from hashlib import sha256
from typing import TYPE_CHECKING

import docker
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from sandbox import images
from tests import systemd_host
from tests.aws.account import Account, Environment

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def registry() -> Iterator[str]:
    """The address of a registry that has one image, `acme/agents:1`, for an architecture that no host has."""
    index = json.dumps({"manifests": [{"platform": {"os": "linux", "architecture": "s390x"}, "digest": "sha256:0"}]})
    digest = f"sha256:{sha256(index.encode()).hexdigest()}"

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.path in {"/v2/acme/agents/manifests/1", f"/v2/acme/agents/manifests/{digest}"}
            self.send_response(200 if known else 404)
            self.send_header("Docker-Content-Digest", digest)
            self.end_headers()
            if known and self.command == "GET":
                self.wfile.write(index.encode())

        do_HEAD = do_GET  # noqa: N815  (the name that http.server calls)

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def expired(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Variables that provide a certificate which has ended."""
    folder = tmp_path_factory.mktemp("certificate")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "app.example.org")])
    begins, ends = NOW - 90 * DAY, NOW - DAY
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), begins, ends)
    (folder / "chain.pem").write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(pem)
    return {
        "tls_certificate_mode": "provided",
        "tls_certificate_chain_file": str(folder / "chain.pem"),
        "tls_certificate_key_file": str(folder / "key.pem"),
    }


@pytest.fixture
def empty(account: Account, environment: Environment) -> Iterator[Environment]:
    """An environment whose account is empty, before the test and after it."""
    # Should one be made for all that, it is not reached, and no more is done to it.
    closed = {"ansible_connection": "ssh", "ansible_port": 9, "host_access_seconds": 2}
    environment.rewrite("group_vars/web.yml", closed)
    yield environment
    tagged = account.client("ec2").describe_tags(Filters=[{"Name": "key", "Values": ["Environment"]}])["Tags"]
    assert tagged == []


def test_an_expired_certificate(empty: Environment, expired: dict[str, str]) -> None:
    empty.play("site", "-e", json.dumps(expired), "-e", "release_image=127.0.0.1:9/acme/agents:1").refused(
        "tls_certificate: the certificate has expired",
        f"  found: app.example.org is valid from {NOW - 90 * DAY:%Y%m%d%H%M%SZ} to {NOW - DAY:%Y%m%d%H%M%SZ}",
        "  fix: give a renewed certificate",
    )


def test_services_that_cannot_be_proxied(empty: Environment) -> None:
    services = {"planner": {"replicas": 1, "path": "/"}, "solver": {"replicas": 1, "path": "/"}}
    empty.play("site", "-e", json.dumps({"release_services": services})).refused(
        "release: two services are to be served at the same path",
        "  found: planner and solver at /",
        "  fix: give each service a path of its own, or none",
    )


def test_settings_that_the_engine_would_not_take(empty: Environment) -> None:
    empty.play("site", "-e", "release_slots=0").refused(
        "engine: setting is wrong",
        "  found: slots = 0 in the variables release_engine_*",
        "  fix: slots: a whole number, as many as nginx lists",
    )


def test_an_image_that_does_not_exist(empty: Environment, registry: str) -> None:
    empty.play("site", "-e", f"release_image={registry}/acme/agents:2").refused(
        "release: image does not exist",
        f"  found: {registry}/acme/agents:2: http://{registry} answers 404",
        "  fix: check the name and the tag, and that the image was pushed: `make push IMAGE=…`",
    )


def test_an_image_for_another_architecture(empty: Environment, registry: str) -> None:
    wanted = {"release_image": f"{registry}/acme/agents:1", "release_architecture": ""}
    empty.play("site", "-e", json.dumps(wanted)).refused(
        "release: image architecture does not fit the host",
        f"  found: {registry}/acme/agents:1 is linux/s390x, host is linux/arm64",
        "  fix: build with `docker buildx build --platform linux/arm64,linux/s390x`, or deploy another image",
    )


def test_a_check_of_what_would_succeed_succeeds(empty: Environment) -> None:
    run = empty.play("site", "--check", "-e", "release_image=127.0.0.1:9/acme/agents:1").succeeded()
    assert "would create web-1" in run.output


def test_a_check_of_a_later_part_alone_is_refused_as_that_part_is(empty: Environment) -> None:
    empty.play("configure", "--check").refused(
        "release: no host in group `web`",
        f"  found: inventory {empty.folder}",
        "  fix: make them with longshore.app.provision, or name them in the inventory",
    )


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Environment]:
    """An environment of one own server, which serves nothing yet; with nothing to pull an image from."""
    client = docker.from_env()
    name = f"longshore-test-site-{uuid.uuid4().hex[:6]}"
    folder = tmp_path_factory.mktemp("servers")
    environment = Environment("byo", folder / f"test-{uuid.uuid4().hex[:6]}")
    key = systemd_host.make_key(folder)
    try:
        labels = {"longshore.purpose": "site-test"}
        address = systemd_host.start(client, name, images.host(client), key, hostname="web-1", labels=labels)
        host = {"ansible_host": address, "ansible_ssh_private_key_file": str(key)}
        environment.rewrite("hosts.yml", {"web": {"hosts": {"web-1": host}}})
        yield environment
    finally:
        client.containers.get(name).remove(force=True, v=True)
        environment.forget()
        client.close()


def test_a_server_for_which_no_image_is_named(machine: Environment) -> None:
    run = machine.play("site")
    run.refused(
        "release: no image to release",
        "  found: no host serves anything yet, and neither release_image nor release_initial_image is set",
        "  fix: give -e release_image=docker.io/you/agents:1.0.0, or set release_initial_image for the environment",
    )
    assert run.changed == 0


@pytest.mark.parametrize(
    ("variable", "tag", "problem"),
    [
        ("release_image", "2", "image does not exist"),
        ("release_initial_image", "1", "image architecture does not fit the host"),
    ],
)
def test_a_server_and_an_image_that_it_cannot_have(
    machine: Environment, registry: str, variable: str, tag: str, problem: str
) -> None:
    run = machine.play("site", "-e", f"{variable}={registry}/acme/agents:{tag}")
    assert run.code != 0
    assert f"release: {problem}\n  found: {registry}/acme/agents:{tag}" in run.output
    assert run.changed == 0
