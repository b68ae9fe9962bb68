#!/usr/bin/python
"""Reads what a host serves, from the host's release engine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: status
short_description: Read what a host serves
description:
  - Asks the host's engine, C(longshore status), what serves, since when and how well. Changes nothing.
options:
  history:
    description: Also give the releases that the host keeps and can roll back to.
    type: bool
    default: false
  executable:
    description: The engine's command on the host.
    type: path
    default: /usr/local/bin/longshore
attributes:
  check_mode:
    description: Does the same, as it only reads.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
author: Longshore (@longshore)
"""

EXAMPLES = r"""
- name: Read what the host serves
  longshore.app.status:
  register: served

- name: Read also what it could roll back to
  longshore.app.status:
    history: true
  register: served
"""

RETURN = r"""
installed:
  description: Whether the host has the engine. Nothing else is returned where it doesn't.
  type: bool
  returned: always
release:
  description: Number of the release that serves, or null.
  type: int
  returned: when the engine is installed
  sample: 4
image:
  description: Its image.
  type: str
  returned: when the engine is installed
  sample: docker.io/longshore/agents:1.1.0
digest:
  description: The digest of that image.
  type: str
  returned: when the engine is installed
  sample: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
since:
  description: When the release began to serve, in UTC.
  type: str
  returned: when the engine is installed
  sample: "2025-01-31T03:00:00Z"
healthy:
  description: Whether every slot of every service is answered, by a replica of this release.
  type: bool
  returned: when the engine is installed
services:
  description: For each service how many replicas are V(wanted) and V(ready), with the V(replicas) themselves.
  type: dict
  returned: when the engine is installed
running:
  description: What is at work on the host right now, by whom and since when, or null.
  type: str
  returned: when the engine is installed
interrupted:
  description: Number of a release that was begun and neither finished nor reverted, or null.
  type: int
  returned: when the engine is installed
trouble:
  description: What the engine could not read, or null.
  type: str
  returned: when the engine is installed
releases:
  description: The releases on file, oldest first, each with V(number), V(image), V(digest), V(fate) and V(previous).
  type: list
  elements: dict
  returned: when O(history) is true
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.longshore.app.plugins.module_utils import engine

TOLD = ("release", "image", "digest", "since", "healthy", "services", "running", "interrupted", "trouble")


def main() -> None:
    """Give the engine's own words, under the engine's own names."""
    options = {"history": {"type": "bool", "default": False}, "executable": engine.OPTIONS["executable"]}
    module = AnsibleModule(options, supports_check_mode=True)  # type: ignore[no-untyped-call]
    if not engine.installed(module.params["executable"]):
        module.exit_json(changed=False, installed=False, release=None, releases=[])
    status = engine.read(module, ["status"])
    result = {key: status[key] for key in TOLD}
    if module.params["history"]:
        result["releases"] = engine.read(module, ["history"])["releases"]
    module.exit_json(changed=False, installed=True, **result)


if __name__ == "__main__":
    main()
