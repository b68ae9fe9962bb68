"""An environment as an inventory: its groups and variables, from a folder's `environment.yml` or from one file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.template import trust_as_template
from ansible_collections.longshore.app.plugins.plugin_utils.environment import aws, description, ssh

DOCUMENTATION = r"""
name: environment
short_description: One environment, as groups and variables
description:
  - Reads C(environment.yml) of a folder in C(inventory/), beside the folder's other inventory sources, or one file of
    any name that holds a whole environment, its hosts included.
  - Makes the groups V(web) (the application's hosts) and V(aws) (holding localhost, where there is an AWS account).
  - Sets what C(inventory/group_vars/all.yml) of this collection says, below everything that the environment sets.
  - Sets C(environment_name), C(environment_file), C(environment_state) (the folder of its key and its pinned host
    keys), C(environment_tags), C(environment_aws) (what AWS modules are given), C(environment_ssh_arguments), and
    C(ansible_control_path), so that a kept connection is reused only with the same user, key and pinned host key.
  - Checks nothing and contacts nobody. C(playbooks/preflight.yml), which every playbook imports first, does.
options:
  plugin:
    description: Always V(longshore.app.environment).
    required: true
    choices: [longshore.app.environment]
  region:
    description: AWS region. Without one the environment has no account, and playbooks leave AWS alone.
    type: str
  account:
    description: The twelve digits of the account that the credentials must belong to. Not compared when absent.
    type: str
  endpoint:
    description:
      - Address of a stand-in for AWS on this machine. Every AWS setting of the operator is then overridden, and dummy
        credentials are used, so that no call can reach AWS.
    type: str
  endpoint_fix:
    description: What to do when nothing answers at the endpoint.
    type: str
    default: start what serves it
  health_module:
    description:
      - A Python module that preflight runs. It ends with 0 where what the environment needs is there and well.
        Otherwise the three lines that it prints are shown and end the run.
    type: str
  requires:
    description: Variables that this environment must set.
    type: list
    elements: str
    default: []
  own_variables:
    description:
      - Names of the operator's own variables, which no role of the collection has. Every other name that no role has
        is refused, wherever it is set.
    type: list
    elements: str
    default: []
  name:
    description: Name of an environment in one file. The file's own name without its ending when absent.
    type: str
  hosts:
    description: The hosts of an environment in one file, each with its variables.
    type: dict
  image:
    description: The image that an environment in one file releases, with a tag or a digest. Sets C(release_image).
    type: str
  services:
    description: The services of an environment in one file. Sets C(release_services).
    type: dict
  vars:
    description: Any other variables of an environment in one file.
    type: dict
"""

EXAMPLES = r"""
# longshore.yml, a whole environment
plugin: longshore.app.environment
image: docker.io/you/shop:1.0.0
hosts:
  web-1: {ansible_host: 203.0.113.10}
services:
  web: {replicas: 2, path: /}
"""

# How hosts of an environment in one file are reached, unless the file says otherwise: with the key that ssh uses by
# itself. A server that exists already answers at once.
REACHED = {
    "ansible_user": "root",
    "ansible_python_interpreter": "/usr/bin/python3",
    "ansible_pipelining": True,
    "ansible_ssh_common_args": "{{ environment_ssh_arguments }}",
    "host_access_seconds": 15,
}


class InventoryModule(BaseInventoryPlugin):
    """Sets groups and variables, and nothing else."""

    NAME = "longshore.app.environment"
    # Ansible sets these in the base class's parse, where they are declared as None.
    inventory: Any
    loader: Any

    def verify_file(self, path: str) -> bool:
        """Take a YAML file, whatever its name: only one that names this plugin comes here."""
        return Path(path).is_file() and Path(path).suffix in {".yml", ".yaml"}

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Publish the environment's groups and variables."""
        super().parse(inventory, loader, path, cache)
        environment = description.read(Path(path).absolute(), loader)
        for name, value in self._variables(environment).items():
            self.inventory.set_variable("all", name, value)
        for group in ("web", "aws"):
            self.inventory.add_group(group)
        if environment.settings.get("region"):
            self.inventory.add_host("localhost", group="aws")
            self.inventory.set_variable("localhost", "ansible_connection", "local")
            self.inventory.set_variable("localhost", "ansible_python_interpreter", sys.executable)
        for host, variables in environment.hosts().items():
            self.inventory.add_host(host, group="web")
            for name, value in variables.items():
                self.inventory.set_variable(host, name, value)

    def _variables(self, environment: description.Environment) -> dict[str, Any]:
        # Set by a source and not by a group_vars beside the playbooks, which would override the environment's own.
        defaults = self.loader.load_from_file(str(description.DEFAULTS), cache="none", trusted_as_template=True)
        region, endpoint = environment.settings.get("region"), environment.settings.get("endpoint")
        return {
            **defaults,
            **({name: trusted(value) for name, value in REACHED.items()} if environment.whole else {}),
            **environment.variables(),
            "environment_name": environment.name,
            "environment_file": str(environment.file),
            "environment_state": str(environment.state),
            "environment_tags": {"Project": "longshore", "Environment": environment.name},
            "environment_aws": {
                "process": aws.client_environment(region, endpoint) if region else {},
                "modules": aws.module_defaults(region, endpoint) if region else {},
                "account": str(environment.settings.get("account") or ""),
                "endpoint": endpoint or "",
            },
            **ssh.variables(environment.state, context.CLIARGS),
        }


def trusted(value: Any) -> Any:
    """The same value, which Ansible may read as a template."""
    return trust_as_template(value) if isinstance(value, str) else value
