#!/usr/bin/python
"""Documentation of the action plugin of the same name, which works on the controller alone."""

DOCUMENTATION = r"""
module: preflight
short_description: Refuse what no host could release
description:
  - Looks on the controller at what is asked for, as each host will see it, before any host is contacted.
options:
  group:
    description: Group of the application's hosts.
    type: str
    default: web
  hosts:
    description: Whether to refuse when the group is empty, which Ansible itself passes over with success.
    type: bool
    default: true
  request:
    description: Whether to look at C(release_image), C(release_initial_image) and C(release_services).
    type: bool
    default: true
attributes:
  check_mode:
    description: Only looks, and so does the same.
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
author: Longshore (@longshore)
"""

EXAMPLES = r"""
- name: Refuse what no host could release
  longshore.app.preflight:

- name: Look at the request for hosts that are still to be made
  longshore.app.preflight:
    hosts: false
"""

RETURN = r"""
msg:
  description: What is wrong, the value found and how to fix it.
  type: str
  returned: on failure
"""
