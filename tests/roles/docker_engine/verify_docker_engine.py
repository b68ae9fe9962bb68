"""The engine as it runs, asked itself."""

import json

import pytest


@pytest.fixture(scope="module")
def info(host):
    return json.loads(host.check_output("docker info --format '{{json .}}'"))


@pytest.fixture(scope="module")
def image(host):
    """A few of the host's own programs: there is nowhere to pull from."""
    host.check_output(
        "tar --create --dereference --absolute-names"
        " /usr/bin/grep /usr/bin/sleep"
        " $(ldd /usr/bin/grep /usr/bin/sleep | grep --only-matching '/[^ ]*' | sort -u | grep -v :)"
        " | docker import - longshore-test/programs"
    )
    return "longshore-test/programs"


@pytest.mark.parametrize("package", ["docker.io", "apparmor", "iptables"])
def test_package_is_installed(host, package):
    assert host.package(package).is_installed


def test_recommended_packages_are_not(host):
    assert not host.package("git").is_installed
    assert not host.package("criu").is_installed


def test_engine_runs_and_comes_back_after_a_reboot(host):
    assert host.service("docker").is_running
    assert host.service("docker").is_enabled


def test_settings_are_in_force(info):
    assert info["LiveRestoreEnabled"] is True
    assert info["LoggingDriver"] == "json-file"
    assert info["RegistryConfig"]["Mirrors"] == ["http://127.0.0.1:5999/"]
    assert info["DefaultAddressPools"] == [{"Base": "10.201.0.0/16", "Size": 24}]


def test_engine_listens_on_no_network(host):
    assert not [socket for socket in host.socket.get_listening_sockets() if ":2375" in socket or ":2376" in socket]
    assert "dockerd" not in host.check_output("ss --tcp --listening --processes --no-header")


def test_only_root_and_its_group_may_use_the_engine(host):
    socket = host.file("/run/docker.sock")
    assert (socket.user, socket.group, socket.mode) == ("root", "docker", 0o660)
    assert host.check_output("getent group docker").endswith(":")  # whoever is in it is root


def test_container_cannot_gain_privileges(host, image):
    assert host.check_output(f"docker run --rm {image} /usr/bin/grep NoNewPrivs /proc/self/status").split()[-1] == "1"


def test_container_logs_are_rotated_and_containers_survive_the_engine(host, image):
    name = host.check_output(f"docker run --detach {image} /usr/bin/sleep 300")
    try:
        settings = json.loads(host.check_output(f"docker inspect --format '{{{{json .HostConfig.LogConfig}}}}' {name}"))
        assert settings == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "4"}}
        before = host.check_output(f"docker inspect --format '{{{{.State.Pid}}}}' {name}")
        host.check_output("systemctl restart docker.service")
        assert host.check_output(f"docker inspect --format '{{{{.State.Pid}}}}' {name}") == before
    finally:
        host.check_output(f"docker rm --force {name}")


def test_settings_file_is_no_secret_and_not_writable(host):
    settings = host.file("/etc/docker/daemon.json")
    assert (settings.user, settings.group, settings.mode) == ("root", "root", 0o644)
