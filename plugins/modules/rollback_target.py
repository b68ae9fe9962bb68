#!/usr/bin/python
"""Documentation of the action plugin of the same name, which works on the controller alone."""

DOCUMENTATION = r"""
module: rollback_target
short_description: Find the release that a host goes back to
description:
  - Decides on the controller which release each host of a fleet goes back to, so that all end on the same image.
    Release numbers belong to a host; the image is what hosts have in common.
  - Refuses before any host is changed where that is not possible.
options:
  fleet:
    description: By host, what M(longshore.app.status) returned with O(longshore.app.status#module:history).
    type: dict
    required: true
  release:
    description: A release's number. The release before the newest when left out.
    type: int
attributes:
  check_mode:
    description: Only decides, and so does the same.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
author: Longshore (@longshore)
"""

EXAMPLES = r"""
- name: Find the release to go back to
  longshore.app.rollback_target:
    fleet: "{{ dict(ansible_play_hosts_all | zip(ansible_play_hosts_all | map('extract', hostvars, 'served'))) }}"
  register: target
"""

RETURN = r"""
release:
  description: This host's number of the release to go back to, or null where it serves that image already.
  type: int
  returned: success
  sample: 3
outcome:
  description: V(unchanged), as there is nothing to do.
  type: str
  returned: when the host serves the target already
  sample: unchanged
"""
