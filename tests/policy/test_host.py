"""Is the host closed but for its doors, and is nothing of ours running between releases?"""

import pytest

DOORS = {"22", "80", "443"}


def outward(host, kind: str) -> set[str]:
    """Ports that something listens on at another address than loopback."""
    sockets = [
        line.split()[3] for line in host.check_output(f"ss --listening --numeric --no-header --{kind}").splitlines()
    ]
    return {
        address.rpartition(":")[2]
        for address in sockets
        if not address.startswith("127.") and not address.startswith("[::1]") and "%lo:" not in address
    }


def test_only_ssh_http_and_https_listen(host):
    assert outward(host, "tcp") == DOORS


def test_nothing_but_the_address_lease_listens_for_datagrams(host):
    assert outward(host, "udp") <= {"68", "546"}


@pytest.mark.parametrize(
    ("path", "owner", "group", "mode"),
    [
        ("/etc/longshore", "root", "root", 0o755),
        ("/etc/longshore/engine.json", "root", "root", 0o644),
        ("/etc/longshore/tls/fullchain.pem", "root", "root", 0o600),
        ("/etc/longshore/tls/privkey.pem", "root", "root", 0o600),
        ("/etc/docker/daemon.json", "root", "root", 0o644),
        ("/usr/local/bin/longshore", "root", "root", 0o755),
        ("/var/lib/longshore", "root", "www-data", 0o751),
        ("/var/lib/longshore/internal", "root", "root", 0o755),
        ("/var/lib/longshore/internal/proxy.sock", "root", "root", 0o666),
        ("/run/docker.sock", "root", "docker", 0o660),
    ],
)
def test_file_has_its_owner_and_mode(host, path, owner, group, mode):
    file = host.file(path)
    assert (file.user, file.group, oct(file.mode)) == (owner, group, oct(mode))


def test_conversations_are_the_applications_alone(host):
    folder = host.file("/var/lib/longshore/data")
    assert (folder.uid, folder.gid, oct(folder.mode)) == (10001, 10001, oct(0o700))


def test_secrets_are_readable_only_by_their_owners(host):
    readable = host.run(
        "sudo -u nobody find /etc/longshore /var/lib/longshore /root /home -type f -readable 2>/dev/null"
    ).stdout.split()
    # Reading settings and the installed command is harmless; login files of a home are the distribution's.
    assert [path for path in readable if path != "/etc/longshore/engine.json" and not path.startswith("/home/")] == []
    assert host.run("sudo -u nobody cat /etc/longshore/tls/privkey.pem").rc != 0
    assert host.run("sudo -u nobody docker ps").rc != 0


def test_engine_directories_are_writable_only_by_root(host):
    assert host.check_output("find /etc/longshore /var/lib/longshore -xdev -perm -o=w ! -type l ! -type s") == ""


def test_only_nginx_and_the_replica_reach_its_socket(host, replicas):
    sockets = host.check_output("find /var/lib/longshore/sockets -type s").split()
    assert len(sockets) >= len(replicas)
    for path in sockets:
        file = host.file(path)
        assert (file.uid, file.group, oct(file.mode)) == (10001, "www-data", oct(0o770)), path


def test_docker_group_is_empty(host):
    assert host.check_output("getent group docker").endswith(":")


def test_no_longshore_process_runs_between_releases(host):
    # A replica is the application's; the engine and what starts it are ours.
    processes = host.check_output("ps -e -o pid,cgroup,args --no-headers").splitlines()
    ours = [line for line in processes if "longshore" in line.split(None, 2)[2] and "docker" not in line.split()[1]]
    ours = [line for line in ours if "containerd-shim" not in line and "ps -e" not in line]
    assert ours == []
    assert host.check_output("systemctl list-units 'longshore*' --state=active --no-legend --plain") == ""


def test_engine_and_proxy_are_as_they_were_configured(host):
    assert host.check_output("docker info --format '{{.LiveRestoreEnabled}} {{.LoggingDriver}}'") == "true json-file"
    assert host.check_output("nginx -t -q 2>&1") == ""
    assert host.check_output("systemctl show nginx --property=Restart --value") == "on-failure"


def test_security_upgrades_are_on_and_leave_docker_alone(host):
    settings = host.check_output("apt-config dump Unattended-Upgrade APT::Periodic")
    assert r'Unattended-Upgrade::Package-Blacklist:: "^docker\.io$";' in host.check_output("apt-config dump")
    assert 'APT::Periodic::Unattended-Upgrade "1";' in host.check_output("apt-config dump") + settings
    assert host.service("apt-daily-upgrade.timer").is_running


def test_no_unit_failed(host):
    assert host.check_output("systemctl --failed --no-legend --plain") == ""
