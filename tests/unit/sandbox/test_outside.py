"""What lies between the machine and the registries, judged before anything is made: proxies and the clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from engine.longshore.errors import RefusedError
from sandbox.machine import __main__ as look
from sandbox.machine import checks, network, outside
from sandbox.settings import Settings

PROXIES = [spelt for name in ("http_proxy", "https_proxy", "no_proxy") for spelt in (name, name.upper())]
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOBODY = "http://127.0.0.1:1"


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)


class Server(ThreadingHTTPServer):
    """Answers every request alike, whether it is asked as a server or as a proxy."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.code = 200
        self.late = timedelta()
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_HEAD(self) -> None:
        self.server.asked.append(self.path)
        self.send_response_only(self.server.code)
        moment = datetime.now(UTC) - self.server.late
        self.send_header("Date", moment.strftime("%a, %d %b %Y %H:%M:%S GMT"))
        self.end_headers()

    do_CONNECT = do_HEAD  # noqa: N815 - the name that the base class looks for

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def refusal(url: str) -> list[str]:
    with pytest.raises(RefusedError) as caught:
        outside.check([url])
    return str(caught.value).splitlines()


def test_correct_clock_passes(server: Server) -> None:
    outside.check([f"{server.url}/dists/trixie/InRelease"])
    assert server.asked == ["/dists/trixie/InRelease"]


def test_first_server_that_answers_decides(server: Server) -> None:
    server.late = timedelta(days=1)
    with pytest.raises(RefusedError, match="this machine's clock is wrong"):
        outside.check([NOBODY, server.url])


def test_wrong_clock_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        outside.check_clock(NOON, NOON + timedelta(days=400), "mirror.example")
    assert str(caught.value) == (
        "sandbox: this machine's clock is wrong, and neither apt nor TLS would trust a server\n"
        "  found: 2027-12-26 12:00 UTC here, 2026-11-21 12:00 UTC at mirror.example\n"
        "  fix: set it, for instance with `sudo timedatectl set-ntp true`, then run the command again"
    )
    outside.check_clock(NOON, NOON - timedelta(minutes=4), "mirror.example")


def test_age_of_a_cached_answer_is_added_to_its_date() -> None:
    headers = Message()
    headers["Date"] = "Sat, 21 Nov 2026 11:00:00 GMT"
    assert outside.served_at(headers) == NOON - timedelta(hours=1)
    headers["Age"] = "3600"
    assert outside.served_at(headers) == NOON
    assert outside.served_at(Message()) is None


def test_no_verdict_without_a_network() -> None:
    outside.check([NOBODY])


@pytest.mark.parametrize("code", [403, 407, 502])
def test_proxy_that_refuses_requests(server: Server, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    server.code = code
    monkeypatch.setenv("http_proxy", server.url.replace("//", "//me:secret@"))
    wrong, found, fix = refusal("http://mirror.example/InRelease")
    assert wrong == "sandbox: the proxy does not let packages through"
    assert found.startswith(f"  found: http_proxy={server.url}, asked for mirror.example: {code} ")
    assert fix == (
        "  fix: correct http_proxy, with USER:PASSWORD@ before the host where it wants them, "
        "or have mirror.example allowed"
    )


def test_proxy_that_refuses_connect(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    server.code = 407
    monkeypatch.setenv("HTTPS_PROXY", server.url)
    found = refusal("https://index.example/simple/")[1]
    assert found.startswith(
        f"  found: https_proxy={server.url}, asked for index.example: Tunnel connection failed: 407 "
    )
    assert server.asked == ["index.example:443"]


def test_proxy_that_does_not_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", NOBODY)
    assert "Connection refused" in refusal("http://mirror.example/InRelease")[1]


def test_no_proxy_is_obeyed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", NOBODY)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    outside.check([server.url])
    assert len(server.asked) == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "[::1]"])
def test_proxy_on_loopback_is_refused(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("https_proxy", f"http://me:secret@{address}:3128")
    with pytest.raises(RefusedError) as caught:
        outside.check_reachable()
    assert str(caught.value) == (
        "sandbox: the proxy listens on this machine's loopback, where hosts and builds cannot reach it\n"
        f"  found: https_proxy=http://{address}:3128\n"
        "  fix: have it listen on docker0 too, then for instance `http_proxy=http://172.17.0.1:3128 make up`"
    )
    monkeypatch.setenv("https_proxy", "http://172.17.0.1:3128")
    outside.check_reachable()


def test_machine_own_mirror_and_index_are_probed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "read_sources", lambda _release: "deb http://mirror.example/debian/ bookworm main\n")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    assert outside.asked() == ["http://mirror.example/debian/dists/bookworm/InRelease", "https://index.example/simple"]


def test_index_of_pip_settings_or_public_registries_are_probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network, "read_sources", lambda _release: "")
    monkeypatch.setattr(outside, "PIP_SETTINGS", ())
    for name in ("PIP_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_CONFIG_FILE"):
        monkeypatch.delenv(name, raising=False)
    assert outside.asked() == [outside.DEBIAN, outside.INDEX]
    settings = tmp_path / "pip.conf"
    settings.write_text("[global]\nindex-url = https://index.example/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    assert outside.asked()[1] == "https://index.example/simple"


def test_bootstrap_check_prints_three_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(outside, "asked", lambda: ["http://mirror.example/InRelease"])
    monkeypatch.setenv("http_proxy", NOBODY)
    assert look.main("operator") == 1
    assert len(capsys.readouterr().err.splitlines()) == 3
    monkeypatch.delenv("http_proxy")
    monkeypatch.setattr(outside, "asked", list)
    # Only a sandbox has hosts and builds, and needs room.
    monkeypatch.setenv("https_proxy", NOBODY)
    monkeypatch.setattr(checks, "NEEDED_GIB", 10**9)
    assert look.main("operator") == 0
    assert look.main("sandbox") == 1
    monkeypatch.delenv("https_proxy")
    assert look.main("sandbox") == 1
    assert "GiB of free disk are needed" in capsys.readouterr().err


def test_sandbox_addresses_are_in_no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "intranet.example, 10.0.0.0/8")
    given = network.environment_with_no_proxy(Settings())
    assert given["http_proxy"] == "http://proxy.example:3128"
    assert (
        given["no_proxy"]
        == given["NO_PROXY"]
        == ("intranet.example,10.0.0.0/8,localhost,127.0.0.1,127.0.0.0/8,172.31.0.1,172.31.0.0/16")
    )
