"""The host has the command, its settings and the directories that nginx needs, and nothing of it runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BUILD = Path(__file__).resolve().parents[3] / "engine" / "build.py"


def test_the_command_runs(host):
    assert host.run("longshore --version").stdout.startswith("longshore ")
    refused = host.run("longshore status")
    assert refused.rc == 1, "there is no Docker here to ask"
    assert "Traceback" not in refused.stderr


def test_the_command_is_this_checkout_s_engine_to_the_byte(host, tmp_path):
    subprocess.run([sys.executable, BUILD, tmp_path / "longshore"], check=True)
    installed = host.file("/usr/local/bin/longshore")
    assert installed.content == (tmp_path / "longshore").read_bytes()
    assert (installed.user, installed.group, installed.mode) == ("root", "root", 0o755)


def test_the_settings_are_the_role_s_variables(host):
    settings = host.file("/etc/longshore/engine.json")
    assert json.loads(settings.content_string) == {
        "root": "/var/lib/longshore",
        "proxy_user": "www-data",
        "app_uid": 10001,
        "slots": 12,
        "retention": 3,
        "registry_mirrors": ["http://127.0.0.1:5999"],
    }
    assert (settings.user, settings.mode) == ("root", 0o644)


@pytest.mark.parametrize(
    ("path", "group", "mode"),
    [
        ("/etc/longshore", "root", 0o755),
        ("/var/lib/longshore", "www-data", 0o751),
        ("/var/lib/longshore/internal", "root", 0o755),
    ],
)
def test_directories(host, path, group, mode):
    directory = host.file(path)
    assert directory.is_directory
    assert (directory.user, directory.group, directory.mode) == ("root", group, mode)


def test_what_replicas_write_to_is_theirs_alone(host):
    directory = host.file("/var/lib/longshore/data")
    assert (directory.uid, directory.gid, directory.mode) == (10001, 10001, 0o700)


def test_nothing_of_it_runs(host):
    assert "longshore" not in host.check_output("ps -eo comm --no-headers")
    assert host.run("systemctl list-unit-files --no-legend 'longshore*'").stdout == ""
