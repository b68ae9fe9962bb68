"""The environment of a run: settles which account is spoken to, and refuses an operator's mistakes in three lines.

An environment is a folder of `inventory/` with an `environment.yml`, which Ansible parses before the folder's other
sources. What is wrong with the environment, its account or its variables is said there, before anything is done.
What Ansible catches from a plugin it buries under every other plugin's warnings, so a refusal is printed here and
leaves by SystemExit.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible import context
from ansible.plugins.inventory import BaseInventoryPlugin

PROJECT = Path(__file__).resolve().parents[2]
# Ansible loads a plugin by its path, outside any package.
if str(PROJECT) not in sys.path:
    sys.path.append(str(PROJECT))

from plugins.environment_checks import account, sources, ssh, variables  # noqa: E402
from plugins.environment_checks.refusal import Refusal, nearest  # noqa: E402

DOCUMENTATION = r"""
name: environment
short_description: One environment, checked before anything is done in it
description:
  - Reads C(environment.yml) of a folder in C(inventory/). Makes the groups V(aws) (holding localhost, where there is an
    account to provision) and V(web) (the application's hosts, which the folder's other sources add).
  - Sets what C(inventory/group_vars/all.yml) says, below everything that the folder itself sets.
  - Sets C(environment_name), C(environment_state) (the folder of its key and pins), C(environment_tags) and
    C(environment_ssh_arguments), and C(ansible_control_path), so that a kept connection serves only who could open it.
  - Gives this process the environment's AWS settings, and none of the operator's where O(endpoint) is set.
options:
  plugin:
    description: Always V(environment).
    required: true
    choices: [environment]
  region:
    description: AWS region. Without one the environment has no account, and playbooks leave AWS alone.
    type: str
  account:
    description: The twelve digits of the account that the credentials must belong to. Not compared when absent.
    type: str
  endpoint:
    description:
      - Address of a stand-in for AWS on this machine. Every AWS setting of the operator is then dropped and dummy
        credentials are used, so that no call can reach AWS.
    type: str
  endpoint_fix:
    description: What to do when nothing answers at the endpoint.
    type: str
    default: start what serves it
  health_module:
    description:
      - A module of the project that is run before anything else, and ends with 0 where what the environment needs is
        there and well. Otherwise the three lines that it says are shown and end the run.
    type: str
  requires:
    description: Variables that this environment must set.
    type: list
    elements: str
    default: []
  own_variables:
    description:
      - Names of the operator's own variables, which no role of the project has. Every other name that no role has is
        refused, wherever it is set.
    type: list
    elements: str
    default: []
