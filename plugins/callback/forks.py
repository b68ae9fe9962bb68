"""Ansible forks a process for every task and host: what each would load for itself, a run loads before the first."""

from __future__ import annotations

import gc
from typing import Any

from ansible.plugins import callback
from ansible.plugins import loader as untyped

DOCUMENTATION = r"""
name: forks
type: aggregate
short_description: Loads once what every task's process would load anew
description:
  - Ansible forks a process for each task on each host. Filters, tests and the way to the host are loaded at their first
    use, which is in that process, and so is lost with it.
  - Loads them before the first process is forked, and keeps the garbage collector off what is there by then, since it
    would make each process copy the memory it shares.
requirements:
  - enabled by C(callbacks_enabled)
"""

# They carry no types.
loader: Any = untyped
CallbackBase: Any = callback.CallbackBase


class CallbackModule(CallbackBase):  # type: ignore[misc]
    """Prints nothing."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "longshore.app.forks"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook: Any) -> None:
        """Load what nearly every task uses."""
        list(loader.filter_loader.all())
        list(loader.test_loader.all())
        loader.action_loader.get("ansible.builtin.normal", class_only=True)
        loader.become_loader.get("ansible.builtin.sudo", class_only=True)
        loader.shell_loader.get("ansible.builtin.sh", class_only=True)
        for connection in ("ansible.builtin.local", "ansible.builtin.ssh"):
            loader.connection_loader.get(connection, class_only=True)
        gc.collect()
        gc.freeze()
        super().v2_playbook_on_start(playbook)
