"""Does one place say where everything is, for whatever root and user a host has?"""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import yaml

from engine.longshore.host.layout import Layout, facts
from engine.longshore.settings import LONGEST_ROOT, Settings

ROOT = Path(__file__).resolve().parents[3]
LONGEST_SOCKET = 107  # bytes in sockaddr_un's path, without the NUL at its end (unix(7))


def test_facts_of_a_host_with_default_settings() -> None:
    found = facts(Settings())
    assert found["slot_socket"] % ("planner", 1) == "/var/lib/longshore/live/planner-1.sock"
    assert found["proxy_socket"] == "/var/lib/longshore/internal/proxy.sock"
    assert found["settings"] == "/etc/longshore/engine.json"
    assert found["journal"] == "/var/lib/longshore/journal.jsonl"
    assert found["directories"] == [
        {"path": "/etc/longshore", "owner": "root", "group": "root", "mode": "0755"},
        {"path": "/var/lib/longshore", "owner": "root", "group": "www-data", "mode": "0751"},
        {"path": "/var/lib/longshore/live", "owner": "root", "group": "www-data", "mode": "0751"},
        {"path": "/var/lib/longshore/internal", "owner": "root", "group": "root", "mode": "0755"},
    ]


def test_another_root_and_proxy_user_move_everything() -> None:
    found = facts(Settings(root=Path("/srv/longshore"), proxy_user="nginx", app_uid=4000, slots=6))
    assert (found["proxy_user"], found["app_uid"], found["slots"]) == ("nginx", 4000, 6)
    assert "/var/lib/longshore" not in str(found)
    assert "www-data" not in str(found)


def test_facts_name_the_paths_that_the_engine_itself_uses(tmp_path: Path) -> None:
    layout, found = Layout(tmp_path), facts(Settings(root=tmp_path))
    assert found["slot_socket"] % ("solver", 12) == str(layout.slot("solver", 12))
    for name in ("root", "live", "sockets", "internal", "releases", "journal", "lock"):
        assert found[name] == str(getattr(layout, name))


def test_the_engine_makes_missing_directories_and_leaves_the_others_alone(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "root")
    layout.internal.mkdir(parents=True)
    layout.internal.chmod(0o700)
    layout.make()
    assert stat.S_IMODE(layout.internal.stat().st_mode) == 0o700
    assert stat.S_IMODE(layout.live.stat().st_mode) == 0o751
    assert stat.S_IMODE(layout.releases.stat().st_mode) == 0o700


def test_the_longest_root_still_leaves_room_for_the_longest_socket_path() -> None:
    root = Path("/" + "r" * (LONGEST_ROOT - 1))
    replica = f"{'s' * 24}-12-r99999-abcd"
    assert len(str(Layout(root).socket(replica)).encode()) <= LONGEST_SOCKET


@pytest.mark.parametrize("name", ["root", "proxy_user", "app_uid", "slots", "retention"])
def test_the_role_has_the_defaults_of_the_engine(name: str) -> None:
    defaults = yaml.safe_load((ROOT / "roles/release_engine/defaults/main.yml").read_text())
    expected = getattr(Settings(), name)
    assert defaults[f"release_engine_{name}"] == (str(expected) if isinstance(expected, Path) else expected)
