"""The running engine, asked by its own command; and an existing engine that keeps its settings."""

import json
from pathlib import Path

import pytest

from tests.roles.running import ansible, name, shown

SCENARIO = Path(__file__).parent
SETTINGS = "/etc/docker/daemon.json"


@pytest.fixture(scope="module")
def info(host):
    return json.loads(host.check_output("docker info --format '{{json .}}'"))


@pytest.fixture(scope="module")
def image(host):
    """An image of a few of the host's own programs, since there is no registry."""
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


def test_docker_command_is_of_the_engine_s_version(host):
    """Debian 13 has it in a package of its own."""
    versions = json.loads(host.check_output("docker version --format '{{json .}}'"))
    assert versions["Client"]["Version"] == versions["Server"]["Version"]


def test_recommended_packages_are_not_installed(host):
    assert not host.package("git").is_installed
    assert not host.package("criu").is_installed


def test_engine_runs_and_starts_at_boot(host):
    assert host.service("docker").is_running
    assert host.service("docker").is_enabled


def test_settings_are_active(info):
    assert info["LiveRestoreEnabled"] is True
    assert info["LoggingDriver"] == "json-file"
    assert info["RegistryConfig"]["Mirrors"] == ["http://127.0.0.1:5999/"]
    assert info["DefaultAddressPools"] == [{"Base": "10.201.0.0/16", "Size": 24}]


def test_engine_does_not_listen_on_the_network(host):
    assert not [socket for socket in host.socket.get_listening_sockets() if ":2375" in socket or ":2376" in socket]
    assert "dockerd" not in host.check_output("ss --tcp --listening --processes --no-header")


def test_only_root_and_the_group_docker_may_use_the_engine(host):
    socket = host.file("/run/docker.sock")
    assert (socket.user, socket.group, socket.mode) == ("root", "docker", 0o660)
    assert host.check_output("getent group docker").endswith(":")  # its members are root in effect


def test_containers_cannot_gain_privileges(host, image):
    assert host.check_output(f"docker run --rm {image} /usr/bin/grep NoNewPrivs /proc/self/status").split()[-1] == "1"


def test_container_logs_are_rotated_and_containers_survive_a_restart_of_the_engine(host, image):
    name = host.check_output(f"docker run --detach {image} /usr/bin/sleep 300")
    try:
        settings = json.loads(host.check_output(f"docker inspect --format '{{{{json .HostConfig.LogConfig}}}}' {name}"))
        assert settings == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "4"}}
        before = host.check_output(f"docker inspect --format '{{{{.State.Pid}}}}' {name}")
        host.check_output("systemctl restart docker.service")
        assert host.check_output(f"docker inspect --format '{{{{.State.Pid}}}}' {name}") == before
    finally:
        host.check_output(f"docker rm --force {name}")


def test_settings_file_is_readable_and_only_root_may_write_it(host):
    settings = host.file("/etc/docker/daemon.json")
    assert (settings.user, settings.group, settings.mode) == ("root", "root", 0o644)


def keep(host, settings, *arguments):
    """Replace the engine's settings by others, and have the role keep this engine."""
    host.check_output(f"printf %s > {SETTINGS}", settings)
    done = ansible(host, SCENARIO / "converge.yml", *arguments, docker_engine_packages=[])
    return done.returncode, shown(done)


@pytest.fixture
def settings(host):
    """The role's own settings, restored afterwards."""
    text = host.file(SETTINGS).content_string
    yield json.loads(text)
    host.check_output(f"printf %s > {SETTINGS} && rm -f {SETTINGS}.*~", text)


def test_existing_engine_keeps_its_settings(host, settings):
    theirs = json.dumps({"max-concurrent-downloads": 2, "log-driver": "journald", "log-opts": {"tag": "x"}})
    code, output = keep(host, theirs)
    assert code == 0, output
    assert json.loads(host.file(SETTINGS).content_string) == settings | {"max-concurrent-downloads": 2}
    assert host.check_output(f"cat {SETTINGS}.*~") == theirs
    assert host.service("docker").is_running


@pytest.mark.parametrize("arguments", [[], ["--check"]])
@pytest.mark.parametrize(
    ("theirs", "text"),
    [
        (
            "{",
            """\
docker_engine: the settings of the existing Docker engine cannot be read
  found: /etc/docker/daemon.json on {host} is not a JSON object
  fix: correct the file, or move it away so that only Longshore's settings apply""",
        ),
        (
            '{"hosts": ["fd://", "tcp://0.0.0.0:2375"]}',
            """\
docker_engine: the existing Docker engine listens on the network
  found: hosts is tcp://0.0.0.0:2375 in /etc/docker/daemon.json on {host}
  fix: remove the address, since anyone who reaches it is root there, and use SSH instead (docker -H ssh://HOST)""",
        ),
    ],
)
def test_settings_of_an_existing_engine_that_are_refused(host, settings, theirs, text, arguments):
    code, output = keep(host, theirs, *arguments)
    assert code == 2
    assert text.format(host=name(host)) in output
    assert host.file(SETTINGS).content_string == theirs
