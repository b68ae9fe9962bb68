"""Is an unusable certificate refused in three lines, before any host is contacted?"""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from tests.roles.scenario import CHECKOUT

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
PLAYBOOK = """\
- hosts: all
  gather_facts: false
  tasks:
    - ansible.builtin.import_role: {name: longshore.app.tls_certificate, tasks_from: preflight}
"""


def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem(private: ec.EllipticCurvePrivateKey, encryption: KeySerializationEncryption | None = None) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def certificate(
    name: str, private, issuer: str, issuer_key, *, begins=NOW - DAY, ends=NOW + 90 * DAY, authority=False
) -> bytes:
    def named(text: str) -> x509.Name:
        return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])

    made = x509.CertificateBuilder(
        named(issuer), named(name), private.public_key(), x509.random_serial_number(), begins, ends
    ).add_extension(x509.BasicConstraints(authority, None), critical=True)
    return made.sign(issuer_key, hashes.SHA256()).public_bytes(Encoding.PEM)


@pytest.fixture(scope="module")
def refusals(tmp_path_factory) -> dict[str, str]:
    """The error of each case; one run for all, with a host for each case that is never contacted."""
    folder: Path = tmp_path_factory.mktemp("certificates")
    root, middle, own, other = key(), key(), key(), key()
    intermediate = certificate("Middle", middle, "Root", root, authority=True)
    leaf = certificate("app.example.org", own, "Middle", middle)
    expired = certificate("app.example.org", own, "Middle", middle, begins=NOW - 90 * DAY, ends=NOW - DAY)
    early = certificate("app.example.org", own, "Middle", middle, begins=NOW + DAY)
    cases = {
        "good": (leaf + intermediate, pem(own)),
        "no-chain": (None, pem(own)),
        "no-key": (leaf, None),
        "not-a-certificate": (b"hello\n", pem(own)),
        "not-a-key": (leaf, b"hello\n"),
        "passphrase": (leaf, pem(own, BestAvailableEncryption(b"secret"))),
        "wrong-order": (intermediate + leaf, pem(own)),
        "gap": (leaf + certificate("Root", root, "Root", root, authority=True), pem(own)),
        "wrong-key": (leaf + intermediate, pem(other)),
        "expired": (expired + intermediate, pem(own)),
        "early": (early + intermediate, pem(own)),
    }
    hosts = {}
    for case, contents in cases.items():
        for name, content in zip(("chain.pem", "key.pem"), contents, strict=True):
            if content is not None:
                (folder / f"{case}-{name}").write_bytes(content)
        hosts[case] = {
            "tls_certificate_chain_file": str(folder / f"{case}-chain.pem"),
            "tls_certificate_key_file": str(folder / f"{case}-key.pem"),
        }
    hosts["relative"] = {name: os.path.relpath(path, CHECKOUT) for name, path in hosts["good"].items()}
    # As text, which is what -e gives.
    hosts["short-lived"] = {"tls_certificate_mode": "self_signed", "tls_certificate_days": "2"}
    hosts["long-lived"] = {"tls_certificate_mode": "self_signed", "tls_certificate_days": "400"}
    variables = {
        "tls_certificate_mode": "provided",
        "environment_state": str(folder),
        "ansible_host": "127.0.0.1",
        "ansible_port": 1,
    }
    (folder / "inventory.json").write_text(json.dumps({"all": {"hosts": hosts, "vars": variables}}))
    (folder / "play.yml").write_text(PLAYBOOK)
    done = subprocess.run(
        [Path(sys.executable).parent / "ansible-playbook", "-i", folder / "inventory.json", folder / "play.yml"],
        cwd=CHECKOUT,
        env=os.environ
        | {
            "ANSIBLE_INVENTORY_ENABLED": "ansible.builtin.yaml",
            "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    # Other callbacks print before and after.
    plays = json.loads(done.stdout[done.stdout.index("{") : done.stdout.rindex("}") + 1])["plays"]
    answers = {}
    for task in plays[0]["tasks"]:
        for case, result in task["hosts"].items():
            if result.get("failed"):
                last = next((item for item in result.get("results", []) if item.get("failed")), result)
                answers[case] = last["msg"].replace(f"{folder}/", "")
    return answers


@pytest.mark.parametrize("case", ["good", "relative", "long-lived"])
def test_good_certificate_is_accepted(refusals, case):
    assert case not in refusals


PEM_CHAIN = "give the certificate and then its intermediates in PEM, as in the issuer's fullchain.pem"
PLAIN_KEY = "give the key in PEM without a passphrase (openssl pkey -in KEY -out PLAIN)"
ORDER = "put the certificate first, then the intermediate that signed it, and so on, without the root"


def span(begins: datetime.datetime, ends: datetime.datetime) -> str:
    return f"app.example.org is valid from {begins:%Y%m%d%H%M%SZ} to {ends:%Y%m%d%H%M%SZ}"


REFUSALS = {
    "no-chain": (
        "the certificate cannot be read",
        "tls_certificate_chain_file is no-chain-chain.pem",
        "set it to a file on this machine that you may read: the certificate and then its intermediates, in PEM",
    ),
    "no-key": (
        "the private key cannot be read",
        "tls_certificate_key_file is no-key-key.pem",
        "set it to a file on this machine that you may read: the certificate's private key in PEM",
    ),
    "not-a-certificate": (
        "the certificate is not valid PEM",
        "not-a-certificate-chain.pem does not hold PEM certificates only",
        PEM_CHAIN,
    ),
    "not-a-key": (
        "nginx cannot use the private key",
        "not-a-key-key.pem is not a PEM private key, or has a passphrase",
        PLAIN_KEY,
    ),
    "passphrase": (
        "nginx cannot use the private key",
        "passphrase-key.pem is not a PEM private key, or has a passphrase",
        PLAIN_KEY,
    ),
    "wrong-order": (
        "the certificate chain is not in order",
        "wrong-order-chain.pem has Middle, app.example.org",
        ORDER,
    ),
    "gap": ("the certificate chain is not in order", "gap-chain.pem has app.example.org, Root", ORDER),
    "expired": ("the certificate has expired", span(NOW - 90 * DAY, NOW - DAY), "give a renewed certificate"),
    "early": (
        "the certificate is not valid yet",
        span(NOW + DAY, NOW + 90 * DAY),
        "wait until then, or correct this machine's clock",
    ),
}


# Parametrized by name alone: the texts contain the time, which differs between the processes of a test run.
@pytest.mark.parametrize("case", REFUSALS)
def test_error_has_three_lines(refusals, case):
    problem, found, fix = REFUSALS[case]
    assert refusals[case] == f"tls_certificate: {problem}\n  found: {found}\n  fix: {fix}"


def test_self_signed_certificate_needs_a_minimum_lifetime(refusals):
    assert refusals["short-lived"] == (
        "tls_certificate: the lifetime of the self-signed certificate is too short\n"
        "  found: tls_certificate_days is 2\n"
        "  fix: set it to 3 or more; a new certificate is issued when a third is left"
    )


def test_key_of_another_certificate_is_refused_with_both_fingerprints(refusals):
    first, found, fix = refusals["wrong-key"].split("\n")
    assert first == "tls_certificate: the private key does not belong to the certificate"
    assert found.startswith("  found: wrong-key-chain.pem is for key ")
    assert "…, wrong-key-key.pem is " in found
    assert fix == "  fix: give the key that the certificate was requested with"
