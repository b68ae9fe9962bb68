"""How requests reach the replicas, and what happens when one does not answer."""

import contextlib
import http.client
import json
import statistics
import time

import pytest

from tests.roles.nginx_proxy.hosts import LAYOUT, internal, kill, start, trusting
from tests.roles.running import until

CLOSED = until("! ss --unix --no-header state connected | grep --quiet /sockets/")


def closed(host, path):
    """Median times of the connections whose last request was for this path, once all are closed."""
    host.check_output(CLOSED)
    lasted = [json.loads(line) for line in host.file("/root/connections").content_string.splitlines()]
    lasted = [connection for connection in lasted if connection["path"] == path]
    return {key: statistics.median(connection[key] for connection in lasted) for key in ("seconds", "idle")}


def test_each_service_is_served_at_its_path(site):
    assert site.get("/v1/tasks?a=%2F").json()["path"] == "/v1/tasks?a=%2F"
    solver = site.get("/agents/solver/v1/x").json()
    assert (solver["replica"], solver["path"]) == ("s", "/v1/x")
    assert solver["headers"]["X-Forwarded-Prefix"] == "/agents/solver"
    assert site.get("/agents/solver").headers["location"] == "/agents/solver/"


@pytest.mark.parametrize(
    "path", ["/v0.3/agents/solver", "/v0.3/agents/solver/", "/v0.3/agents/solver/v1/message:send?a=%2F"]
)
def test_service_gets_requests_for_its_own_paths_unchanged(site, path):
    answer = site.request("POST", path, content=b"{}")
    assert (answer.status_code, answer.json()["replica"], answer.json()["path"]) == (200, "s", path)
    assert "X-Forwarded-Prefix" not in answer.json()["headers"]


def test_path_that_only_starts_like_a_services_path_is_not_its_own(site):
    assert site.get("/v0.3/agents/solvers").json()["replica"] in {"a", "b"}


@pytest.mark.parametrize(
    "path",
    ["/metrics", "/metrics/", "//metrics", "/./metrics", "/%6detrics", "/metrics?a=1", "/agents/solver/metrics",
     "/agents/solver//metrics", "/v0.3/agents/solver/metrics", "/v0.3/../metrics", "/metrics/x", "/metrics%2f",
     "/metrics#a", "/a/%2e%2e/metrics", "/agents/solver/%2e%2e/%2e%2e/metrics", "https://localhost/metrics"],
)  # fmt: skip
def test_metrics_are_not_public(host, site, path):
    lines = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"  # sent raw: clients normalize paths
    with trusting(site).wrap_socket(site.connected(443), server_hostname=site.name) as client:
        client.sendall(lines.encode())
        answer = client.makefile("rb").read().decode()
    assert answer.splitlines()[0] == "HTTP/1.1 404 Not Found"
    assert '"no service has this path"' in answer
    assert internal(host, "planner", "/metrics")[0] == 200


def test_services_reach_each_other_by_name_through_the_internal_listener_only(host, site):
    status, body = internal(host, "solver", "/v1/x", ["X-Request-ID: task-0123456789"])
    found = json.loads(body)
    assert (status, found["replica"], found["path"]) == (200, "s", "/v1/x")
    assert found["headers"]["X-Request-ID"] == "task-0123456789"
    assert internal(host, "inner")[0] == 502
    assert internal(host, "nobody")[0] == 404
    assert site.get("/", headers={"Host": "solver"}).json()["replica"] in {"a", "b"}


def test_both_replicas_of_a_service_get_requests(site):
    assert {site.get("/").json()["replica"] for _ in range(12)} == {"a", "b"}


