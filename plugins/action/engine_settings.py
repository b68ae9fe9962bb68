"""Judges, on the controller, what the engine of each host is to be told."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.engine.longshore.settings import Settings


class ActionModule(ActionBase):
    """Has the engine's own rules for its settings file say what is wrong, before there is such a file."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("settings", "source"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Give `failed` and the three lines in `msg`, or `changed: false`."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            Settings.checked(self._task.args["settings"], self._task.args["source"])
        except RefusedError as error:
            return {**result, "failed": True, "msg": str(error)}
        return {**result, "changed": False}
