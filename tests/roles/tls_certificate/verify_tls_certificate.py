"""The certificate on the host, and when another is issued."""

import datetime
import json
import os
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import ExtensionOID

SCENARIO = Path(os.environ["MOLECULE_SCENARIO_DIRECTORY"])
STATE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "state"


def installed(host) -> x509.Certificate:
    return x509.load_pem_x509_certificates(host.file("/etc/longshore/tls/fullchain.pem").content)[0]


def names(certificate: x509.Certificate) -> list[str]:
    extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    return [str(name.value) for name in extension]


def configure(**variables: object) -> str:
    done = subprocess.run(
        [
            "ansible-playbook",
            f"--inventory={SCENARIO.parent}/shared/inventory.yml",
            "--diff",
            f"--extra-vars={json.dumps(variables)}",
            SCENARIO / "converge.yml",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("name", ["fullchain.pem", "privkey.pem"])
def test_only_root_reads_it(host, name):
    file = host.file(f"/etc/longshore/tls/{name}")
    assert (file.user, file.group, file.mode) == ("root", "root", 0o600)
    assert host.file("/etc/longshore").mode == 0o755


def test_key_is_its_own_and_of_the_kind_that_was_chosen(host):
    key = load_pem_private_key(host.file("/etc/longshore/tls/privkey.pem").content, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert installed(host).public_key().public_bytes(*public) == key.public_key().public_bytes(*public)


def test_certificate_is_for_the_names_and_signed_by_the_authority(host):
    certificate = installed(host)
    authority = x509.load_pem_x509_certificate((STATE / "ca" / "ca.pem").read_bytes())
    certificate.verify_directly_issued_by(authority)
    assert sorted(names(certificate)) == ["127.0.0.1", "::1", "app.example.org", "localhost"]
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)


def test_authority_stays_on_the_controller_and_its_key_is_closed(host):
    assert (STATE / "ca" / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (STATE / "ca").stat().st_mode & 0o777 == 0o700
    assert host.check_output("grep --recursive --files-with-matches 'CA.key\\|ca.key' /etc/longshore | wc -l") == "0"
    assert sorted(host.file("/etc/longshore/tls").listdir()) == ["fullchain.pem", "privkey.pem"]


def test_another_name_brings_another_certificate_and_removes_the_old(host):
    before = installed(host)
    output = configure(extra_names=["new.example.org"])
    after = installed(host)
    assert "new.example.org" in names(after)
    assert before.serial_number != after.serial_number
    assert host.check_output("ls /etc/longshore | wc -l") == "2"  # the link and the one it leads to
    assert "PRIVATE KEY" not in output


def test_an_address_in_another_spelling_is_the_same_address(host):
    configure(extra_names=["2001:db8::1"])
    before = installed(host)
    assert "2001:db8::1" in names(before)
    configure(extra_names=["2001:DB8:0:0::0001"])
    assert installed(host).serial_number == before.serial_number


def test_certificate_is_renewed_when_a_third_of_its_life_is_left(host):
    assert installed(host).not_valid_after_utc - datetime.datetime.now(datetime.UTC) > datetime.timedelta(days=396)
    _age_issued_certificate(remaining=datetime.timedelta(days=100), life=datetime.timedelta(days=299))
    configure()
    assert installed(host).serial_number == _issued().serial_number
    _age_issued_certificate(remaining=datetime.timedelta(days=100), life=datetime.timedelta(days=301))
    aged = _issued().serial_number
    configure()
    assert installed(host).serial_number == _issued().serial_number != aged


def _issued() -> x509.Certificate:
    return x509.load_pem_x509_certificates((STATE / "tls" / "fullchain.pem").read_bytes())[0]


def _age_issued_certificate(remaining: datetime.timedelta, life: datetime.timedelta) -> None:
    """Put another certificate in place of the issued one, alike but for its dates."""
    issued = _issued()
    authority_key = load_pem_private_key((STATE / "ca" / "ca.key").read_bytes(), None)
    end = datetime.datetime.now(datetime.UTC) + remaining
    builder = (
        x509.CertificateBuilder()
        .subject_name(issued.subject)
        .issuer_name(issued.issuer)
        .public_key(issued.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - life)
        .not_valid_after(end)
    )
    for extension in issued.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    aged = builder.sign(authority_key, issued.signature_hash_algorithm)
    (STATE / "tls" / "fullchain.pem").write_bytes(aged.public_bytes(Encoding.PEM))
