"""What every host has, and what is said of a swap file, which a container cannot have."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.roles.scenario import runs_in

SCENARIO = Path(__file__).parent
SWAP = ["/var/swapfile", "/var/swapfile.new", "/etc/systemd/system/var-swapfile.swap"]


@pytest.mark.parametrize("package", ["ca-certificates", "systemd-timesyncd", "unattended-upgrades"])
def test_package_is_installed(host, package):
    assert host.package(package).is_installed


def test_time_synchronisation_is_enabled_and_its_own_condition_keeps_it_out_of_a_container(host):
    assert host.service("systemd-timesyncd").is_enabled
    shown = host.check_output("systemctl show systemd-timesyncd -p ConditionResult -p Result")
    assert "Result=success" in shown
    assert "ConditionResult=no" in shown


def test_security_upgrades_happen_daily(host):
    assert host.service("apt-daily-upgrade.timer").is_enabled
    settings = host.check_output("apt-config dump")
    assert 'APT::Periodic::Unattended-Upgrade "1";' in settings
    assert 'APT::Periodic::Update-Package-Lists "1";' in settings


def test_security_upgrades_leave_the_engine_alone_and_never_reboot(host):
    # unattended-upgrades' own reading of the settings, not the text of our file.
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


def test_journal_is_bounded(host):
    settings = host.check_output("systemd-analyze cat-config systemd/journald.conf")
    assert "SystemMaxUse=256M" in settings
    assert host.service("systemd-journald").is_running


def test_no_swap_file_is_kept(host):
    assert not host.file("/var/swapfile").exists


def test_no_unit_failed(host):
    assert host.check_output("systemctl --failed --no-legend --plain") == ""


def converge(*arguments):
    """The role once more, with a swap file."""
    inventory = f"--inventory={SCENARIO.parent}/shared/inventory.yml"
    return subprocess.run(
        ["ansible-playbook", inventory, "--extra-vars=baseline_swap_mb=16", *arguments, SCENARIO / "converge.yml"],
        env=os.environ | {"ANSIBLE_NOCOLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_check_announces_the_swap_file_and_makes_none(host):
    done = converge("--check")
    assert done.returncode == 0, done.stdout + done.stderr
    (foretold,) = runs_in(f"INFO     [baseline > check] Executing\n{done.stdout}")
    assert foretold.changed == (
        "baseline : Make the swap file",
        "baseline : Describe the swap file to systemd",
        "baseline : Use the swap file",
    )
    assert not any(host.file(path).exists for path in SWAP)


@pytest.fixture
def afterwards(host):
    yield
    host.check_output("systemctl reset-failed")


def test_a_host_that_cannot_have_one_says_so_in_every_run(host, afterwards):
    for _ in range(2):
        done = converge()
        assert done.returncode == 2, done.stdout
        shown = (done.stdout + done.stderr).replace("\\n", "\n")
        assert "baseline: this host cannot have the swap file\n  found: 16 MiB in /var/swapfile; " in shown
        assert "  fix: make room under /var, or set baseline_swap_mb: 0 (a container cannot have swap" in shown
        assert not any(host.file(path).exists for path in SWAP)
