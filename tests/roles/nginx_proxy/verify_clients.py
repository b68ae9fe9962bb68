"""What clients meet: TLS, headers, limits."""

import contextlib
import json
import ssl
import time

import pytest

from tests.roles.nginx_proxy.hosts import trusting

# A client of another address.
FROM_THE_HOST = """
import ssl, urllib.request
trusting = ssl._create_unverified_context()
print(urllib.request.urlopen("https://127.0.0.1/", context=trusting).status)
"""


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(site, version):
    assert site.agreed_tls(version) is None


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_present_tls_is_agreed_on_with_authenticated_encryption(site, version):
    cipher = site.agreed_tls(version)
    assert cipher is not None
    assert "GCM" in cipher or "CHACHA20" in cipher


def test_sessions_are_cached_without_tickets(site):
    context = ssl.create_default_context(cafile=str(site.authority))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with context.wrap_socket(site.connected(443), server_hostname=site.name) as first:
        assert first.session.has_ticket is False
        session = first.session
        # It is cached a moment after the server's last word of the handshake, and whoever is answered knows that it is.
        first.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
        assert first.recv(1) == b"H"
    with context.wrap_socket(site.connected(443), server_hostname=site.name, session=session) as second:
        assert second.session_reused


def test_http2_is_negotiated(site):
    assert site.get("/", http2=True).http_version == "HTTP/2"


def test_plain_http_is_sent_to_https_with_method_and_query_kept(site):
    answer = site.request("POST", "/v1/tasks?a=1", secure=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "https://localhost/v1/tasks?a=1")


def test_plain_http_on_the_port_of_https_is_sent_to_https(site):
    with site.connected(443) as plain:
        plain.sendall(b"GET /v1/tasks?a=1 HTTP/1.1\r\nHost: localhost:8443\r\nConnection: close\r\n\r\n")
        head = plain.makefile("rb").read().decode()
    assert head.startswith("HTTP/1.1 308 ")
    assert "\r\nLocation: https://localhost:8443/v1/tasks?a=1\r\n" in head


def test_a_client_of_http_1_0_that_names_no_host_is_served(site):
    with trusting(site).wrap_socket(site.connected(443), server_hostname=site.name) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        head, _, body = client.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nConnection: close" in head
    assert json.loads(body)["path"] == "/"
    with site.connected(80) as client:  # nowhere to be sent to
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.makefile("rb").readline().startswith(b"HTTP/1.1 400 ")


def test_text_is_compressed_when_it_is_worth_it(site):
    long = site.get("/" + "x" * 1500)
    assert (long.headers["content-encoding"], long.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert long.json()["path"] == "/" + "x" * 1500
    assert "content-encoding" not in site.get("/" + "x" * 1500, headers={"Accept-Encoding": "identity"}).headers
    assert "content-encoding" not in site.get("/").headers


def test_plain_http_leaves_room_for_certificate_challenges(host, site):
    folder = "/var/lib/longshore/acme/.well-known/acme-challenge"
    host.check_output(f"mkdir -p {folder} && echo -n answer > {folder}/token")
    assert site.get("/.well-known/acme-challenge/token", secure=False).text == "answer"


def test_headers_of_the_proxy_are_sent_once_on_answers_and_errors(site):
    for answer in (site.get("/"), site.request("POST", "/", content=b"x" * (1024 * 1024 + 1))):
        headers = answer.headers
        assert headers.get_list("strict-transport-security") == ["max-age=63072000"]
        assert headers.get_list("x-content-type-options") == ["nosniff"]
        assert len(headers.get_list("x-request-id")) == 1
        assert headers["server"] == "nginx"


def test_what_a_client_claims_about_itself_is_replaced(site):
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
    # Nothing, so that HTTP/1.1 keeps the connection for the next request.
    assert "Connection" not in found
    assert {"Forwarded", "Proxy", "X-Forwarded-Prefix", "X_Forwarded_For"} & set(found) == set()


def test_a_websocket_is_passed_on_and_no_other_upgrade_is(site):
    def found(wanted):
        headers = site.get("/", headers={"Upgrade": wanted, "Connection": "Upgrade"}).json()["headers"]
        return headers.get("Upgrade"), headers.get("Connection")

    assert found("websocket") == ("websocket", "upgrade")
    assert found("h2c") == (None, None)


def test_a_request_id_is_kept_if_it_could_be_one(site):
    kept = site.get("/", headers={"X-Request-ID": "task-0123456789"})
    assert kept.headers["x-request-id"] == kept.json()["headers"]["X-Request-ID"] == "task-0123456789"
    made = site.get("/", headers={"X-Request-ID": 'x"} {"'})
    assert made.headers["x-request-id"] == made.json()["headers"]["X-Request-ID"] != 'x"} {"'
    assert len(made.headers["x-request-id"]) == 32


def test_a_body_that_is_too_large_is_refused(site):
    answer = site.request("POST", "/", content=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["error"]) == (413, "the request is larger than 1m")
    assert site.request("POST", "/", content=b"x" * 1024 * 1024).json()["read"] == 1024 * 1024


def test_a_header_that_is_too_large_is_refused(site):
    assert site.get("/", headers={"X-Large": "x" * 20000}).status_code == 400
    assert site.get("/", headers={"Cookie": "a=" + "x" * 7000}).status_code == 200


def test_a_client_that_never_ends_its_header_is_cut_off(site):
    with site.connected(80) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        began = time.monotonic()
        with contextlib.suppress(ConnectionResetError):  # a reset frees the memory of such a connection at once
            assert slow.recv(100) == b""
        assert time.monotonic() - began < 10


def test_no_address_takes_all_connections_for_itself(host, site):
    """Bodies that never come take a connection each, and no replica hears of them."""
    slow = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
    with contextlib.ExitStack() as opened:
        for _ in range(220):
            plain = opened.enter_context(site.connected(443))
            opened.enter_context(trusting(site).wrap_socket(plain, server_hostname=site.name)).sendall(slow)
        refused = site.get("/")
        message = "too many requests of this address are under way"
        assert (refused.status_code, refused.json()["error"]) == (429, message)
        assert host.check_output("python3 -c %s", FROM_THE_HOST) == "200"
    assert site.get("/").status_code == 200
