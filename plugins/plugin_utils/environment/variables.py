"""Variables against the interfaces of all roles: a name that no role knows, or a value that can't be, is refused.

Ansible ignores a variable that nobody reads, so a misspelt one silently means its default.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.plugins.plugin_utils.environment.connections import connection_variables
from ansible_collections.longshore.app.plugins.plugin_utils.environment.names import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set


class Setting(NamedTuple):
    """A variable as an operator set it."""

    name: str
    value: object
    place: str


class Interfaces(NamedTuple):
    """What roles declare: their variables' specifications; names that playbooks share; and the operator's own names.

    `file` is where the operator lists their own.
    """

    options: Mapping[str, Mapping[str, Any]]
    shared: frozenset[str] = frozenset()
    own: frozenset[str] = frozenset()
    file: str = "environment.yml"


# What playbooks themselves ask for, besides what roles declare.
QUESTIONS = frozenset(("teardown_confirm", "restore_confirm", "restore_forget"))
RESEMBLANCE = 0.6
WHOLE = re.compile(r"-?[0-9]+")


def check_variables(settings: Sequence[Setting], interfaces: Interfaces) -> None:
    """Refuse the first setting that is misspelt or does not fit."""
    connections = [str(setting.value) for setting in settings if setting.name == "ansible_connection"]
    for setting in settings:
        if setting.name.startswith("ansible_"):
            check_connection(setting, connections)
        else:
            check_name(setting, interfaces)
            check_value(setting, interfaces)


def check_connection(setting: Setting, connections: Sequence[str]) -> None:
    """Refuse a name that is left to Ansible and that Ansible does not read."""
    known = connection_variables(connections, setting.name)
    if setting.name not in known:
        raise RefusedError(
            "environment: Ansible has no such variable",
            f"{setting.name} in {setting.place}",
            f"did you mean {nearest(setting.name, known, 0)}?",
        )


def check_name(setting: Setting, interfaces: Interfaces) -> None:
    """Refuse a name that nobody reads."""
    known = {*interfaces.options, *interfaces.shared, *QUESTIONS}
    if setting.name in known or setting.name in interfaces.own:
        return
    meant = intended(setting.name, known)
    own = f"list it in own_variables of {interfaces.file}"
    raise RefusedError(
        "environment: no role has this variable",
        f"{setting.name} in {setting.place}",
        f"did you mean {meant}? If it is your own, {own}"
        if meant
        else f"see the READMEs of the roles; if it is your own, {own}",
    )


def intended(name: str, known: Set[str]) -> str | None:
    """The known name that was probably meant: the shortest that has all words of the given one, else the closest."""
    words = set(name.lower().split("_"))
    longer = [candidate for candidate in known if words <= set(candidate.split("_"))]
    return min(longer, key=lambda candidate: (len(candidate), candidate), default=None) or nearest(
        name.lower(), known, RESEMBLANCE
    )


def check_value(setting: Setting, interfaces: Interfaces) -> None:
    """Refuse a value of another type or outside the choices; a template is left to the role, which sees its result."""
    specification = interfaces.options.get(setting.name)
    if specification is None or "{{" in str(setting.value) or "{%" in str(setting.value):
        return
    if not fits(setting, specification):
        raise RefusedError(
            f"environment: the value of {setting.name} does not fit",
            f"{setting.value!r} in {setting.place}",
            f"give {wanted(specification)}",
        )


def fits(setting: Setting, specification: Mapping[str, Any]) -> bool:
    """Whether a role could take a value. For a whole number Ansible would also take `true` and `1e1`."""
    if specification.get("type") == "int" and not WHOLE.fullmatch(str(setting.value)):
        return False
    validator: Any = ArgumentSpecValidator  # Ansible ships no types
    options = {setting.name: {**specification, "required": False}}
    return not validator(options).validate({setting.name: setting.value}).error_messages


def wanted(specification: Mapping[str, Any]) -> str:
    """Describe the values that a variable takes."""
    if "choices" in specification:
        return "one of " + ", ".join(str(choice) for choice in specification["choices"])
    elements = f" of {specification['elements']}" if "elements" in specification else ""
    return f"a value of type {specification.get('type', 'str')}{elements}"


def check_required(settings: Sequence[Setting], required: Sequence[str], place: str, interfaces: Interfaces) -> None:
    """Refuse an environment that leaves a variable unset for which no default can be right."""
    given = {setting.name for setting in settings if setting.value not in (None, "")}
    for name in required:
        if name not in given:
            description = interfaces.options.get(name, {}).get("description", "")
            first = description[0] if isinstance(description, list) else description
            raise RefusedError(
                f"environment: {name} is not set",
                f"no value in {place} and none given with -e",
                f"set it there. {first}".rstrip(),
            )
