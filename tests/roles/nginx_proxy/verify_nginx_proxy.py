"""The proxy as clients and replicas meet it, with small replicas behind it."""

import contextlib
import json
import os
import ssl
import subprocess
import time
from pathlib import Path

import pytest

from tests.policy.https import Site

SCENARIO = Path(os.environ["MOLECULE_SCENARIO_DIRECTORY"])
STATE = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "state"
HOST = os.environ["LONGSHORE_ROLE_TEST_HOST"]
SLOTS = 12
INTERNAL = "/var/lib/longshore/internal/proxy.sock"


@pytest.fixture(scope="module")
def site(host):
    address = host.check_output("hostname --all-ip-addresses").split()[0]
    return Site(address, STATE / "ca" / "ca.pem")


@pytest.fixture(scope="module", autouse=True)
def replicas(host):
    """planner a and b share the slots, solver has one replica, inner has none."""
    subprocess.run(["docker", "cp", "--quiet", SCENARIO / "replica.py", f"{HOST}:/root/replica.py"], check=True)
    for service, names in {"planner": ["a", "b"], "solver": ["s"]}.items():
        for name in names:
            start(host, service, name)
        for slot in range(1, SLOTS + 1):
            name = names[(slot - 1) % len(names)]
            link = f"/var/lib/longshore/live/{service}-{slot}.sock"
            host.check_output(f"ln -sfn ../sockets/{service}-{name}/app.sock {link}")


def start(host, service, name):
    folder = f"/var/lib/longshore/sockets/{service}-{name}"
    host.check_output(f"install -d -g www-data -m 2770 {folder} && rm -f {folder}/app.sock")
    host.check_output(
        f"systemd-run --quiet --unit=replica-{service}-{name} python3 /root/replica.py {folder}/app.sock {name}"
    )
    host.check_output(until(f"test -S {folder}/app.sock"))


def until(condition):
    """A command that waits for a condition of the shell, 20 seconds at most."""
    return f"timeout 20 sh -c 'until {condition}; do sleep 0.1; done'"


def internal(host, service, path="/", headers=()):
    """One request over the internal listener, as a replica makes it."""
    lines = [f"GET {path} HTTP/1.1", f"Host: {service}", "Connection: close", *headers, "", ""]
    script = (
        "import socket, sys; s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); "
        's.sendall(sys.argv[2].encode().decode("unicode_escape").encode()); print(s.makefile().read())'
    )
    answer = host.check_output("python3 -c %s %s %s", script, INTERNAL, "\\r\\n".join(lines))
    head, _, body = answer.partition("\n\n")
    return int(head.split()[1]), body


def test_listens_on_the_two_public_ports_and_no_other(host):
    ports = {line.split()[3].rpartition(":")[2] for line in host.check_output("ss -tlnH").splitlines()}
    assert {"80", "443"} <= ports
    assert ports - {"80", "443", "22"} == set()


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
    with context.wrap_socket(site.connected(443), server_hostname=site.name, session=session) as second:
        assert second.session_reused


def test_http2_is_negotiated(site):
    assert site.get("/", http2=True).http_version == "HTTP/2"


def test_plain_http_is_sent_to_https_with_method_and_query_kept(site):
    answer = site.request("POST", "/v1/tasks?a=1", secure=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "https://localhost/v1/tasks?a=1")


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


def test_each_service_is_at_its_place(site):
    assert site.get("/v1/tasks?a=%2F").json()["path"] == "/v1/tasks?a=%2F"
    solver = site.get("/agents/solver/v1/x").json()
    assert (solver["replica"], solver["path"]) == ("s", "/v1/x")
    assert solver["headers"]["X-Forwarded-Prefix"] == "/agents/solver"
    assert site.get("/agents/solver").headers["location"] == "/agents/solver/"


def test_both_replicas_of_a_service_answer(site):
    assert {site.get("/").json()["replica"] for _ in range(12)} == {"a", "b"}


def test_what_a_client_claims_about_itself_is_replaced(site):
    claims = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Proto": "http", "Forwarded": "for=1.2.3.4", "Proxy": "evil"}
    seen = site.get("/", headers=claims).json()["headers"]
    assert seen["X-Forwarded-For"] != "1.2.3.4"
    assert seen["X-Forwarded-Proto"] == "https"
    assert seen["X-Forwarded-Host"] == "localhost"
    assert seen["Connection"] == "close"
    assert {"Forwarded", "Proxy", "X-Forwarded-Prefix"} & set(seen) == set()


def test_a_request_id_is_kept_if_it_could_be_one(site):
    kept = site.get("/", headers={"X-Request-ID": "task-0123456789"})
    assert kept.headers["x-request-id"] == kept.json()["headers"]["X-Request-ID"] == "task-0123456789"
    made = site.get("/", headers={"X-Request-ID": 'x"} {"'})
    assert made.headers["x-request-id"] == made.json()["headers"]["X-Request-ID"] != 'x"} {"'
    assert len(made.headers["x-request-id"]) == 32


