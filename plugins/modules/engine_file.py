#!/usr/bin/python
"""Documentation of the action plugin of the same name."""

DOCUMENTATION = r"""
module: engine_file
short_description: Install the release engine as one executable file
description:
  - Builds the engine on the controller, in memory, and copies it to the host. The same engine gives the same bytes.
options:
  dest:
    description: Path of the file on the host.
    type: path
    required: true
attributes:
  check_mode:
    description: Reports whether the file would change.
    support: full
  diff_mode:
    description: The file is binary, so that its content is not shown.
    support: partial
author: Longshore (@longshore)
"""

EXAMPLES = r"""
- name: Install the release engine
  longshore.app.engine_file:
    dest: /usr/local/bin/longshore
"""

RETURN = r"""
dest:
  description: Path of the file on the host.
  type: str
  returned: success
"""
