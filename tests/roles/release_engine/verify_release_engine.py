"""The host has the command, its settings and the directories, and no process of the engine."""

import json

import pytest

from engine.build import build
from engine.longshore.host.layout import facts
from engine.longshore.settings import Settings

LAYOUT = facts(Settings())


def test_the_command_runs(host):
    assert host.run("longshore --version").stdout.startswith("longshore ")
    refused = host.run("longshore status")
    assert refused.rc == 1, "the host has no Docker"
    assert "Traceback" not in refused.stderr


def test_command_is_the_engine_of_this_checkout(host):
    installed = host.file("/usr/local/bin/longshore")
    assert installed.content == build()
    assert (installed.user, installed.group, installed.mode) == ("root", "root", 0o755)


def test_settings_are_the_variables_of_the_role(host):
    settings = host.file(LAYOUT["settings"])
    assert json.loads(settings.content_string) == {
        **{key: LAYOUT[key] for key in ("root", "proxy_user", "app_uid", "slots")},
        "retention": 3,
        "registry_mirrors": ["http://127.0.0.1:5999"],
    }
    assert (settings.user, settings.mode) == ("root", 0o644)


@pytest.mark.parametrize(
    ("path", "group", "mode"),
    [("configuration", "root", 0o755), ("root", "www-data", 0o751), ("internal", "root", 0o755)],
)
def test_directories(host, path, group, mode):
    directory = host.file(LAYOUT[path])
    assert directory.is_directory
    assert (directory.user, directory.group, directory.mode) == ("root", group, mode)


def test_existing_user_of_nginx_is_unchanged(host):
    user = host.user("www-data")
    assert (user.uid, user.home, user.shell) == (33, "/var/www", "/usr/sbin/nologin")


def test_only_replicas_may_use_their_data(host):
    directory = host.file(LAYOUT["data"])
    assert (directory.uid, directory.gid, directory.mode) == (10001, 10001, 0o700)


def test_no_process_or_unit_is_left(host):
    assert "longshore" not in host.check_output("ps -eo comm --no-headers")
    assert host.run("systemctl list-unit-files --no-legend 'longshore*'").stdout == ""
