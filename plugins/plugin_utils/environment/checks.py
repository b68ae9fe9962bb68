"""What is refused about an environment before anything is done in it, the cheapest first. Contacts no host.

Each function raises RefusedError.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.plugins.plugin_utils.environment import aws, sources, variables
from ansible_collections.longshore.app.plugins.plugin_utils.environment.description import COLLECTION, DEFAULTS
from ansible_collections.longshore.app.plugins.plugin_utils.environment.names import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ansible_collections.longshore.app.plugins.plugin_utils.environment.description import Environment

KINDS: dict[str, tuple[type, str]] = {
    "hosts": (dict, "list each host with its variables, like {web-1: {ansible_host: 203.0.113.10}}"),
    "vars": (dict, "write it as a mapping from names to values"),
    "requires": (list, "write it as a list of names"),
    "own_variables": (list, "write it as a list of names"),
}


def check(environment: Environment, loader: Any, given: Mapping[str, Any], shell: Mapping[str, str]) -> None:
    """Refuse what is wrong with an environment. `given`: the variables of -e; `shell`: the operator's own."""
    check_settings(environment)
    check_variables(environment, loader, given)
    if not environment.whole:
        check_hosts_files(environment, loader)
    if module := environment.settings.get("health_module"):
        check_health(module)
    if environment.settings.get("region"):
        if endpoint := environment.settings.get("endpoint"):
            aws.check_endpoint(endpoint, environment.settings.get("endpoint_fix") or "start what serves it")
            aws.check_profile(shell)
        else:
            aws.check_shell(shell)


def check_settings(environment: Environment) -> None:
    """Refuse a setting that the environment's file does not have, or one of another kind."""
    place = os.path.relpath(environment.file)
    for key, value in environment.settings.items():
        if key not in environment.known_settings:
            raise RefusedError(
                f"environment: {environment.file.name} has no such setting",
                f"{key} in {place}",
                f"did you mean {nearest(key, environment.known_settings, 0)}?",
            )
        if key in KINDS and not isinstance(value, KINDS[key][0]):
            raise RefusedError(f"environment: {key} does not fit", f"{value!r} in {place}", KINDS[key][1])
    for name, host in (environment.settings.get("hosts") or {}).items():
        if host is not None and not isinstance(host, dict):
            raise RefusedError(
                f"environment: the variables of host {name} do not fit", f"{host!r} in {place}", KINDS["hosts"][1]
            )


def check_variables(environment: Environment, loader: Any, given: Mapping[str, Any]) -> None:
    """Compare what the environment and the command line set with what roles declare."""

    def read(path: Path) -> dict[str, Any]:
        return loader.load_from_file(str(path), cache="none") or {}

    options: dict[str, Any] = {}
    for path in sorted((COLLECTION / "roles").glob("*/meta/argument_specs.yml")):
        for entry in read(path)["argument_specs"].values():
            options |= entry.get("options") or {}
    own = frozenset(environment.settings.get("own_variables") or ())
    interfaces = variables.Interfaces(options, frozenset(read(DEFAULTS)), own, environment.file.name)
    settings = sources.settings(environment, loader, read)
    settings += [variables.Setting(name, value, "-e") for name, value in given.items()]
    variables.check_variables(settings, interfaces)
    place = environment.file if environment.whole else environment.file.parent / "group_vars" / "all.yml"
    required = environment.settings.get("requires") or []
    variables.check_required(settings, required, os.path.relpath(place), interfaces)


def check_hosts_files(environment: Environment, loader: Any) -> None:
    """Refuse hosts of another environment or region, which a copied folder would bring along."""
    region, endpoint = environment.settings.get("region"), environment.settings.get("endpoint")
    for path in sorted(environment.file.parent.glob("*aws_ec2.y*ml")):
        source = loader.load_from_file(str(path), cache="none") or {}
        tag = (source.get("filters") or {}).get("tag:Environment")
        for found, wanted, place in (
            (tag, environment.name, "tag:Environment"),
            (source.get("regions"), [region], "regions"),
            (source.get("endpoint_url"), endpoint, "endpoint_url"),
        ):
            if found != wanted:
                raise RefusedError(
                    "environment: the hosts would be another environment's",
                    f"{place} is {found or 'not set'} in {os.path.relpath(path)}",
                    f"set it to {wanted}" if wanted else "remove it",
                )


def check_health(module: str) -> None:
    """Pass on what the environment's own check says is missing or broken."""
    check = [sys.executable, "-m", module]
    done = subprocess.run(check, cwd=COLLECTION, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    said = done.stderr.splitlines()
    if len(said) != 3:
        last = (said or ["nothing"])[-1]
        raise RefusedError("environment: its health cannot be determined", last, f"run {' '.join(check)}")
    raise RefusedError(said[0], said[1].removeprefix("  found: "), said[2].removeprefix("  fix: "))
