"""How hosts are reached by SSH: their keys are pinned, and a kept connection serves only who could open it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible.template import trust_as_template

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# Options of Ansible's commands that say how hosts are reached where no variable does.
GIVEN = ("remote_user", "private_key_file", "ssh_common_args", "ssh_extra_args")
# ssh uses a kept connection again without a look at key or pin, so a wrong one would go unnoticed for as long as it is
# kept. So what makes a connection is in its socket's name; hashed, since a socket's path has at most 108 bytes.
CONTROL_PATH = """
{%- set key = ansible_ssh_private_key_file | default(ansible_private_key_file) | default(GIVEN[1], true) -%}
%(directory)s/{{ ([
  ansible_host | default(inventory_hostname), ansible_port | default(''), ansible_user | default(''), GIVEN,
  key, lookup('ansible.builtin.file', key | expanduser, errors='ignore') if key else '',
  lookup('ansible.builtin.file', environment_state ~ '/known_hosts', errors='ignore'),
  ansible_ssh_common_args | default(''), ansible_ssh_extra_args | default(''),
] | string | hash('sha256'))[:16] }}
"""


def variables(state: Path, options: Mapping[str, object]) -> dict[str, str]:
    """Variables of every host. `state`: the environment's folder; `options`: those of the command that runs."""
    # accept-new: the first contact pins a host's key, and another key at the same host is refused ever after.
    pins = f"-o StrictHostKeyChecking=accept-new -o HashKnownHosts=no -o 'UserKnownHostsFile=\"{state}/known_hosts\"'"
    given = [str(options.get(name) or "") for name in GIVEN]
    path = CONTROL_PATH.strip().replace("GIVEN", repr(given))
    return {"environment_ssh_arguments": pins, "ansible_control_path": trust_as_template(path)}
