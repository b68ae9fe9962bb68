"""What clients get: TLS, headers, limits."""

import contextlib
import json
import re
import ssl
import time

import pytest

from tests.roles.nginx_proxy.hosts import LAYOUT, trusting
from tests.roles.running import name

# A client with another address.
FROM_THE_HOST = """
import ssl, urllib.request
trusting = ssl._create_unverified_context()
print(urllib.request.urlopen("https://127.0.0.1/", context=trusting).status)
"""


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(site, version):
    assert site.agreed_tls(version) is None


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_tls_uses_authenticated_encryption(site, version):
    cipher = site.agreed_tls(version)
    assert cipher is not None
    assert "GCM" in cipher or "CHACHA20" in cipher


def test_sessions_are_cached_without_tickets(site):
    context = ssl.create_default_context(cafile=str(site.authority))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with context.wrap_socket(site.connected(443), server_hostname=site.name) as first:
        assert first.session.has_ticket is False
        session = first.session
        # The session is cached after the handshake's last message; a response shows that it is.
        first.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
        assert first.recv(1) == b"H"
    with context.wrap_socket(site.connected(443), server_hostname=site.name, session=session) as second:
        assert second.session_reused


def test_http2_is_negotiated(site):
    assert site.get("/", http2=True).http_version == "HTTP/2"


def test_key_exchange_is_post_quantum_where_openssl_has_it(host):
    """nginx would not start with a group that its OpenSSL lacks: each release has its own list."""
    client = "openssl s_client -connect 127.0.0.1:443 -servername localhost -brief < /dev/null"
    expected = {"bookworm": "X25519", "trixie": "X25519MLKEM768"}[name(host)]
    output = host.run(client)
    assert output.rc == 0
    assert re.search(
        rf"(?:Server Temp Key: {expected},|Negotiated TLS1.3 group: {expected}$)", output.stderr, re.MULTILINE
    )


def test_http_redirects_to_https_and_keeps_method_and_query(site):
    answer = site.request("POST", "/v1/tasks?a=1", secure=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "https://localhost/v1/tasks?a=1")


def test_http_on_the_https_port_redirects_to_https(site):
    with site.connected(443) as plain:
        plain.sendall(b"GET /v1/tasks?a=1 HTTP/1.1\r\nHost: localhost:8443\r\nConnection: close\r\n\r\n")
        head = plain.makefile("rb").read().decode()
    assert head.startswith("HTTP/1.1 308 ")
    assert "\r\nLocation: https://localhost:8443/v1/tasks?a=1\r\n" in head


def test_http_1_0_client_without_a_host_header_is_served(site):
    with trusting(site).wrap_socket(site.connected(443), server_hostname=site.name) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nConnection: close" in head
    assert json.loads(body)["path"] == "/"
    with site.connected(80) as client:  # there is nothing to redirect to
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.makefile("rb").readline().startswith(b"HTTP/1.1 400 ")


def test_text_is_compressed_above_a_minimum_length(site):
    long = site.get("/" + "x" * 1500)
    assert (long.headers["content-encoding"], long.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert long.json()["path"] == "/" + "x" * 1500
    assert "content-encoding" not in site.get("/" + "x" * 1500, headers={"Accept-Encoding": "identity"}).headers
    assert "content-encoding" not in site.get("/").headers


def test_certificate_challenges_are_served_over_http(host, site):
    folder = f"{LAYOUT['acme']}/.well-known/acme-challenge"
    host.check_output(f"mkdir -p {folder} && echo -n answer > {folder}/token")
    assert site.get("/.well-known/acme-challenge/token", secure=False).text == "answer"


def test_proxy_headers_are_sent_once_in_responses_and_errors(site):
    for answer in (site.get("/"), site.request("POST", "/", content=b"x" * (1024 * 1024 + 1))):
        headers = answer.headers
        assert headers.get_list("strict-transport-security") == ["max-age=63072000"]
        assert headers.get_list("x-content-type-options") == ["nosniff"]
        assert len(headers.get_list("x-request-id")) == 1
        assert headers["server"] == "nginx"


def test_forwarding_headers_of_a_client_are_replaced(site):
    claims = {
        "X-Forwarded-For": "1.2.3.4",
        "X_Forwarded_For": "1.2.3.4",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "elsewhere",
        "X-Forwarded-Prefix": "/elsewhere",
        "Forwarded": "for=1.2.3.4",
        "Proxy": "evil",
    }
    found = site.get("/", headers=claims).json()["headers"]
    with site.connected(443) as own:
        assert found["X-Forwarded-For"] == own.getsockname()[0]
    assert found["X-Forwarded-Proto"] == "https"
    assert found["X-Forwarded-Host"] == "localhost"
    # No header, so that HTTP/1.1 keeps the connection for the next request.
    assert "Connection" not in found
    assert {"Forwarded", "Proxy", "X-Forwarded-Prefix", "X_Forwarded_For"} & set(found) == set()


def test_websockets_are_passed_on_and_other_upgrades_are_not(site):
    def found(wanted):
        headers = site.get("/", headers={"Upgrade": wanted, "Connection": "Upgrade"}).json()["headers"]
        return headers.get("Upgrade"), headers.get("Connection")

    assert found("websocket") == ("websocket", "upgrade")
    assert found("h2c") == (None, None)


def test_request_id_is_kept_if_well_formed(site):
    kept = site.get("/", headers={"X-Request-ID": "task-0123456789"})
    assert kept.headers["x-request-id"] == kept.json()["headers"]["X-Request-ID"] == "task-0123456789"
    made = site.get("/", headers={"X-Request-ID": 'x"} {"'})
    assert made.headers["x-request-id"] == made.json()["headers"]["X-Request-ID"] != 'x"} {"'
    assert len(made.headers["x-request-id"]) == 32


def test_body_that_is_too_large_is_refused(site):
    answer = site.request("POST", "/", content=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["error"]) == (413, "the request body is larger than 1m")
    assert site.request("POST", "/", content=b"x" * 1024 * 1024).json()["read"] == 1024 * 1024


def test_header_that_is_too_large_is_refused(site):
    assert site.get("/", headers={"X-Large": "x" * 20000}).status_code == 400
    assert site.get("/", headers={"Cookie": "a=" + "x" * 7000}).status_code == 200


def test_client_that_never_finishes_its_header_is_disconnected(site):
    with site.connected(80) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        began = time.monotonic()
        with contextlib.suppress(ConnectionResetError):  # a reset frees the memory of such a connection at once
            assert slow.recv(100) == b""
        assert time.monotonic() - began < 10


def test_one_address_cannot_take_all_connections(host, site):
    """A request whose body never arrives takes a connection, and no replica is asked."""
    slow = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    with contextlib.ExitStack() as opened:
        for _ in range(220):
            plain = opened.enter_context(site.connected(443))
            opened.enter_context(trusting(site).wrap_socket(plain, server_hostname=site.name)).sendall(slow)
        refused = site.get("/")
        message = "too many concurrent requests from this address"
        assert (refused.status_code, refused.json()["error"]) == (429, message)
        assert host.check_output("python3 -c %s", FROM_THE_HOST) == "200"
    assert site.get("/").status_code == 200
