"""Asks the release engine where things are on a host."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.engine.longshore.host.layout import facts
from ansible_collections.longshore.app.engine.longshore.settings import Settings

DOCUMENTATION = """
name: layout
short_description: Paths and users of the release engine on a host
description:
  - Where a host has the engine's directories and sockets, and which users own them, by the engine's own rules.
  - Each option falls back to the variable of the role C(release_engine) with the same name, such as
    C(release_engine_root), and that to the engine's own default.
options:
  root:
    description: Directory of sockets, slots and release files.
    type: path
  proxy_user:
    description: The user nginx's workers run as.
    type: str
  app_uid:
    description: The number of the image's user.
    type: int
  slots:
    description: Slots of each service.
    type: int
author: Longshore (@longshore)
"""

EXAMPLES = """
- name: Show where nginx reaches the first slot of the planner
  ansible.builtin.debug:
    msg: "{{ layout.slot_socket | format('planner', 1) }}"
  vars:
    layout: "{{ lookup('longshore.app.layout') }}"

- name: Show the same below another root
  ansible.builtin.debug:
    msg: "{{ lookup('longshore.app.layout', root='/srv/longshore', proxy_user='nginx').live }}"
"""

RETURN = """
_raw:
  description:
    - One dictionary. Paths are V(configuration), V(settings), V(tls), V(root), V(live), V(sockets), V(internal),
      V(releases), V(journal), V(lock), V(proxy_socket), V(acme) and V(data). V(slot_socket) is a pattern for the filter
      P(ansible.builtin.format#filter), which fills in a service and a slot.
    - V(proxy_user), V(app_uid) and V(slots) are as given. V(directories) lists what must exist before the first
      release, each with V(path), V(owner), V(group) and V(mode).
  type: list
  elements: dict
"""

OPTIONS = ("root", "proxy_user", "app_uid", "slots")


class LookupModule(LookupBase):
    """Takes no terms, only options."""

    def run(self, terms: list[Any], variables: dict[str, Any] | None = None, **options: Any) -> list[dict[str, Any]]:
        """Give the one dictionary."""
        if terms or set(options) - set(OPTIONS):
            raise AnsibleError(f"the lookup longshore.app.layout takes only the options {', '.join(OPTIONS)}")
        variables = variables or {}
        assert self._templar is not None
        given = {
            name: self._templar.template(variables[variable])
            for name in OPTIONS
            if (variable := f"release_engine_{name}") in variables
        }
        try:
            return [facts(Settings.checked({**given, **options}, "the variables release_engine_*"))]
        except RefusedError as error:
            raise AnsibleError(str(error)) from error
