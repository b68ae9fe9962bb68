"""Refuses on the controller what could not work, before any host is contacted."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ansible.plugins.action import ActionBase
from ansible.utils.vars import load_extra_vars
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.plugins.plugin_utils.environment import checks, description
from ansible_collections.longshore.app.plugins.plugin_utils.release import request

if TYPE_CHECKING:
    from collections.abc import Mapping

IMAGES = ("release_image", "release_initial_image")


class ActionModule(ActionBase):
    """Checks the environment, then the request as each host will see it; answers with the first refusal."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("group", "hosts", "request"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Give `failed` and the three lines in `msg`, or `changed: false`."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        try:
            self._check_environment(variables.get("ansible_inventory_sources") or [])
            self._check_request(variables)
        except RefusedError as error:
            return {**result, "failed": True, "msg": str(error)}
        return {**result, "changed": False}

    def _check_environment(self, sources: list[str]) -> None:
        loader = self._loader
        environment = description.find(sources, loader)
        checks.check(environment, loader, load_extra_vars(loader), os.environ)
        # ssh makes the file of pinned host keys, but not its folder.
        environment.state.mkdir(mode=0o700, parents=True, exist_ok=True)

    def _check_request(self, variables: Mapping[str, Any]) -> None:
        group = self._task.args.get("group", "web")
        hosts = variables["groups"].get(group, [])
        if self._task.args.get("hosts", True):
            request.check_hosts(hosts, group, ", ".join(variables.get("ansible_inventory_sources") or []))
        if self._task.args.get("request", True):
            # For a fleet that is still to be made, the controller's own view is the only one there is.
            for each in [variables["hostvars"][host] for host in hosts] or [variables]:
                self._check_release(each)
            request.check_some_image(variables, hosts)

    def _check_release(self, variables: Mapping[str, Any]) -> None:
        for name in IMAGES:
            if name in variables:
                request.check_image(name, self._templar.template(variables[name]))
        request.check_services(self._templar.template(variables.get("release_services", {})))
