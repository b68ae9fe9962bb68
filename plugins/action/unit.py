"""Starts, stops and enables a systemd unit, also in a check of a host whose packages are not installed yet."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

# What ansible.builtin.systemd_service answers for a unit that does not exist.
MISSING = "Could not find the requested service"


class ActionModule(ActionBase):
    """Runs ansible.builtin.systemd_service with the same arguments."""

    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Give the module's result. In check mode, a unit that does not exist is a change: its package brings it."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        result |= self._execute_module("ansible.builtin.systemd_service", self._task.args, task_vars=task_vars)
        if self._task.check_mode and result.get("failed") and MISSING in result.get("msg", ""):
            return {**result, "failed": False, "changed": True}
        return result
