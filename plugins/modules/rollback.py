#!/usr/bin/python
"""Rolls a host back to an earlier release, by the host's release engine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: rollback
short_description: Roll a host back to an earlier release
description:
  - Has the host's engine, C(longshore rollback), serve an earlier release again, image and configuration, without
    dropping a request.
options:
  release:
    description: Number of the release to serve again. The one before the current when left out.
    type: int
extends_documentation_fragment: longshore.app.engine
seealso:
  - module: longshore_release
author: Longshore (@longshore)
"""

EXAMPLES = r"""
- name: Roll back to the release before
  longshore.app.rollback:

- name: Roll back to release 3
  longshore.app.rollback:
    release: 3
"""

RETURN = r"""
outcome:
  description: What came of it.
  type: str
  returned: always
  sample: rolled_back
release:
  description: Number of the release that serves now, or would.
  type: int
  returned: when the engine ran
  sample: 5
image:
  description: Image of that release.
  type: str
  returned: when the engine ran
  sample: docker.io/longshore/agents:1.0.0
digest:
  description: Digest of that image.
  type: str
  returned: when the engine ran
  sample: sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
steps:
  description: The plan, step by step.
  type: list
  elements: dict
  returned: when the engine ran
events:
  description: What the engine told while it worked, a line per event.
  type: list
  elements: str
  returned: when the engine ran
seconds:
  description: How long it took.
  type: float
  returned: when the engine ran
  sample: 2.9
error:
  description: What went wrong, as for M(longshore.app.release).
  type: dict
  returned: on failure
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.longshore.app.plugins.module_utils import engine


def main() -> None:
    """Ask the engine for the release, or for the one before."""
    options = {"release": {"type": "int"}, **engine.OPTIONS}
    module = AnsibleModule(options, supports_check_mode=True)  # type: ignore[no-untyped-call]
    number = module.params["release"]
    engine.run(module, ["rollback", *([] if number is None else [str(number)])])


if __name__ == "__main__":
    main()
