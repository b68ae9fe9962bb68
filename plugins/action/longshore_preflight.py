"""Refuses on the controller what no host could release: nothing has been contacted yet."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.plugins.action import ActionBase

# Ansible loads a plugin by its path alone; what it is made of, and the engine, are packages of this checkout.
PROJECT = Path(__file__).resolve().parents[2]
sys.path += [str(path) for path in (PROJECT, PROJECT / "engine") if str(path) not in sys.path]

from longshore.errors import RefusedError  # noqa: E402

from plugins.release_checks import request  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Mapping

IMAGES = ("release_image", "release_initial_image")


def foretold(variables: Mapping[str, Any]) -> bool:
    """Whether this is a check in which provision.yml, which registers `account`, has said what it would make."""
    return bool(variables.get("ansible_check_mode")) and "account" in variables


class ActionModule(ActionBase):
    """Reads the variables as each host will see them, and answers with the first refusal."""

    _requires_connection = False
    _supports_check_mode = True
    _VALID_ARGS = frozenset(("group", "hosts", "request"))

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Give `failed` and the three lines in `msg`, or `changed: false`."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        given = task_vars or {}
        group = self._task.args.get("group", "web")
        hosts = given["groups"].get(group, [])
        try:
            if self._task.args.get("hosts", True) and not foretold(given):
                request.check_hosts(hosts, group, ", ".join(given.get("ansible_inventory_sources", [])))
            if self._task.args.get("request", True):
                # In a fleet that is still to be made, the controller's own view is the only one there is.
                for variables in [given["hostvars"][host] for host in hosts] or [given]:
                    self._check(variables)
                request.check_some_image(given, hosts)
        except RefusedError as error:
            return {**result, "failed": True, "msg": str(error)}
        return {**result, "changed": False}

    def _check(self, variables: Mapping[str, Any]) -> None:
        for name in IMAGES:
            if name in variables:
                request.check_image(name, self._templar.template(variables[name]))
        request.check_services(self._templar.template(variables.get("release_services", {})))
