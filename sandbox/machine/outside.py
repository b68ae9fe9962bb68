"""What lies between this machine and the registries: proxies that must let it through, and a clock that must agree.

Only the standard library: it is looked at before anything is installed. Without a network nothing is said here.
"""

import configparser
import os
import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.message import Message
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener, proxy_bypass

from engine.longshore.errors import RefusedError
from sandbox.machine import network

SECONDS = 5
# Certificates and package lists are valid for longer than any clock that is kept by NTP is wrong.
TOLERANCE = timedelta(minutes=5)
DEBIAN = "http://deb.debian.org/debian/dists/trixie/InRelease"
INDEX = "https://pypi.org/simple/"
# What a proxy answers that does not let a request through, whether it may not or cannot.
REFUSALS = {403, 407, 502, 503, 504}
PIP_SETTINGS = ("/etc/pip.conf", "~/.pip/pip.conf", "~/.config/pip/pip.conf")


def check(urls: Iterable[str]) -> None:
    """Refuse a proxy that does not let a request through, then a clock that differs from a server's."""
    for url in urls:
        headers = _ask(url)
        if headers and (date := served_at(headers)):
            check_clock(date, datetime.now(UTC), str(urlsplit(url).hostname))
            break


def check_reachable() -> None:
    """Refuse a proxy that builds and hosts could not reach: their loopback is not this machine's."""
    for scheme, proxy in network.proxies().items():
        if _is_loopback(urlsplit(proxy).hostname or ""):
            raise RefusedError(
                "sandbox: the proxy listens on this machine's loopback, where hosts and builds cannot reach it",
                found=f"{scheme}_proxy={shown(proxy)}",
                fix="have it listen on docker0 too, then for instance `http_proxy=http://172.17.0.1:3128 make up`",
            )


def asked() -> list[str]:
    """What is asked: where packages of Debian and of Python come from."""
    sources = network.read_sources(network.DEFAULT_RELEASE).splitlines()
    entry = sources[0].split() if sources else []
    debian = f"{entry[1].rstrip('/')}/dists/{entry[2]}/InRelease" if entry else DEBIAN
    index = os.environ.get("UV_DEFAULT_INDEX") or os.environ.get("PIP_INDEX_URL") or _pip_index()
    return [debian, index or INDEX]


def check_clock(theirs: datetime, ours: datetime, server: str) -> None:
    """Refuse a clock that is wrong by more than TOLERANCE."""
    if abs(theirs - ours) > TOLERANCE:
        raise RefusedError(
            "sandbox: this machine's clock is wrong, and neither apt nor TLS would trust a server",
            found=f"{ours:%Y-%m-%d %H:%M} UTC here, {theirs:%Y-%m-%d %H:%M} UTC at {server}",
            fix="set it, for instance with `sudo timedatectl set-ntp true`, then run the command again",
        )


def served_at(headers: Message) -> datetime | None:
    """When an answer was given, also where a cache kept it for a while; None where it does not say."""
    try:
        date = parsedate_to_datetime(headers["Date"])
        return date.astimezone(UTC) + timedelta(seconds=int(headers.get("Age", "0")))
    except (TypeError, ValueError):
        return None


def shown(proxy: str) -> str:
    """A proxy's address without the password that it may have."""
    parts = urlsplit(proxy)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _ask(url: str) -> Message | None:
    """The headers of an answer, or None. Raises RefusedError where a proxy is why there is none."""
    target = urlsplit(url)
    proxy = None if proxy_bypass(str(target.hostname)) else network.proxies().get(target.scheme)
    # Nothing is taken from the answer but its date: a wrong clock must be told from a wrong certificate.
    trust = ssl.create_default_context()
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    opener = build_opener(ProxyHandler({target.scheme: proxy} if proxy else {}), HTTPSHandler(context=trust))
    try:
        with opener.open(Request(url, method="HEAD"), timeout=SECONDS) as answer:  # noqa: S310 - a registry's
            headers: Message = answer.headers
            return headers
    except HTTPError as error:
        if proxy and error.code in REFUSALS:
            raise _refused(target.scheme, proxy, target.hostname, f"{error.code} {error.reason}") from error
        return error.headers
    except OSError as error:
        if proxy:
            reason = str(error.reason) if isinstance(error, URLError) else str(error)
            raise _refused(target.scheme, proxy, target.hostname, reason) from error
        return None


def _refused(scheme: str, proxy: str, host: str | None, answer: str) -> RefusedError:
    return RefusedError(
        "sandbox: the proxy does not let packages through",
        found=f"{scheme}_proxy={shown(proxy)}, asked for {host}: {answer}",
        fix=f"correct {scheme}_proxy, with USER:PASSWORD@ before the host where it wants them, or have {host} allowed",
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _pip_index() -> str | None:
    """The package index of pip's own settings."""
    settings = configparser.RawConfigParser(strict=False)
    try:
        settings.read([os.environ.get("PIP_CONFIG_FILE", ""), *(Path(path).expanduser() for path in PIP_SETTINGS)])
    except configparser.Error:
        return None
    return settings.get("global", "index-url", fallback=None)
