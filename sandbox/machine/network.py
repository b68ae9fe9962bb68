"""What the machine's own network needs, read so that hosts and builds can be given it: apt sources and CA certificates.

Behind a proxy that intercepts TLS, or with a mirror of Debian, a host that ignored these could install nothing.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from sandbox.settings import RELEASES, Settings

# What a test or a role's host gets that asks for no release.
DEFAULT_RELEASE = next(name for name, version in RELEASES.items() if version == Settings.debian)
_SUITE = re.compile(rf"({'|'.join(RELEASES)})(|-updates|-security|-backports)")
BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt")
DEBIAN_AUTHORITIES = Path("/usr/share/ca-certificates/mozilla")
_CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def debian_sources(files: Mapping[str, str], release: str) -> str:
    """Debian's entries among apt's source files for a release, in the one-line format.

    files maps names (`*.list`, `*.sources`) to contents. A machine that has another release gives its own entries with
    the suites of the wanted one: a mirror of Debian has all releases. Third parties' entries need keys that a host does
    not have, so they stay out. Empty where the machine has none of Debian's, as on another distribution.
    """
    entries: list[tuple[str, str, str]] = []
    for name, text in sorted(files.items()):
        if name.endswith(".sources"):
            entries += _from_deb822(text)
        elif name.endswith(".list"):
            entries += _from_lines(text)
    debian = [(uri, match, components) for uri, suite, components in entries if (match := _SUITE.fullmatch(suite))]
    wanted = [entry for entry in debian if entry[1][1] == release] or debian
    lines = [f"deb {uri} {release}{match[2]} {components}\n" for uri, match, components in wanted]
    return "".join(dict.fromkeys(lines))


def _from_lines(text: str) -> list[tuple[str, str, str]]:
    """Address, suite and components of each entry in the one-line format."""
    pattern = re.compile(r"deb\s+(?:\[[^]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)")
    found = (pattern.match(line.partition("#")[0].strip()) for line in text.splitlines())
    return [(match[1], match[2], match[3].strip()) for match in found if match]


def _from_deb822(text: str) -> list[tuple[str, str, str]]:
    """The same for the format of stanzas."""
    entries = []
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(re.findall(r"^([A-Za-z-]+):[ \t]*(.+)$", stanza, re.MULTILINE))
        if "deb" not in fields.get("Types", "").split() or fields.get("Enabled", "yes").lower() == "no":
            continue
        entries += [
            (uri, suite, fields.get("Components", "main"))
            for uri in fields.get("URIs", "").split()
            for suite in fields.get("Suites", "").split()
        ]
    return entries


def extra_authorities(trusted: str, known: Iterable[str]) -> dict[str, str]:
    """Certificates of a bundle that the distribution's own set lacks: file name -> PEM."""
    familiar = {_squeeze(certificate) for text in known for certificate in _CERTIFICATE.findall(text)}
    extra = [certificate for certificate in _CERTIFICATE.findall(trusted) if _squeeze(certificate) not in familiar]
    return {f"machine-{number}.crt": f"{pem}\n" for number, pem in enumerate(extra, start=1)}


def _squeeze(pem: str) -> str:
    return "".join(pem.split())


def read_sources(release: str) -> str:
    """This machine's sources of Debian, for a release."""
    directory = Path("/etc/apt/sources.list.d")
    found = [Path("/etc/apt/sources.list"), *(directory.iterdir() if directory.is_dir() else [])]
    return debian_sources({path.name: path.read_text() for path in found if path.is_file()}, release)


def bundle() -> Path:
    """The file of certificates that this machine trusts."""
    return Path(os.environ.get("SSL_CERT_FILE") or BUNDLE)


def read_authorities() -> dict[str, str]:
    """The certificates that this machine trusts beyond Debian's."""
    if not bundle().is_file():
        return {}
    known = [path.read_text() for path in DEBIAN_AUTHORITIES.glob("*.crt")]
    return extra_authorities(bundle().read_text(), known)


def read_apt_proxy() -> str:
    """An apt configuration with the proxies of this machine's environment, or nothing."""
    return "".join(f'Acquire::{scheme}::Proxy "{proxy}";\n' for scheme, proxy in proxies().items())


def proxies() -> dict[str, str]:
    """The proxies that the environment names: scheme -> address."""
    named = {scheme: _either(f"{scheme}_proxy") for scheme in ("http", "https")}
    return {scheme: proxy for scheme, proxy in named.items() if proxy}


def _either(name: str) -> str:
    """A variable that some programs know in small letters and others in capitals."""
    return os.environ.get(name) or os.environ.get(name.upper()) or ""


def environment_with_no_proxy(settings: Settings) -> dict[str, str]:
    """The environment in which programs reach this machine and the sandbox's hosts directly, whatever its proxies."""
    # Go's programs know ranges; Python's know only names and addresses.
    own = ["localhost", "127.0.0.1", "127.0.0.0/8", str(settings.gateway), str(settings.vpc_cidr)]
    named = [name.strip() for name in _either("no_proxy").split(",") if name.strip()]
    names = ",".join(dict.fromkeys([*named, *own]))
    return {**os.environ, "no_proxy": names, "NO_PROXY": names}
