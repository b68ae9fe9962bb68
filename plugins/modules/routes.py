#!/usr/bin/python
"""Documentation of the action plugin of the same name, which works on the controller alone."""

DOCUMENTATION = r"""
module: routes
short_description: Refuse services that the proxy could not serve
description:
  - Checks on the controller, by the release engine's own rules, the names of services and the paths they answer at.
options:
  services:
    description: The services by name. Each is a dictionary, of which V(path) and V(paths) are looked at.
    type: dict
    required: true
  variable:
    description: The variable that they are from, to be named when one is wrong.
    type: str
    required: true
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
- name: Check the names and paths of services
  longshore.app.routes:
    services: {web: {path: /}}
    variable: nginx_proxy_services
"""

RETURN = r"""
msg:
  description: What is wrong, the value found and how to fix it.
  type: str
  returned: on failure
"""