def test_requests_are_logged_as_json_with_their_id(host, site):
    wanted = site.get("/logged?q=%22").headers["x-request-id"]
    log = host.check_output(until(f"grep --no-messages {wanted} /var/log/nginx/longshore.access.log"))
    entry = json.loads(log)
    assert (entry["status"], entry["method"], entry["uri"]) == (200, "GET", "/logged?q=%22")
    assert entry["upstream"].startswith("unix:/var/lib/longshore/live/planner-")


def test_logs_are_rotated_by_debians_own_rule(host):
    assert "longshore.access.log" in host.run("logrotate --debug /etc/logrotate.d/nginx").stderr


def test_a_body_that_is_too_large_is_refused(site):
    answer = site.request("POST", "/", content=b"x" * (1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["error"]) == (413, "the request is larger than 1m")
    assert site.request("POST", "/", content=b"x" * 1024 * 1024).json()["read"] == 1024 * 1024


def test_a_header_that_is_too_large_is_refused(site):
    assert site.get("/", headers={"X-Large": "x" * 20000}).status_code == 400


def test_a_client_that_never_ends_its_header_is_cut_off(site):
    with site.connected(80) as slow:
        slow.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        began = time.monotonic()
        with contextlib.suppress(ConnectionResetError):  # a reset frees the memory of such a connection at once
            assert slow.recv(100) == b""
        assert time.monotonic() - began < 10


def test_a_dead_replica_is_not_noticed_by_clients_and_back_at_once(host, site):
    host.check_output("systemctl kill --signal=SIGKILL replica-planner-a.service")
    host.run("systemctl reset-failed replica-planner-a.service")
    answers = [site.request("POST", "/", content=b"x").json() for _ in range(24)]
    assert {answer["replica"] for answer in answers} == {"b"}
    start(host, "planner", "a")
    assert {site.get("/").json()["replica"] for _ in range(12)} == {"a", "b"}


def test_a_service_that_is_down_is_said_as_json(site, host):
    host.check_output("systemctl kill --signal=SIGKILL replica-solver-s.service")
    host.run("systemctl reset-failed replica-solver-s.service")
    answer = site.get("/agents/solver/")
    assert answer.status_code == 502
    assert answer.json() == {
        "error": "no replica answered",
        "status": 502,
        "request_id": answer.headers["x-request-id"],
    }
    start(host, "solver", "s")
    assert site.get("/agents/solver/").status_code == 200


def test_services_reach_each_other_by_name_inside_and_not_outside(host, site):
    status, body = internal(host, "solver", "/v1/x", ["X-Request-ID: task-0123456789"])
    seen = json.loads(body)
    assert (status, seen["replica"], seen["path"]) == (200, "s", "/v1/x")
    assert seen["headers"]["X-Request-ID"] == "task-0123456789"
    assert internal(host, "inner")[0] == 502
    assert internal(host, "nobody")[0] == 404
    assert site.get("/", headers={"Host": "solver"}).json()["replica"] in {"a", "b"}


def test_folders_and_sockets_are_open_to_whom_they_should(host):
    for path, owner in {
        "/var/lib/longshore": ("root", "www-data", 0o751),
        "/var/lib/longshore/live": ("root", "www-data", 0o751),
        "/var/lib/longshore/internal": ("root", "root", 0o755),
        INTERNAL: ("root", "root", 0o666),
    }.items():
        file = host.file(path)
        assert (file.user, file.group, file.mode) == owner, path


def test_debians_files_are_untouched_and_its_example_is_gone(host):
    # An image may leave out manuals.
    different = host.run("dpkg --verify nginx nginx-common").stdout.splitlines()
    assert [line for line in different if "/usr/share/doc/" not in line and "/usr/share/man/" not in line] == []
    assert not host.file("/etc/nginx/sites-enabled/default").exists


def test_a_broken_snippet_is_named_and_never_reaches_the_disk(host, site):
    before = host.file("/etc/nginx/conf.d/longshore.conf").sha256sum
    done = subprocess.run(
        [
            "ansible-playbook",
            f"--inventory={SCENARIO.parent}/shared/inventory.yml",
            "--extra-vars=" + json.dumps({"nginx_proxy_snippet": "no_such_directive on;"}),
            SCENARIO / "converge.yml",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    shown = (done.stdout + done.stderr).replace('\\"', '"')
    assert "nginx_proxy: nginx refuses the new configuration; the one before it serves on" in shown
    assert 'seen: unknown directive "no_such_directive" in /etc/nginx/conf.d/longshore.conf:' in shown
    assert "mend: correct nginx_proxy_snippet, or the file that is named if it is your own" in shown
    assert host.file("/etc/nginx/conf.d/longshore.conf").sha256sum == before
    assert site.get("/").status_code == 200
    host.check_output("nginx -t -q")


def test_a_killed_nginx_comes_back_with_its_internal_listener(host, site):
    before = host.check_output("cat /run/nginx.pid")
    host.check_output(f"kill -9 {before}")
    host.check_output(until(f'test "$(cat /run/nginx.pid)" != {before} && systemctl --quiet is-active nginx'))
    assert site.get("/").status_code == 200
    assert internal(host, "solver")[0] == 200
