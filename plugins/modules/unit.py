#!/usr/bin/python
"""Documentation of the action plugin of the same name."""

DOCUMENTATION = r"""
module: unit
short_description: Manage a systemd unit that a package installs
description:
  - Does what M(ansible.builtin.systemd_service) does, with the same options.
  - In check mode, a unit that does not exist is reported as a change and not as a failure. On a fresh host, the package
    that installs the unit is itself only announced.
options:
  name:
    description: Name of the unit.
    type: str
    required: true
  state:
    description: The wanted state.
    type: str
    choices: [reloaded, restarted, started, stopped]
  enabled:
    description: Whether the unit starts at boot.
    type: bool
  daemon_reload:
    description: Whether systemd reads its unit files again first.
    type: bool
    default: false
attributes:
  check_mode:
    description: Reports what would change.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
seealso:
  - module: ansible.builtin.systemd_service
author: Longshore (@longshore)
"""

EXAMPLES = r"""
- name: Start nginx
  longshore.app.unit:
    name: nginx.service
    state: started
    enabled: true
"""

RETURN = r"""
status:
  description: Properties of the unit, as C(systemctl show) gives them.
  type: dict
  returned: if the unit exists
"""
