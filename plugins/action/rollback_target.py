"""Finds, on the controller, the release that each host of a fleet goes back to."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.plugins.plugin_utils.release.rollback import targets


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
