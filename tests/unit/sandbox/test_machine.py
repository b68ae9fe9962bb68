import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sandbox.images import Recipe
from sandbox.machine import engine, network
from sandbox.site import next_steps

DEB822 = """Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
Enabled: no
URIs: http://disabled.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: https://vendor.example/apt
Suites: nodistro
Components: main
"""
LIST = """# a comment
deb [signed-by=/a.gpg arch=amd64] http://security.example/debian-security bookworm-security main # and another
deb-src http://sources.example/debian bookworm main
deb http://trixie.example/debian trixie main
"""


SOURCES = {"debian.sources": DEB822, "sources.list": LIST, "vendor.list.save": LIST}


def test_hosts_get_only_sources_of_debian() -> None:
    assert network.debian_sources(SOURCES, "bookworm").splitlines() == [
        "deb http://mirror.example/debian bookworm main contrib",
        "deb http://mirror.example/debian bookworm-updates main contrib",
        "deb http://security.example/debian-security bookworm-security main",
    ]
    # This machine has an entry of the release itself.
    assert network.debian_sources(SOURCES, "trixie") == "deb http://trixie.example/debian trixie main\n"
    assert network.debian_sources({}, "bookworm") == ""


@pytest.mark.parametrize(("machine", "host"), [("bookworm", "trixie"), ("trixie", "bookworm")])
def test_host_of_another_release_uses_the_same_mirrors(machine: str, host: str) -> None:
    files = {"debian.sources": DEB822.replace("bookworm", machine)}
    assert network.debian_sources(files, host).splitlines() == [
        f"deb http://mirror.example/debian {host} main contrib",
        f"deb http://mirror.example/debian {host}-updates main contrib",
    ]


def pem(body: str) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----"


def test_only_extra_certificate_authorities_are_passed_on() -> None:
    trusted = f"# proxy\n{pem('PROXY')}\n{pem('KNOWN')}\n"
    assert network.extra_authorities(trusted, [pem("KN\nOWN")]) == {"machine-1.crt": pem("PROXY") + "\n"}
    assert network.extra_authorities(trusted, [trusted]) == {}


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY"])
def test_proxy_of_the_machine_is_passed_on(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, "http://proxy.example:3128")
    assert network.read_apt_proxy() == 'Acquire::http::Proxy "http://proxy.example:3128";\n'


def test_tag_is_the_hash_of_base_names_and_contents() -> None:
    recipe = Recipe("host", {"Dockerfile": b"FROM x", "a": b"b"})
    assert recipe.tag("base") == Recipe("host", {"a": b"b", "Dockerfile": b"FROM x"}).tag("base")
    others = {
        recipe.tag("another base"),
        Recipe("host", {"Dockerfile": b"FROM x", "a": b"c"}).tag("base"),
        Recipe("host", {"Dockerfile": b"FROM x", "b": b"b"}).tag("base"),
    }
    assert recipe.tag("base") not in others
    assert len(others) == 3


def test_last_lines_of_make_up() -> None:
    host = {"name": "web-1", "https_port": 8443, "instance": "i-1", "address": "172.31.0.4"}
    assert next_steps([host], 8443) == (
        "\n"
        "web-1 serves https://localhost:8443\n"
        "  curl --cacert .longshore/sandbox/ca/ca.pem https://localhost:8443\n"
        "  ssh -i .longshore/sandbox/id_ed25519 -o UserKnownHostsFile=.longshore/sandbox/known_hosts"
        " -o HostKeyAlias=i-1 admin@172.31.0.4\n"
        "\n"
        "Worth trying next, after `. .venv/bin/activate`:\n"
        "  ansible-playbook -i inventory/sandbox longshore.app.status\n"
        "  make push IMAGE=docker.io/longshore/agents:1.1.0\n"
        "  ansible-playbook -i inventory/sandbox longshore.app.deploy -e release_image=docker.io/longshore/agents:1.1.0"
    )


def test_last_lines_name_unpublished_hosts() -> None:
    host = {"name": "web-2", "https_port": None, "instance": "i-2", "address": "172.31.0.5"}
    assert next_steps([host], 8443).splitlines()[1:3] == [
        "web-2 serves https://172.31.0.5, not published, port 8444 was in use when it was made",
        "  curl --cacert .longshore/sandbox/ca/ca.pem https://172.31.0.5",
    ]


def test_only_stale_pid_files_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ENDING_SECONDS", 0)
    name = Path("/proc/self/comm").read_text().strip()
    ended = subprocess.Popen(["true"])
    # Not waited for, it keeps its number and its name.
    os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
    numbers = {"reused": os.getpid(), "gone": 2**22 + 1, "ended": ended.pid, "alive": os.getpid(), "cut short": ""}
    for file, number in numbers.items():
        (tmp_path / file).write_text(f"{number}\n")
    names = dict.fromkeys(numbers, name) | {"reused": "dockerd", "ended": "true", "absent": name}
    engine.remove_stale_pid_files({tmp_path / file: named for file, named in names.items()})
    assert list(tmp_path.iterdir()) == [tmp_path / "alive"]
    ended.wait()


def test_waits_for_the_containerd_of_a_killed_engine(tmp_path: Path) -> None:
    number, ending = tmp_path / "containerd.pid", subprocess.Popen(["sleep", "0.2"])
    number.write_text(f"{ending.pid}\n")
    engine.remove_stale_pid_files({number: "sleep"})
    assert not number.exists()
    ending.wait()


def test_pid_file_may_vanish_meanwhile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = tmp_path / "docker.pid"
    number.write_text(f"{os.getpid()}\n")

    def until(condition: Callable[[], bool], **_: object) -> None:
        number.unlink()
        assert condition()

    monkeypatch.setattr(engine, "wait_until", until)
    engine.remove_stale_pid_files({number: Path("/proc/self/comm").read_text().strip()})
