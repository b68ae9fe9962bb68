"""nginx on its host: ports, files, logs, and a service that restarts."""

import json

import pytest

from sandbox.waiting import wait_until
from tests.roles.nginx_proxy.hosts import LAYOUT, converge, internal
from tests.roles.running import name, shown, until


def test_listens_on_the_two_public_ports_only(host):
    ports = {line.split()[3].rpartition(":")[2] for line in host.check_output("ss -tlnH").splitlines()}
    assert {"80", "443"} <= ports
    assert ports - {"80", "443", "22"} == set()


def test_requests_are_logged_as_json_with_their_id(host, site):
    wanted = site.get("/logged?q=%22").headers["x-request-id"]
    log = host.check_output(until(f"grep --no-messages {wanted} /var/log/nginx/longshore.access.log"))
    entry = json.loads(log)
    assert (entry["status"], entry["method"], entry["uri"]) == (200, "GET", "/logged?q=%22")
    assert entry["upstream"].startswith(f"unix:{LAYOUT['live']}/planner-")


def test_logs_are_rotated_by_debians_own_rule(host):
    assert "longshore.access.log" in host.run("logrotate --debug /etc/logrotate.d/nginx").stderr


def test_owners_and_modes_of_directories_and_socket(host):
    for path, owner in {
        LAYOUT["root"]: ("root", LAYOUT["proxy_user"], 0o751),
        LAYOUT["live"]: ("root", LAYOUT["proxy_user"], 0o751),
        LAYOUT["internal"]: ("root", "root", 0o755),
        LAYOUT["proxy_socket"]: ("root", "root", 0o666),
    }.items():
        file = host.file(path)
        assert (file.user, file.group, file.mode) == owner, path


def test_debians_files_are_unchanged_and_its_example_site_is_disabled(host):
    # An image may leave out manuals.
    different = host.run("dpkg --verify nginx nginx-common").stdout.splitlines()
    assert [line for line in different if "/usr/share/doc/" not in line and "/usr/share/man/" not in line] == []
    assert not host.file("/etc/nginx/sites-enabled/default").exists


@pytest.mark.parametrize("check", [["--check"], []])
def test_invalid_snippet_is_reported_and_never_written(host, site, check):
    before = host.file("/etc/nginx/conf.d/longshore.conf").sha256sum
    done = converge(host, *check, nginx_proxy_snippet="no_such_directive on;")
    assert done.returncode == 2
    assert "nginx_proxy: nginx rejects the new configuration; the previous one stays in use" in shown(done)
    assert 'found: unknown directive "no_such_directive" in /etc/nginx/conf.d/longshore.conf:' in shown(done)
    assert "fix: correct nginx_proxy_snippet, or the file named above if it is your own" in shown(done)
    assert host.file("/etc/nginx/conf.d/longshore.conf").sha256sum == before
    assert site.get("/").status_code == 200
    host.check_output("nginx -t -q")
    assert host.run("ls /tmp/tmp.*").rc != 0  # the file that nginx validated in check mode


def test_port_in_use_by_another_program(host, site):
    host.check_output("systemctl stop nginx")
    try:
        host.check_output("systemd-run --quiet --unit=other python3 -m http.server 80")
        host.check_output(until('ss -tlnH "sport = :80" | grep --quiet LISTEN'))
        done = converge(host)
    finally:
        host.check_output("systemctl stop other; systemctl start nginx")
    assert done.returncode == 2
    assert (
        "nginx_proxy: another program uses a port that nginx needs\n"
        f"  found: python3 on 0.0.0.0:80 on {name(host)}\n"
        "  fix: stop and disable it (systemctl disable --now), or have it listen on another port"
    ) in shown(done)
    assert "changed=0" in done.stdout
    assert site.get("/").status_code == 200


def test_systemd_reads_the_unit_after_an_interrupted_run(host):
    needs_reading = "systemctl show nginx.service --property=NeedDaemonReload --value"
    host.check_output("touch /etc/systemd/system/nginx.service.d/longshore.conf")
    assert host.check_output(needs_reading) == "yes"
    done = converge(host, "--start-at-task=Start nginx")
    assert done.returncode == 0, shown(done)
    assert host.check_output(needs_reading) == "no"


def test_killed_nginx_restarts_with_its_internal_listener(host, site):
    before = host.check_output("cat /run/nginx.pid")
    host.check_output(f"kill -9 {before}")
    host.check_output(until(f'test "$(cat /run/nginx.pid)" != {before} && systemctl --quiet is-active nginx'))
    assert site.get("/").status_code == 200
    assert internal(host, "solver")[0] == 200


def test_new_settings_are_active_even_if_a_later_role_fails(host, site):
    """The settings trust a proxy in front. The next run would find nothing changed and never reload nginx."""

    def client():
        return site.get("/", headers={"X-Real-IP": "192.0.2.7"}).json()["headers"]["X-Forwarded-For"]

    assert client() != "192.0.2.7"
    snippet = "set_real_ip_from 0.0.0.0/0;\nreal_ip_header X-Real-IP;"
    done = converge(host, later_role_fails=True, nginx_proxy_snippet=snippet)
    assert done.returncode == 2
    assert "a later role failed" in done.stdout + done.stderr
    # nginx takes a moment to reload.
    wait_until(lambda: client() == "192.0.2.7", seconds=20, what="nginx to use the new settings")
