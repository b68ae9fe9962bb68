"""Refuses, on the controller, services that the proxy could not serve."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.engine.longshore.planning import routes


class ActionModule(ActionBase):
    """Has the engine's own rules check the names and paths of services."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("services", "variable"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Give `failed` and the three lines in `msg`, or `changed: false`."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            routes.check(self._task.args["services"], self._task.args["variable"])
        except RefusedError as error:
            return {**result, "failed": True, "msg": str(error)}
        return {**result, "changed": False}