"""

# Variables that all environments begin with.
DEFAULTS = PROJECT / "inventory" / "group_vars" / "all.yml"
SETTINGS = ("plugin", "region", "account", "endpoint", "endpoint_fix", "health_module", "requires", "own_variables")


def environments(folder: Path) -> list[str]:
    """Names of the environments in a folder, in order."""
    return sorted(path.parent.name for path in folder.glob("*/environment.yml"))


def no_such_environment(path: Path) -> Refusal:
    """Name the environments that exist, and the one that was probably meant."""
    folder = path.parent if environments(path.parent) else PROJECT / "inventory"
    known = environments(folder)
    shown = os.path.relpath(folder)
    meant = nearest(path.name, known, 0.5)
    return Refusal(
        "environment: there is no such environment",
        f"{os.path.relpath(path)}; {shown} has {', '.join(known)}",
        f"use -i {shown}/{meant}" if meant else f"use one of those, as in -i {shown}/{known[0]}",
    )


class InventoryModule(BaseInventoryPlugin):
    """Ansible's side: reads files and the command line, sets groups and variables."""

    NAME = "environment"
    chosen: Path | None = None
    # Ansible sets these in the base class's parse, where they are declared as None.
    inventory: Any
    loader: Any
    _vars: Any

    def verify_file(self, path: str) -> bool:
        """Take `environment.yml`, and a path that does not exist, to say so."""
        return Path(path).name == "environment.yml" or ("," not in path and not Path(path).exists())

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Check the environment, then set its groups and variables; a refusal ends the process."""
        super().parse(inventory, loader, path, cache)
        try:
            self.settle(Path(path))
        except Refusal as refusal:
            self.display.error(str(refusal))
            raise SystemExit(1) from refusal

    def settle(self, path: Path) -> None:
        """Refuse what is wrong, cheapest first, and publish the environment."""
        if not path.exists():
            raise no_such_environment(path)
        self.check_alone(path.parent)
        self.check_settings(path)
        read_options: Any = self._read_config_data
        read_options(str(path))
        self.check_variables(path.parent)
        self.check_sources(path.parent)
        self.check_health()
        if self.option("region"):
            self.enter_account()
        self.publish(path.parent.name)

    def option(self, name: str) -> Any:
        """A setting of `environment.yml`, or its default."""
        read: Any = self.get_option
        return read(name)

    def read(self, path: Path) -> dict[str, Any]:
        """A YAML file's mapping, and not by the loader's cache: Ansible would later find templates distrusted."""
        return self.loader.load_from_file(str(path), cache="none") or {}

    def check_alone(self, folder: Path) -> None:
        """Refuse two environments in one run: the account of one would receive the hosts of the other."""
        chosen = InventoryModule.chosen or folder
        if chosen != folder:
            raise Refusal(
                "environment: a run works in one environment",
                f"{os.path.relpath(chosen)} and {os.path.relpath(folder)}",
                f"give one of them, as in -i {os.path.relpath(folder)}",
            )
        InventoryModule.chosen = folder

    def check_settings(self, path: Path) -> None:
        """Refuse a setting that `environment.yml` does not have."""
        for key in self.read(path):
            if key not in SETTINGS:
                raise Refusal(
                    "environment: environment.yml has no such setting",
                    f"{key} in {os.path.relpath(path)}",
                    f"did you mean {nearest(key, SETTINGS, 0)}?",
                )

    def check_variables(self, folder: Path) -> None:
        """Hold what the folder and the command line set against what roles declare."""
        settings = sources.settings(folder, self.loader, self.read)
        settings += [variables.Setting(name, value, "-e") for name, value in self._vars.items()]
        interfaces = self.interfaces()
        variables.check_variables(settings, interfaces)
        place = os.path.relpath(folder / "group_vars" / "all.yml")
        variables.check_required(settings, self.option("requires"), place, interfaces)

    def check_sources(self, folder: Path) -> None:
        """Refuse hosts of another environment or region, which a copied folder would bring along."""
        for path in sorted(folder.glob("*aws_ec2.y*ml")):
            source = self.read(path)
            tag = (source.get("filters") or {}).get("tag:Environment")
            regions = source.get("regions")
            for found, wanted, place in (
                (tag, folder.name, "tag:Environment"),
                (regions, [self.option("region")], "regions"),
            ):
                if found != wanted:
                    raise Refusal(
                        "environment: the hosts would be another environment's",
                        f"{place} is {found} in {os.path.relpath(path)}",
                        f"set it to {wanted}",
                    )

    def interfaces(self) -> variables.Interfaces:
        """Read every role's argument specifications, and the names that playbooks share."""
        options: dict[str, Any] = {}
        for path in sorted((PROJECT / "roles").glob("*/meta/argument_specs.yml")):
            for entry in self.read(path)["argument_specs"].values():
                options |= entry.get("options") or {}
        return variables.Interfaces(options, frozenset(self.read(DEFAULTS)), frozenset(self.option("own_variables")))

    def check_health(self) -> None:
        """Pass on what the environment's own check says is missing or broken."""
        module = self.option("health_module")
        if not module:
            return
        check = [sys.executable, "-m", module]
        done = subprocess.run(check, cwd=PROJECT, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        said = done.stderr.splitlines()
        if len(said) != 3:
            raise Refusal("environment: its health cannot be told", (said or ["nothing"])[-1], f"run {' '.join(check)}")
        raise Refusal(said[0], said[1].removeprefix("  found: "), said[2].removeprefix("  fix: "))

    def publish(self, name: str) -> None:
        """Set the groups and variables that inventories and playbooks build on."""
        state = PROJECT / ".longshore" / name
        # ssh makes the file of pins, but not its folder.
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.inventory.add_group("web")
        self.inventory.add_group("aws")
        if self.option("region"):
            self.inventory.add_host("localhost", group="aws")
            self.inventory.set_variable("localhost", "ansible_connection", "local")
            self.inventory.set_variable("localhost", "ansible_python_interpreter", sys.executable)
        # Set by a source and not by a group_vars beside the playbooks, which would override the environment's own.
        defaults: dict[str, Any] = self.loader.load_from_file(str(DEFAULTS), cache="none", trusted_as_template=True)
        for key, value in {
            **defaults,
            "environment_name": name,
            "environment_state": str(state),
            "environment_tags": {"Project": "longshore", "Environment": name},
            **ssh.variables(state, context.CLIARGS),
        }.items():
            self.inventory.set_variable("all", key, value)

    def enter_account(self) -> None:
        """Take on the environment's AWS settings and check whose account they open."""
        endpoint = self.option("endpoint")
        settings = account.process_settings(os.environ, self.option("region"), endpoint)
        # Modules, lookups and the aws_ec2 inventory all inherit this process's settings. A play's `environment:` would
        # reach modules only, and can't take away an exported AWS_PROFILE.
        os.environ.clear()
        os.environ.update(settings)
        if endpoint:
            account.check_endpoint(endpoint, self.option("endpoint_fix"))
        account.check_account(self.option("account"))
