"""What every host has, and the error about a swap file, which a container cannot have."""

import json
from pathlib import Path

import pytest

from tests.roles.running import ansible, name, shown
from tests.roles.scenario import runs_in

SCENARIO = Path(__file__).parent
SWAP = ["/var/swapfile", "/var/swapfile.new", "/etc/systemd/system/var-swapfile.swap"]


@pytest.mark.parametrize("package", ["ca-certificates", "systemd-timesyncd", "unattended-upgrades"])
def test_package_is_installed(host, package):
    assert host.package(package).is_installed


def test_time_synchronization_is_enabled_and_skipped_in_a_container(host):
    assert host.service("systemd-timesyncd").is_enabled
    shown = host.check_output("systemctl show systemd-timesyncd -p ConditionResult -p Result")
    assert "Result=success" in shown
    assert "ConditionResult=no" in shown


def test_security_upgrades_happen_daily(host):
    assert host.service("apt-daily-upgrade.timer").is_enabled
    settings = host.check_output("apt-config dump")
    assert 'APT::Periodic::Unattended-Upgrade "1";' in settings
    assert 'APT::Periodic::Update-Package-Lists "1";' in settings


def test_security_upgrades_exclude_docker_and_never_reboot(host):
    # As unattended-upgrades reads the settings, not the text of our file.
    verdict = host.check_output(
        "python3 -c '"
        "import apt_pkg, re; apt_pkg.init(); "
        'patterns = apt_pkg.config.value_list("Unattended-Upgrade::Package-Blacklist"); '
        'names = ["docker.io", "docker-ce", "docker-ce-cli", "containerd", "containerd.io", "runc", "openssl"]; '
        "print([n for n in names if any(re.match(p, n) for p in patterns)], "
        'apt_pkg.config.find_b("Unattended-Upgrade::Automatic-Reboot"))'
        "'"
    )
    assert verdict == "['docker.io', 'docker-ce', 'docker-ce-cli', 'containerd', 'containerd.io', 'runc'] False"


def test_size_of_the_journal_is_limited(host):
    settings = host.check_output("systemd-analyze cat-config systemd/journald.conf")
    assert "SystemMaxUse=256M" in settings
    assert host.service("systemd-journald").is_running


def test_there_is_no_swap_file(host):
    assert not host.file("/var/swapfile").exists


def test_no_unit_failed(host):
    assert host.check_output("systemctl --failed --no-legend --plain") == ""


def converge(host, *arguments):
    """The role once more, with a swap file."""
    return ansible(host, SCENARIO / "converge.yml", *arguments, baseline_swap_mb=16)


def test_check_announces_the_swap_file_and_creates_none(host):
    done = converge(host, "--check")
    assert done.returncode == 0, shown(done)
    (announced,) = runs_in(f"INFO     [baseline > check] Executing\n{done.stdout}")
    role = "longshore.app.baseline"
    tasks = ("Create the swap file", "Install the swap file's unit", "Turn on the swap file")
    assert announced.changed == {(name(host), f"{role} : {task}") for task in tasks}
    assert not any(host.file(path).exists for path in SWAP)


@pytest.fixture
def afterwards(host):
    yield
    host.check_output("systemctl reset-failed")


@pytest.mark.usefixtures("afterwards")
def test_swap_file_in_a_container_is_refused_by_every_run(host):
    for _ in range(2):
        done = converge(host)
        assert done.returncode == 2, done.stdout
        assert "baseline: the swap file cannot be created\n  found: 16 MiB in /var/swapfile; " in shown(done)
        assert "  fix: free space under /var, or set baseline_swap_mb: 0 (a container cannot have swap" in shown(done)
        assert not any(host.file(path).exists for path in SWAP)


@pytest.mark.parametrize("release", ["11", "14"])
def test_unsupported_debian_is_refused(host, release):
    facts = {"distribution": "Debian", "distribution_version": release, "distribution_major_version": release}
    done = ansible(host, SCENARIO / "converge.yml", ansible_facts={**facts, "service_mgr": "systemd"})
    assert done.returncode == 2, done.stdout
    assert (
        "baseline: the host's operating system is not supported\n"
        f"  found: {name(host)} runs Debian {release} with systemd\n"
        "  fix: use a host that runs Debian 12 or 13 with systemd"
    ) in shown(done)


@pytest.mark.parametrize(("arguments", "code"), [(["--check"], 0), ([], 2)])
def test_missing_unit_is_announced_in_check_mode_and_fails_a_real_run(host, tmp_path, arguments, code):
    task = {"name": "Start it", "longshore.app.unit": {"name": "missing.service", "state": "started"}}
    (tmp_path / "play.yml").write_text(json.dumps([{"hosts": "web", "gather_facts": False, "tasks": [task]}]))
    done = ansible(host, tmp_path / "play.yml", *arguments)
    assert done.returncode == code, shown(done)
    expected = f"changed: [{name(host)}]" if arguments else "Could not find the requested service missing.service"
    assert expected in shown(done)
