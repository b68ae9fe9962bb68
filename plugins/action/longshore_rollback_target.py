"""Finds, on the controller, the release that each host of a fleet goes back to."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ansible.plugins.action import ActionBase

# Ansible loads a plugin by its path alone; what it is made of, and the engine, are packages of this checkout.
PROJECT = Path(__file__).resolve().parents[2]
sys.path += [str(path) for path in (PROJECT, PROJECT / "engine") if str(path) not in sys.path]

from longshore.errors import RefusedError  # noqa: E402

from plugins.release_checks.rollback import targets  # noqa: E402


class ActionModule(ActionBase):
    """Decides for the whole fleet, so that every host comes to the same answer; gives this host's part."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("fleet", "release"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Give `release`, null where the host serves the target already, or `failed` and the three lines in `msg`."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        asked = self._task.args.get("release")
        try:
            found = targets(self._task.args["fleet"], None if asked in {None, ""} else int(asked))
        except RefusedError as error:
            return {**result, "failed": True, "msg": str(error)}
        number = found[(task_vars or {})["inventory_hostname"]]
        outcome = {"outcome": "unchanged"} if number is None else {}
        return {**result, **outcome, "changed": False, "release": number}
