"""Does the lookup give roles the engine's own paths and users?"""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar, trust_as_template

from engine.longshore.host.layout import facts
from engine.longshore.settings import Settings


def layout(variables: dict[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    templar = Templar(DataLoader(), variables or {})
    plugin = lookup_loader.get("longshore.app.layout", loader=DataLoader(), templar=templar)
    (found,) = plugin.run([], variables or {}, **options)
    return dict(found)


def test_without_options_the_engines_defaults_hold() -> None:
    assert layout() == facts(Settings())


def test_options_move_the_paths() -> None:
    found = layout(root="/srv/longshore", proxy_user="nginx")
    assert found["slot_socket"] % ("planner", 3) == "/srv/longshore/live/planner-3.sock"
    assert {item["group"] for item in found["directories"]} == {"root", "nginx"}


def test_the_variables_of_the_role_hold_where_an_option_is_left_out() -> None:
    variables = {
        "release_engine_root": trust_as_template("{{ base }}/longshore"),
        "base": "/srv",
        "release_engine_slots": 6,
    }
    found = layout(variables, slots=3)
    assert (found["root"], found["slots"]) == ("/srv/longshore", 3)


def test_a_wrong_value_is_refused_with_the_engines_words() -> None:
    with pytest.raises(AnsibleError, match=r"engine: setting is wrong\n  found: root = .*\n  fix: root: an absolute"):
        layout(root="srv")


def test_an_unknown_option_is_refused() -> None:
    with pytest.raises(AnsibleError, match="takes only the options root, proxy_user, app_uid, slots"):
        layout(folder="/srv")
