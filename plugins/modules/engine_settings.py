#!/usr/bin/python
"""Documentation of the action plugin of the same name, which works on the controller alone."""

DOCUMENTATION = r"""
module: engine_settings
short_description: Refuse settings that the release engine would not take
description:
  - Judges on the controller, by the engine's own rules, what is to be written to C(/etc/longshore/engine.json).
options:
  settings:
    description: Content of that file.
    type: dict
    required: true
  source:
    description: Where the settings are from, to be named when one is wrong.
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
- name: Check the settings of the release engine
  longshore.app.engine_settings:
    settings: {slots: 12, retention: 5}
    source: group_vars/all.yml
"""

RETURN = r"""
msg:
  description: What is wrong, the value found and how to fix it.
  type: str
  returned: on failure
"""
