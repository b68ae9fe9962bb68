"""Do settings have the right defaults, and is a wrong one refused by name?"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.longshore.errors import RefusedError
from engine.longshore.settings import Settings


def load(tmp_path: Path, value: object) -> Settings:
    file = tmp_path / "engine.json"
    file.write_text(json.dumps(value))
    return Settings.load(file, required=True)


def test_defaults_hold_without_a_settings_file(tmp_path: Path) -> None:
    settings = Settings.load(tmp_path / "none.json", required=False)
    assert settings == Settings()
    assert (settings.root, settings.proxy_user, settings.app_uid) == (Path("/var/lib/longshore"), "www-data", 10001)
    assert (settings.slots, settings.retention, settings.registry_mirrors) == (12, 5, ())


def test_a_settings_file_that_was_named_must_exist(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="no settings file"):
        Settings.load(tmp_path / "none.json", required=True)


def test_settings_are_read_from_the_file(tmp_path: Path) -> None:
    settings = load(tmp_path, {"root": "/srv/x", "registry_mirrors": ["http://10.0.0.1:5567"], "name": "other"})
    assert settings.root == Path("/srv/x")
    assert settings.registry_mirrors == ("http://10.0.0.1:5567",)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"retension": 3}, "did you mean `retention`?"),
        ({"root": "var"}, "root: an absolute path"),
        ({"root": 5}, "root: an absolute path"),
        ({"root": "/srv/a b"}, "root: an absolute path of letters, digits, . _ and -"),
        ({"root": "/srv/../etc"}, "root: an absolute path"),
        ({"root": "/" + "x" * 60}, "up to 50 bytes"),
        ({"proxy_user": ""}, "proxy_user: the name of nginx's user"),
        ({"proxy_user": "nginx;"}, "proxy_user: the name of nginx's user"),
        ({"registry_mirrors": 5}, "registry_mirrors: a list of http:// or https:// addresses"),
        ({"retention": 1}, "retention: 2 or more"),
        ({"slots": 0}, "slots: a whole number"),
        ({"app_uid": 0}, "app_uid: the number of the image's user, not root's"),
        ({"registry_mirrors": ["ftp://x"]}, "registry_mirrors: a list of http:// or https:// addresses"),
        ({"name": "Upper"}, "name: lower-case"),
        ([], "write them as {…}"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, value: object, text: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        load(tmp_path, value)
    assert text in refusal.value.fix
