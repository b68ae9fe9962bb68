"""What is wrong with a request, as far as the controller can see: nothing has been contacted yet.

What a spec may hold is the engine's to say, so its own parser reads it here too; only what Ansible adds to a service
(`path` and `paths`, which are nginx's) and what only Ansible knows (whether there are hosts) is judged in this file.
"""

from __future__ import annotations

import json
import re
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from longshore.errors import RefusedError
from longshore.model import Service
from longshore.reference import Reference
from longshore.spec import known_keys, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WHOLE = re.compile(r"(/[A-Za-z0-9._-]+)+")
PROXYS = ("path", "paths")
ANY_IMAGE = "docker.io/longshore/any:1"  # the parser wants an image; the real one is judged by itself


def check_image(variable: str, image: object) -> None:
    """Refuse an image that isn't a reference with a tag or a digest."""
    if not isinstance(image, str):
        fix = f"write it like {variable}=docker.io/you/agents:1.0.0"
        raise RefusedError(f"release: {variable} is not a string", json.dumps(image), fix)
    try:
        Reference.parse(image)
    except RefusedError as error:
        raise RefusedError(error.problem, f"{variable}: {error.found.strip(chr(39))}", error.fix) from None


def check_services(services: object) -> None:
    """Refuse services that the engine would refuse, naming them as the operator wrote them: `release_services.…`."""
    if not isinstance(services, dict):
        fix = "write it like {planner: {replicas: 2, path: /}}"
        raise RefusedError("release: release_services is not a dictionary", json.dumps(services), fix)
    known = (*(field.name for field in fields(Service)), *PROXYS)
    for name, service in services.items():
        if isinstance(service, dict):
            _check_keys_and_paths(f"release_services.{name}", service, known)
    plain = {name: _without_paths(service) for name, service in services.items()}
    try:
        parse(json.dumps({"image": ANY_IMAGE, "services": plain}), "release_services")
    except RefusedError as error:
        raise RefusedError(_as_written(error.problem), error.found, _as_written(error.fix)) from None


def _check_keys_and_paths(where: str, service: Mapping[str, Any], known: tuple[str, ...]) -> None:
    try:
        known_keys(service, known, where)
    except RefusedError as error:
        raise RefusedError(_as_written(error.problem), error.found, error.fix) from None
    path = service.get("path", "/")
    if not (isinstance(path, str) and path.startswith("/") and path.endswith("/")):
        fix = "begin and end it with /, like /agents/solver/, or leave it out for a service that only others call"
        raise RefusedError(f"release: {where}.path is not a path nginx can serve", json.dumps(path), fix)
    paths = service.get("paths", [])
    if not isinstance(paths, list):
        fix = "give a list, like [/agents/solver, /v0.3/agents/solver]"
        raise RefusedError(f"release: {where}.paths is not a list", json.dumps(paths), fix)
    for each in paths:
        if not (isinstance(each, str) and WHOLE.fullmatch(each)):
            fix = "begin it with / and end it without, like /agents/solver: what is below it is meant as well"
            raise RefusedError(f"release: {where}.paths holds what nginx cannot serve", json.dumps(each), fix)


def _without_paths(service: object) -> object:
    if not isinstance(service, dict):
        return service
    return {key: value for key, value in service.items() if key not in PROXYS}


def _as_written(text: str) -> str:
    """The engine says `services.planner` of a spec; the operator wrote `release_services.planner`."""
    text = text.replace("spec: ", "release: ")
    return text.replace(" services.", " release_services.").replace(" services ", " release_services ")


def check_hosts(hosts: Sequence[str], group: str, inventory: str) -> None:
    """Refuse an environment without application hosts, which Ansible itself would pass over with success."""
    if not hosts:
        fix = "make them with playbooks/provision.yml, or name them in the inventory"
        raise RefusedError(f"release: no host in group `{group}`", f"inventory {inventory}", fix)


def check_some_image(variables: Mapping[str, Any], hosts: Sequence[str]) -> None:
    """Refuse a fleet that is still to be made, and so serves nothing, when no image is named for it."""
    if not hosts and not (variables.get("release_image") or variables.get("release_initial_image")):
        raise no_image()


def no_image() -> RefusedError:
    """Nothing says what to release."""
    fix = "give -e release_image=docker.io/you/agents:1.0.0, or set release_initial_image for the environment"
    return RefusedError("release: no image to release", "neither release_image nor release_initial_image is set", fix)
