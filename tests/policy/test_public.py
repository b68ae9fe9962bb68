"""Is what a client meets over the network as the policy says?"""

import ssl

import pytest

STRONG = ("AES128-GCM", "AES_128_GCM", "AES256-GCM", "AES_256_GCM", "CHACHA20")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(site, version):
    assert site.agreed_tls(version) is None


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_present_tls_is_agreed_on_with_authenticated_encryption(site, version):
    assert any(name in (site.agreed_tls(version) or "") for name in STRONG)


def test_http2_is_negotiated(site):
    assert site.get("/healthz", http2=True).http_version == "HTTP/2"


def test_certificate_is_trusted_by_the_environments_authority_alone(site):
    with site.connected(443) as plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname=site.name)
    assert site.get("/healthz").status_code == 200


def test_plain_http_is_sent_to_https(site):
    answer = site.get("/v1/tasks?a=1", secure=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "https://localhost/v1/tasks?a=1")


@pytest.mark.parametrize("path", ["/healthz", "/there-is-no-such-page"])
def test_headers_of_the_proxy_are_sent_once(site, path):
    headers = site.get(path).headers
    assert headers.get_list("strict-transport-security") == ["max-age=63072000"]
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert len(headers.get_list("x-request-id")) == 1


@pytest.mark.parametrize("path", ["/healthz", "/there-is-no-such-page"])
def test_software_versions_are_not_disclosed(site, path):
    headers = site.get(path).headers
    assert headers["server"] == "nginx"
    assert "x-powered-by" not in headers


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "//metrics", "/agents/solver/metrics"])
def test_metrics_are_not_public(site, path):
    assert site.get(path).status_code == 404


@pytest.mark.parametrize("agent", ["planner", "solver"])
@pytest.mark.parametrize("place", ["/agents", "/v0.3/agents"])
def test_both_agents_show_their_cards(site, place, agent):
    answer = site.get(f"{place}/{agent}/.well-known/agent-card.json")
    assert answer.status_code == 200
    assert agent in answer.json()["name"].lower()


def test_client_cannot_choose_a_service_by_host_name(site):
    answer = site.get("/healthz", headers={"Host": "solver"})
    version = site.get("/version", headers={"Host": "solver"})
    assert answer.status_code == 200
    assert version.json()["service"] != "solver"


def test_oversized_header_is_refused(site):
    assert site.get("/", headers={"X-Large": "x" * 20000}).status_code == 400
