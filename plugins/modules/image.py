#!/usr/bin/python
"""Documentation of the action plugin of the same name, which works on the controller alone."""

DOCUMENTATION = r"""
module: image
short_description: Refuse an image that hosts could not have
description:
  - Asks the image's registries from the controller, before there are hosts or anything is installed on them.
  - Refuses what a registry says for certain. One that this machine cannot reach or may not read is passed over; the
    host's own engine asks again.
options:
  image:
    description: The image, with a tag or a digest.
    type: str
    required: true
  mirrors:
    description: Addresses that hosts ask before Docker Hub.
    type: list
    elements: str
    default: []
  architecture:
    description: Architecture of the host, as the kernel or Amazon names it. Not compared when empty.
    type: str
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
- name: Refuse an image that the host could not run
  longshore.app.image:
    image: docker.io/longshore/agents:1.1.0
    architecture: "{{ ansible_facts.architecture }}"
"""

RETURN = r"""
msg:
  description: What is wrong, the value found and how to fix it.
  type: str
  returned: on failure
"""
