"""Where an environment sets variables: in files named after groups and hosts, in its lists of hosts, or in one file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.inventory.data import InventoryData
from ansible.inventory.manager import IGNORED
from ansible.plugins.loader import inventory_loader
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.plugins.plugin_utils.environment.variables import Setting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ansible_collections.longshore.app.plugins.plugin_utils.environment.description import Environment

C: Any = constants  # settings become attributes while Ansible starts
plugins: Any = inventory_loader  # carries no types
# What Ansible itself notes about a host that it found in a file.
NOTES = {"inventory_file", "inventory_dir"}


def settings(environment: Environment, loader: Any, read: Callable[[Path], Mapping[str, Any]]) -> list[Setting]:
    """Every variable that an environment sets. Raises RefusedError for a file that Ansible would leave unread."""
    folder = environment.file.parent
    found = [
        Setting(name, value, os.path.relpath(path))
        for kind in ("group_vars", "host_vars")
        for path in variable_files(folder / kind, loader)
        for name, value in read(path).items()
    ]
    if environment.whole:
        return found + _of_one_file(environment)
    return found + [setting for path in considered(folder) if path.is_file() for setting in listed(path, loader)]


def _of_one_file(environment: Environment) -> list[Setting]:
    place = os.path.relpath(environment.file)
    pairs = [
        *environment.variables().items(),
        *(item for host in environment.hosts().values() for item in host.items()),
    ]
    return [Setting(name, value, place) for name, value in pairs]


def considered(folder: Path) -> Iterator[Path]:
    """A folder's entries but for those that Ansible passes over: hidden ones, backups, texts."""
    if folder.is_dir():
        yield from (path for path in sorted(folder.iterdir()) if not IGNORED.search(path.name.encode()))


def variable_files(folder: Path, loader: Any) -> Iterator[Path]:
    """The files that Ansible reads for the groups or hosts after which they are named, each with any of its endings."""
    for path in considered(folder):
        name = path.stem if path.suffix in C.YAML_FILENAME_EXTENSIONS else path.name
        endings = ("", *C.YAML_FILENAME_EXTENSIONS)
        first = next(file for ending in endings if (file := folder / f"{name}{ending}").exists())
        if path != first:
            raise RefusedError(
                "environment: Ansible would read only one of two files",
                f"{os.path.relpath(first)} and not {os.path.relpath(path)}",
                "put the variables of both into one",
            )
        yield from map(Path, loader.find_vars_files(str(folder), name))


def listed(path: Path, loader: Any) -> Iterator[Setting]:
    """Variables beside the hosts of a file. One that lists no hosts, or can't be read, is left to Ansible to judge."""
    if path.name == "environment.yml":
        return
    formats = (
        ["ansible.builtin.yaml"]
        if path.suffix in C.YAML_FILENAME_EXTENSIONS
        else ["ansible.builtin.yaml", "ansible.builtin.ini"]
    )
    for name in formats:
        data: Any = InventoryData()
        plugin = plugins.get(name)
        try:
            plugin.parse(data, loader, str(path), cache=False)
        except AnsibleError:
            continue
        for entry in (*data.groups.values(), *data.hosts.values()):
            yield from (
                Setting(key, value, os.path.relpath(path)) for key, value in entry.vars.items() if key not in NOTES
            )
        return