@pytest.fixture
def one_worker(host):
    """nginx with a single worker: with several, one might get all connections by chance."""
    settings = "/etc/nginx/nginx.conf"
    host.check_output(f"cp --preserve {settings} /root/")
    host.check_output(f"sed --in-place 's/^worker_processes .*/worker_processes 1;/' {settings}")
    host.check_output("systemctl reload nginx")
    host.check_output(until('test $(ps -e -o args | grep --count "^nginx: worker process$") = 1'))
    yield
    host.check_output(f"cp --preserve /root/nginx.conf {settings} && systemctl reload nginx")


@pytest.mark.usefixtures("one_worker")
def test_two_hundred_streams_leave_room_for_more(host, site):
    """Each takes two of a worker's 768 connections."""
    with contextlib.ExitStack() as open_streams:
        clients = []
        for _ in range(200):
            plain = open_streams.enter_context(site.connected(443))
            client = open_streams.enter_context(trusting(site).wrap_socket(plain, server_hostname=site.name))
            client.settimeout(20)
            client.sendall(b"GET /stream HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: gzip\r\n\r\n")
            clients.append(client)
        heads = [client.recv(4096) for client in clients]
        assert all(b"text/event-stream" in head and b"Content-Encoding" not in head for head in heads)
        began = time.monotonic()
        for _ in range(20):
            assert site.get("/").status_code == 200
        assert time.monotonic() - began < 10
        assert all(b"id: " in client.recv(4096) for client in clients), "an event is sent as soon as it is written"
    assert "worker_connections are not enough" not in host.file("/var/log/nginx/error.log").content_string


def test_clients_do_not_notice_a_dead_replica_and_a_restarted_one_is_used_at_once(host, site):
    kill(host, "planner", "a")
    answers = [site.request("POST", "/", content=b"x").json() for _ in range(24)]
    assert {answer["replica"] for answer in answers} == {"b"}
    start(host, "planner", "a")
    assert {site.get("/").json()["replica"] for _ in range(12)} == {"a", "b"}


def test_unavailable_service_is_reported_as_json(site, host):
    kill(host, "solver", "s")
    answer = site.get("/agents/solver/")
    assert answer.status_code == 502
    assert answer.json() == {
        "error": "no replica answered",
        "status": 502,
        "request_id": answer.headers["x-request-id"],
    }
    start(host, "solver", "s")
    assert site.get("/agents/solver/").status_code == 200


def test_request_to_a_slow_replica_times_out_and_is_not_repeated(host, site):
    host.check_output("rm -f /root/asked")
    answer = site.get("/slow")
    assert (answer.status_code, answer.json()["error"]) == (504, "no replica answered in time")
    assert host.file("/root/asked").content_string == "/slow\n"


def test_unsafe_request_is_not_repeated_when_its_replica_dies(host, site):
    host.check_output("rm -f /root/asked")
    assert site.request("POST", "/dies", content=b"x").status_code == 502
    assert host.file("/root/asked").content_string == "/dies\n"
    assert site.get("/dies").status_code == 502
    assert host.file("/root/asked").content_string == "/dies\n" * (1 + LAYOUT["slots"])


def test_idle_connection_to_a_replica_is_reused_and_closed_within_a_second(host, site):
    """A release waits for it, and meanwhile the old replica gets requests over it."""
    host.check_output("rm -f /root/connections")
    for _ in range(5):
        assert site.get("/kept").status_code == 200
        host.check_output(CLOSED)
    lasted = closed(host, "/kept")
    assert lasted["idle"] > 0.2, "closed at once, so that none is reused"
    assert lasted["idle"] < 1.5


def test_busy_connection_to_a_replica_is_closed_as_soon(host, site):
    host.check_output("rm -f /root/connections")
    client = http.client.HTTPConnection(site.name)
    with trusting(site).wrap_socket(site.connected(443), server_hostname=site.name) as client.sock:
        for _ in range(300):  # each slot is asked about ten times a second, for three seconds
            client.request("GET", "/agents/solver/busy")
            assert client.getresponse().read()
            time.sleep(0.01)
    assert closed(host, "/busy")["seconds"] < 2
