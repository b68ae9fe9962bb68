"""The certificate on the host, and when a new one is issued."""

import datetime
import shutil
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import ExtensionOID

from engine.longshore.host.layout import facts
from engine.longshore.settings import Settings
from tests.roles.running import STATE, ansible, name, shown

SCENARIO = Path(__file__).parent
LAYOUT = facts(Settings())


@pytest.fixture(scope="module")
def state(host) -> Path:
    """A copy of the environment's state for this host alone: the tests of the other host change it as well."""
    return Path(shutil.copytree(STATE / "environment", STATE / f"environment-{name(host)}"))


def installed(host) -> x509.Certificate:
    return x509.load_pem_x509_certificates(host.file(f"{LAYOUT['tls']}/fullchain.pem").content)[0]


def names(certificate: x509.Certificate) -> list[str]:
    extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    return [str(name.value) for name in extension]


@pytest.fixture
def configure(host, state):
    def run(**variables: object) -> str:
        done = ansible(host, SCENARIO / "converge.yml", "--diff", environment_state=str(state), **variables)
        assert done.returncode == 0, shown(done)
        return shown(done)

    return run


@pytest.mark.parametrize("path", ["fullchain.pem", "privkey.pem"])
def test_only_root_may_read_certificate_and_key(host, path):
    file = host.file(f"{LAYOUT['tls']}/{path}")
    assert (file.user, file.group, file.mode) == ("root", "root", 0o600)
    assert host.file(LAYOUT["configuration"]).mode == 0o755


def test_key_belongs_to_the_certificate_and_is_of_the_chosen_type(host):
    key = load_pem_private_key(host.file(f"{LAYOUT['tls']}/privkey.pem").content, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    assert key.curve.name == "secp256r1"
    public = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert installed(host).public_key().public_bytes(*public) == key.public_key().public_bytes(*public)


def test_certificate_has_the_names_and_is_signed_by_the_authority(host, state):
    certificate = installed(host)
    authority = x509.load_pem_x509_certificate((state / "ca" / "ca.pem").read_bytes())
    certificate.verify_directly_issued_by(authority)
    assert sorted(names(certificate)) == ["127.0.0.1", "::1", "app.example.org", "localhost"]
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)


def test_authority_stays_on_the_controller_and_its_key_is_private(host, state):
    assert (state / "ca" / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (state / "ca").stat().st_mode & 0o777 == 0o700
    assert (
        host.check_output(f"grep --recursive --files-with-matches 'CA.key\\|ca.key' {LAYOUT['configuration']} | wc -l")
        == "0"
    )
    assert sorted(host.file(LAYOUT["tls"]).listdir()) == ["fullchain.pem", "privkey.pem"]


def test_new_name_gets_a_new_certificate_and_the_old_one_is_removed(host, configure):
    before = installed(host)
    output = configure(extra_names=["new.example.org"])
    after = installed(host)
    assert "new.example.org" in names(after)
    assert before.serial_number != after.serial_number
    assert host.check_output(f"ls {LAYOUT['configuration']} | wc -l") == "2"  # the link and its target
    assert "PRIVATE KEY" not in output


def test_address_in_another_notation_is_the_same_address(host, configure):
    configure(extra_names=["2001:db8::1"])
    before = installed(host)
    assert "2001:db8::1" in names(before)
    configure(extra_names=["2001:DB8:0:0::0001"])
    assert installed(host).serial_number == before.serial_number


def test_certificate_is_renewed_when_a_third_of_its_lifetime_is_left(host, state, configure):
    assert installed(host).not_valid_after_utc - datetime.datetime.now(datetime.UTC) > datetime.timedelta(days=396)
    _age_issued_certificate(state, remaining=datetime.timedelta(days=100), life=datetime.timedelta(days=299))
    configure()
    assert installed(host).serial_number == _issued(state).serial_number
    _age_issued_certificate(state, remaining=datetime.timedelta(days=100), life=datetime.timedelta(days=301))
    aged = _issued(state).serial_number
    configure()
    assert installed(host).serial_number == _issued(state).serial_number != aged


def _issued(state: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificates((state / "tls" / "fullchain.pem").read_bytes())[0]


def _age_issued_certificate(state: Path, remaining: datetime.timedelta, life: datetime.timedelta) -> None:
    """Replace the issued certificate by one that differs in its dates alone."""
    issued = _issued(state)
    authority_key = load_pem_private_key((state / "ca" / "ca.key").read_bytes(), None)
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
    (state / "tls" / "fullchain.pem").write_bytes(aged.public_bytes(Encoding.PEM))
