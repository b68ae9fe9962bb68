"""What the modules that have the engine change a host say alike in their documentation."""

from __future__ import annotations


class ModuleDocFragment:
    """The options of `module_utils/longshore/engine.py`, and how its runs are checked and shown."""

    DOCUMENTATION = r"""
options:
  executable:
    description: The engine's command on the host.
    type: path
    default: /usr/local/bin/longshore
  operator:
    description: Who is at work, for the engine's lock and journal. The engine finds out by itself when it is left out.
    type: str
  wait:
    description: Seconds to wait for another run on the host to end. With V(0) a host in use is refused at once.
    type: int
    default: 0
attributes:
  check_mode:
    description: The engine plans and checks, and changes nothing.
    support: full
  diff_mode:
    description: Shows the plan.
    support: full
"""
