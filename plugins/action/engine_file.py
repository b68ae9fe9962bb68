"""Installs the release engine on a host as one executable file."""

from __future__ import annotations

import tempfile
from typing import Any

from ansible import constants
from ansible.plugins.action import ActionBase
from ansible_collections.longshore.app.engine.build import build

C: Any = constants  # settings become attributes while Ansible starts


class ActionModule(ActionBase):
    """Builds the file in memory and has ansible.builtin.copy install it."""

    TRANSFERS_FILES = True
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("dest",))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Give the result of ansible.builtin.copy, which changes nothing if the file has the same bytes."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        with tempfile.NamedTemporaryFile(dir=C.DEFAULT_LOCAL_TMP, prefix="longshore-") as file:
            file.write(build())
            file.flush()
            copy = self._task.copy()
            copy.args = {
                "src": file.name,
                "dest": self._task.args["dest"],
                "owner": "root",
                "group": "root",
                "mode": "0755",
            }
            action = self._shared_loader_obj.action_loader.get(
                "ansible.builtin.copy",
                task=copy,
                connection=self._connection,
                play_context=self._play_context,
                loader=self._loader,
                templar=self._templar,
                shared_loader_obj=self._shared_loader_obj,
            )
            result |= action.run(task_vars=task_vars)
            return result
