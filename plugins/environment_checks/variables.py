"""Variables against the interfaces of all roles: a name that no role knows, or a value that can't be, is refused.

Ansible ignores a variable that nobody reads, so a misspelt one silently means its default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from plugins.environment_checks.refusal import Refusal, nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Setting(NamedTuple):
    """A variable as an operator set it."""

    name: str
    value: object
    place: str


class Interfaces(NamedTuple):
    """What roles declare: their variables' specifications, their names' prefixes, and names that playbooks share."""

    options: Mapping[str, Mapping[str, Any]]
    prefixes: tuple[str, ...]
    shared: frozenset[str] = frozenset()


# Below a slip's closeness, another name is taken for the operator's own variable, unless it claims a role's prefix.
SLIP = 0.88
RESEMBLANCE = 0.6


def check_variables(settings: Sequence[Setting], interfaces: Interfaces) -> None:
    """Refuse the first setting that is misspelt or does not fit."""
    for setting in settings:
        check_name(setting, interfaces)
        check_value(setting, interfaces)


def check_name(setting: Setting, interfaces: Interfaces) -> None:
    """Refuse a name that looks like a role's variable and is none."""
    known = {*interfaces.options, *interfaces.shared}
    if setting.name in known or setting.name.startswith(("ansible_", "__")):
        return
    claimed = setting.name.startswith(interfaces.prefixes)
    meant = nearest(setting.name, known, RESEMBLANCE if claimed else SLIP)
    if claimed or meant:
        raise Refusal(
            "environment: no role has this variable",
            f"{setting.name} in {setting.place}",
            f"did you mean {meant}?" if meant else "see the table in the README of the role",
        )


def check_value(setting: Setting, interfaces: Interfaces) -> None:
    """Refuse a value of another type or outside the choices; a template is left to the role, which sees its result."""
    specification = interfaces.options.get(setting.name)
    if specification is None or "{{" in str(setting.value) or "{%" in str(setting.value):
        return
    validator: Any = ArgumentSpecValidator  # Ansible ships no types
    options = {setting.name: {**specification, "required": False}}
    errors = validator(options).validate({setting.name: setting.value}).error_messages
    if errors:
        raise Refusal(
            f"environment: the value of {setting.name} does not fit",
            f"{setting.value!r} in {setting.place}",
            f"give {wanted(specification)}",
        )


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
            raise Refusal(
                f"environment: {name} is not set",
                f"no value in {place} and none given with -e",
                f"set it there. {first}".rstrip(),
            )
