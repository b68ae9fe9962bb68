"""The engine as it runs, asked itself; and one that is kept, with what it was told before."""

import json
import subprocess
from pathlib import Path

import pytest

SCENARIO = Path(__file__).parent
SETTINGS = "/etc/docker/daemon.json"


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


def keep(host, settings, *arguments):
    """Give the engine settings of somebody else's, and have the role keep that engine."""
    host.check_output(f"printf %s > {SETTINGS}", settings)
    done = subprocess.run(
        [
            "ansible-playbook",
            f"--inventory={SCENARIO.parent}/shared/inventory.yml",
            '--extra-vars={"docker_engine_packages": []}',
            *arguments,
            SCENARIO / "converge.yml",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).replace("\\n", "\n")


@pytest.fixture
def settings(host):
    """The role's own settings, which are there again afterwards."""
    text = host.file(SETTINGS).content_string
    yield json.loads(text)
    host.check_output(f"printf %s > {SETTINGS} && rm -f {SETTINGS}.*~", text)


def test_an_engine_that_is_kept_keeps_what_it_was_told(host, settings):
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
docker_engine: the settings of the engine that is to be kept cannot be read
  found: /etc/docker/daemon.json on web-1 is not a JSON object
  fix: correct it, or move it away to have the engine's settings from Longshore alone""",
        ),
        (
            '{"hosts": ["fd://", "tcp://0.0.0.0:2375"]}',
            """\
docker_engine: the engine that is to be kept listens on the network
  found: hosts is tcp://0.0.0.0:2375 in /etc/docker/daemon.json on web-1
  fix: take it out, and reach the engine over SSH (docker -H ssh://HOST): who reaches that port is root there""",
        ),
    ],
)
def test_settings_that_cannot_be_kept(host, settings, theirs, text, arguments):
    code, output = keep(host, theirs, *arguments)
    assert code == 2
    assert text in output
    assert host.file(SETTINGS).content_string == theirs
