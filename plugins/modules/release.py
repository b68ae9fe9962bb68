#!/usr/bin/python
"""Releases an image with its services on a host, by the host's release engine."""

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Release an image on a host without dropping a request
description:
  - Hands a wanted release to the host's engine, C(longshore deploy), which compares it with what runs and does what is
    missing. Nothing is changed where the release already serves.
  - A release that does not get ready is reverted by the engine. The module then fails, and the old release serves.
options:
  image:
    description: Image to release, with a tag or a digest.
    type: str
    required: true
  services:
    description:
      - The services of the release by name. Each is a dictionary with V(replicas) and, where the defaults do not fit,
        V(memory_mb), V(environment), V(ready_path), V(ready_seconds), V(drain_seconds), V(command) and V(mounts).
      - The engine refuses any other key. Values are kept out of the host's log.
    type: dict
    required: true
extends_documentation_fragment: longshore.app.engine
author: Longshore (@longshore)
"""

EXAMPLES = r"""
- name: Release version 1.1.0
  longshore.app.release:
    image: docker.io/longshore/agents:1.1.0
    services:
      planner: {replicas: 2}
      solver: {replicas: 2, memory_mb: 512}

- name: Release exactly this image, waiting up to a minute for a colleague's release to end
  longshore.app.release:
    image: docker.io/longshore/agents@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
    services: "{{ release_services }}"
    wait: 60
"""

RETURN = r"""
outcome:
  description:
    - What came of it. V(unknown) only in check mode on a host that has no engine yet.
  type: str
  returned: always
  sample: released
release:
  description: Number of the release that serves now, or would.
  type: int
  returned: when the engine ran
  sample: 4
image:
  description: Image of that release.
  type: str
  returned: when the engine ran
  sample: docker.io/longshore/agents:1.1.0
digest:
  description: Digest that the image's tag stood for.
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
  sample: ["planner 2/2 ready after 0.8 s"]
seconds:
  description: How long it took.
  type: float
  returned: when the engine ran
  sample: 4.2
error:
  description:
    - What went wrong, as V(problem), V(found) and V(fix), with the container's V(exit_code) and the last lines of its
      V(log) where one is to blame.
  type: dict
  returned: on failure
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.longshore.app.plugins.module_utils import engine


def main() -> None:
    """Give the wanted release to the engine on its standard input: nothing secret is in a process list or a file."""
    services = {"type": "dict", "required": True, "no_log": True}
    image = {"type": "str", "required": True}
    options = {"image": image, "services": services, **engine.OPTIONS}
    module = AnsibleModule(options, supports_check_mode=True)  # type: ignore[no-untyped-call]
    # `no_log` has kept the services out of the host's log. Ansible would now also blot out every value of theirs, such
    # as "2", wherever it comes up in the engine's answer, which never repeats the one part that may be secret.
    module.no_log_values.clear()
    spec = {"image": module.params["image"], "services": module.params["services"]}
    engine.run(module, ["deploy", "--spec", "-"], spec)


if __name__ == "__main__":
    main()
