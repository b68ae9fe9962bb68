"""Reading a spec: what a person wants released, checked to the last key before anything is touched."""

from __future__ import annotations

import difflib
import json
import posixpath
import re
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ..errors import RefusedError
from . import mounts
from .model import SLOT_COUNT, Mount, Service
from .reference import Reference
from .replica import RESERVED_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SERVICE_NAME = re.compile(r"[a-z]([a-z0-9-]{0,22}[a-z0-9])?")  # keeps every socket's path far below 108 bytes
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
MEMORY_AT_LEAST = 6  # MiB; Docker itself refuses less


@dataclass(frozen=True, slots=True)
class Spec:
    """A wanted release, before it has a number and a digest."""

    image: Reference
    services: Mapping[str, Service]


def parse(text: str, source: str) -> Spec:
    """Read a spec's JSON text; `source` names it in errors. Raises RefusedError."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{source}, line {error.lineno} column {error.colno}: {error.msg}"
        raise RefusedError("spec: not JSON", where, "give a JSON object with `image` and `services`") from error
    top = _object(value, "spec")
    known_keys(top, ("image", "services"), "spec", required=("image", "services"))
    image = Reference.parse(_string(top["image"], "image"))
    services = _object(top["services"], "services")
    if not services:
        raise RefusedError("spec: no service to release", "services: {}", "name at least one service")
    return Spec(image, {name: _service(name, services[name]) for name in sorted(services)})


def _service(name: str, value: object) -> Service:
    where = f"services.{name}"
    check_service_name(name)
    given = _object(value, where)
    known_keys(given, tuple(field.name for field in fields(Service)), where, required=("replicas",))
    defaults = Service(replicas=1)
    path = _string(given.get("ready_path", defaults.ready_path), f"{where}.ready_path")
    if not path.startswith("/") or not path.isprintable() or " " in path:
        raise RefusedError(f"spec: {where}.ready_path is not a path", repr(path), 'write it like "/readyz"')
    return Service(
        replicas=_number(given["replicas"], f"{where}.replicas", 1, SLOT_COUNT),
        memory_mb=_number(given.get("memory_mb", defaults.memory_mb), f"{where}.memory_mb", MEMORY_AT_LEAST, 1 << 20),
        environment=_environment(given.get("environment", {}), f"{where}.environment"),
        ready_path=path,
        ready_seconds=_number(given.get("ready_seconds", defaults.ready_seconds), f"{where}.ready_seconds", 1, 3600),
        drain_seconds=_number(given.get("drain_seconds", defaults.drain_seconds), f"{where}.drain_seconds", 0, 3600),
        command=_command(given.get("command"), f"{where}.command"),
        mounts=_mounts(given.get("mounts", []), f"{where}.mounts"),
    )


def check_service_name(name: str) -> None:
    """Refuse a name that could not be part of a socket's path, or that a container could not have."""
    if not SERVICE_NAME.fullmatch(name):
        fix = "use 1 to 24 lower-case letters, digits and hyphens, beginning with a letter"
        raise RefusedError("spec: not a service name", repr(name), fix)


def known_keys(
    value: Mapping[str, Any], known: tuple[str, ...], where: str, required: Iterable[str] = (), area: str = "spec"
) -> None:
    """Refuse a key that means nothing, naming the nearest one that does, and the lack of a required one."""
    for key in value:
        if key not in known:
            nearest = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
            hint = f"did you mean `{nearest[0]}`? " if nearest else ""
            raise RefusedError(f"{area}: unknown key in {where}", repr(key), f"{hint}known: {', '.join(known)}")
    for key in required:
        if key not in value:
            found = ", ".join(value) or "no key at all"
            raise RefusedError(f"{area}: {where} lacks `{key}`", found, f"add `{key}` to {where}")


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise RefusedError(f"spec: {where} is not an object", json.dumps(value), "write it as {…}")
    return value


def _string(value: object, where: str) -> str:
    if not isinstance(value, str):
        raise RefusedError(f"spec: {where} is not a string", json.dumps(value), "put it in quotes")
    return value


def _number(value: object, where: str, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise RefusedError(f"spec: {where} is out of range", json.dumps(value), f"a whole number, {least} to {most}")
    return value


def _environment(value: object, where: str) -> dict[str, str]:
    given = _object(value, where)
    for key, item in given.items():
        if not VARIABLE_NAME.fullmatch(key):
            raise RefusedError(f"spec: not a variable name in {where}", repr(key), "use letters, digits and _")
        if key in RESERVED_VARIABLES:
            fix = "leave it out: the engine sets it for each replica"
            raise RefusedError(f"spec: {where} sets a variable of the engine", key, fix)
        if not isinstance(item, str):  # the value may be a secret, so the error shows only its type
            fix = f'put it in quotes: "{key}": "…"'
            raise RefusedError(f"spec: {where}.{key} is not a string", f"a JSON {_type_name(item)}", fix)
        if "\0" in item:
            raise RefusedError(f"spec: {where}.{key} holds a NUL character", "\\u0000", "remove it")
    return dict(sorted(given.items()))


def _command(value: object, where: str) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        fix = 'give a list of strings, like ["gunicorn", "app:create_app()"], or null for the image\'s own'
        raise RefusedError(f"spec: {where} is not a list of strings", json.dumps(value), fix)
    return tuple(value)


def _mounts(value: object, where: str) -> tuple[Mount, ...]:
    if not isinstance(value, list):
        fix = 'give a list, like [{"source": "/srv/data", "target": "/data", "read_only": false}]'
        raise RefusedError(f"spec: {where} is not a list", json.dumps(value), fix)
    given = [_mount(item, f"{where}[{number}]") for number, item in enumerate(value)]
    mounts.check_targets(given, where)
    return tuple(sorted(given, key=lambda mount: mount.target))  # another order is no other configuration


def _mount(value: object, where: str) -> Mount:
    given = _object(value, where)
    known_keys(given, tuple(field.name for field in fields(Mount)), where, required=("source", "target"))
    source, target = (_absolute(given[key], f"{where}.{key}") for key in ("source", "target"))
    read_only = given.get("read_only", False)
    if not isinstance(read_only, bool):
        raise RefusedError(
            f"spec: {where}.read_only is not true or false", json.dumps(read_only), "write true or false"
        )
    mount = Mount(source, target, read_only)
    mounts.check_paths(mount, where)
    return mount


def _absolute(value: object, where: str) -> str:
    path = _string(value, where)
    if not path.startswith("/") or posixpath.normpath(path) != path or not path.isprintable():
        fix = 'write it from the root, without "..", "//" or a "/" at its end, like /srv/data'
        raise RefusedError(f"spec: {where} is not an absolute path", repr(path), fix)
    return path


def _type_name(value: object) -> str:
    kinds = {bool: "boolean", int: "number", float: "number", list: "list", dict: "object", type(None): "null"}
    return kinds[type(value)]
