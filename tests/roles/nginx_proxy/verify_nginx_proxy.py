"""nginx on its host: ports, files, logs, and a service that stays."""

import json

import pytest

from sandbox.waiting import wait_until
from tests.roles.nginx_proxy.hosts import INTERNAL, converge, internal, until


def test_listens_on_the_two_public_ports_and_no_other(host):
    ports = {line.split()[3].rpartition(":")[2] for line in host.check_output("ss -tlnH").splitlines()}
    assert {"80", "443"} <= ports
    assert ports - {"80", "443", "22"} == set()


def test_requests_are_logged_as_json_with_their_id(host, site):
    wanted = site.get("/logged?q=%22").headers["x-request-id"]
    log = host.check_output(until(f"grep --no-messages {wanted} /var/log/nginx/longshore.access.log"))
    entry = json.loads(log)
    assert (entry["status"], entry["method"], entry["uri"]) == (200, "GET", "/logged?q=%22")
    assert entry["upstream"].startswith("unix:/var/lib/longshore/live/planner-")


def test_logs_are_rotated_by_debians_own_rule(host):
    assert "longshore.access.log" in host.run("logrotate --debug /etc/logrotate.d/nginx").stderr


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


@pytest.mark.parametrize("check", [["--check"], []])
def test_a_broken_snippet_is_named_and_never_reaches_the_disk(host, site, check):
    before = host.file("/etc/nginx/conf.d/longshore.conf").sha256sum
    done = converge("--extra-vars=" + json.dumps({"nginx_proxy_snippet": "no_such_directive on;"}), *check)
    assert done.returncode == 2
    shown = (done.stdout + done.stderr).replace('\\"', '"')
    assert "nginx_proxy: nginx refuses the new configuration; the one before it serves on" in shown
    assert 'found: unknown directive "no_such_directive" in /etc/nginx/conf.d/longshore.conf:' in shown
    assert "fix: correct nginx_proxy_snippet, or the file that is named if it is your own" in shown
    assert host.file("/etc/nginx/conf.d/longshore.conf").sha256sum == before
    assert site.get("/").status_code == 200
    host.check_output("nginx -t -q")
    assert host.run("ls /tmp/tmp.*").rc != 0  # what nginx judged in check mode


def test_a_port_that_another_program_has(host, site):
    host.check_output("systemctl stop nginx")
    try:
        host.check_output("systemd-run --quiet --unit=other python3 -m http.server 80")
        host.check_output(until('ss -tlnH "sport = :80" | grep --quiet LISTEN'))
        done = converge()
    finally:
        host.check_output("systemctl stop other; systemctl start nginx")
    assert done.returncode == 2
    shown = (done.stdout + done.stderr).replace("\\n", "\n")
    assert (
        "nginx_proxy: another program has the port that nginx is to serve at\n"
        "  found: python3 at 0.0.0.0:80 on web-1\n"
        "  fix: stop it and keep it from starting (systemctl disable --now), or have it listen at another port"
    ) in shown
    assert "changed=0" in shown
    assert site.get("/").status_code == 200


def test_systemd_reads_the_unit_also_when_the_run_that_wrote_it_ended_halfway(host):
    needs_reading = "systemctl show nginx.service --property=NeedDaemonReload --value"
    host.check_output("touch /etc/systemd/system/nginx.service.d/longshore.conf")
    assert host.check_output(needs_reading) == "yes"
    done = converge("--start-at-task=Run nginx")
    assert done.returncode == 0, done.stdout + done.stderr
    assert host.check_output(needs_reading) == "no"


def test_a_killed_nginx_comes_back_with_its_internal_listener(host, site):
    before = host.check_output("cat /run/nginx.pid")
    host.check_output(f"kill -9 {before}")
    host.check_output(until(f'test "$(cat /run/nginx.pid)" != {before} && systemctl --quiet is-active nginx'))
    assert site.get("/").status_code == 200
    assert internal(host, "solver")[0] == 200


def test_new_settings_are_in_force_also_when_a_later_role_fails(site):
    """Another proxy in front, trusted by a snippet; the next run would find nothing changed, and never reload."""

    def client():
        return site.get("/", headers={"X-Real-IP": "192.0.2.7"}).json()["headers"]["X-Forwarded-For"]

    assert client() != "192.0.2.7"
    snippet = "set_real_ip_from 0.0.0.0/0;\nreal_ip_header X-Real-IP;"
    done = converge("--extra-vars=" + json.dumps({"later_role_fails": True, "nginx_proxy_snippet": snippet}))
    assert done.returncode == 2
    assert "a later role failed" in done.stdout + done.stderr
    # nginx is told to read its configuration, and takes a moment.
    wait_until(lambda: client() == "192.0.2.7", seconds=20, what="nginx to serve with the new settings")
