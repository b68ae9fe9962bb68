"""Which variables Ansible itself reads of a host: how it is reached, and as whom."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from ansible import constants
from ansible.plugins import loader

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

# The plugins whose options a host may set without naming the plugin. Other connections count when they are chosen.
USUAL = (("connection", "ssh"), ("connection", "local"), ("become", "sudo"), ("become", "su"), ("shell", "sh"))
C: Any = constants  # settings become attributes while Ansible starts


def connection_variables(connections: Iterable[str], name: str) -> frozenset[str]:
    """Names that Ansible reads. The plugins' own are looked up only where `name` is none of those that all have."""
    known = common()
    if name not in known:
        plugins = [*USUAL, *(("connection", connection) for connection in connections)]
        known = known.union(*(options(kind, plugin) for kind, plugin in plugins))
    return known


@functools.cache
def common() -> frozenset[str]:
    """What every connection has, by any of its names, and what belongs to modules."""
    mapped = (name for names in C.MAGIC_VARIABLE_MAPPING.values() for name in names)
    configured = named(C.config.get_configuration_definitions())
    return frozenset((*C.COMMON_CONNECTION_VARS, *mapped, *configured, "ansible_group_priority"))


@functools.cache
def options(kind: str, plugin: str) -> frozenset[str]:
    """What one plugin reads; nothing where there is no such plugin, which Ansible then says itself."""
    found = getattr(loader, f"{kind}_loader").get(plugin, class_only=True)
    if found is None:
        return frozenset()
    return frozenset(named(C.config.get_configuration_definitions(kind, found._load_name)))


def named(definitions: Mapping[str, Mapping[str, Any]]) -> Sequence[str]:
    """The variables by which options can be set."""
    names = [variable["name"] for option in definitions.values() for variable in option.get("vars") or []]
    return [name for name in names if name.startswith("ansible_")]
