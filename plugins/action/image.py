"""Asks, from the controller, whether hosts could have an image."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ansible.plugins.action import ActionBase
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.engine.longshore.host.registry import registries_for
from ansible_collections.longshore.app.engine.longshore.planning.reference import Reference
from ansible_collections.longshore.app.plugins.plugin_utils.release.availability import check_available

# Where `docker login` keeps what this machine's user may read.
CREDENTIALS = Path("~/.docker/config.json")


class ActionModule(ActionBase):
    """Takes an image, the mirrors that hosts ask first, and the architecture of a host."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("image", "mirrors", "architecture"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Give `failed` and the three lines in `msg`, or `changed: false`."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        mirrors = tuple(self._task.args.get("mirrors") or ())
        # In this task's process alone: mirrors are as near as the hosts, and a proxy's answer would be no mirror's.
        for name in ("no_proxy", "NO_PROXY"):
            os.environ[name] = ",".join([os.environ.get(name, ""), *(urlsplit(url).hostname or "" for url in mirrors)])
        try:
            reference = Reference.parse(self._task.args["image"])
            registries = registries_for(reference, mirrors, CREDENTIALS.expanduser())
            check_available(reference, registries, str(self._task.args.get("architecture") or ""))
        except RefusedError as error:
            return {**result, "failed": True, "msg": str(error)}
        return {**result, "changed": False}
