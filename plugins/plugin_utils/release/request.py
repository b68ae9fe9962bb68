"""What is wrong with a request, as far as the controller can see: nothing has been contacted yet.

What a spec and its routes may hold is the engine's to say, so its own functions read them here too; only what Ansible
alone knows (whether there are hosts, and what an operator calls things) is added in this file.
"""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from ansible_collections.longshore.app.engine.longshore.errors import RefusedError
from ansible_collections.longshore.app.engine.longshore.planning import routes
from ansible_collections.longshore.app.engine.longshore.planning.model import Service
from ansible_collections.longshore.app.engine.longshore.planning.reference import Reference
from ansible_collections.longshore.app.engine.longshore.planning.spec import known_keys, parse

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

VARIABLE = "release_services"
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
    known = (*(field.name for field in fields(Service)), *routes.KEYS)
    plain = {name: _without_routes(service) for name, service in services.items()}
    routes.check({name: service for name, service in services.items() if isinstance(service, dict)}, VARIABLE)
    try:
        for name, service in services.items():
            if isinstance(service, dict):
                known_keys(service, known, f"services.{name}")
        parse(json.dumps({"image": ANY_IMAGE, "services": plain}), VARIABLE)
    except RefusedError as error:
        raise RefusedError(_as_written(error.problem), error.found, _as_written(error.fix)) from None


def _without_routes(service: object) -> object:
    if not isinstance(service, dict):
        return service
    return {key: value for key, value in service.items() if key not in routes.KEYS}


def _as_written(text: str) -> str:
    """The engine says `services.planner` of a spec; the operator wrote `release_services.planner`."""
    text = text.replace("spec: ", "release: ")
    return text.replace(" services.", f" {VARIABLE}.").replace(" services ", f" {VARIABLE} ")


def check_hosts(hosts: Sequence[str], group: str, inventory: str) -> None:
    """Refuse an environment without application hosts, which Ansible itself would pass over with success."""
    if not hosts:
        fix = "make them with longshore.app.provision, or name them in the inventory"
        raise RefusedError(f"release: no host in group `{group}`", f"inventory {inventory}", fix)


def check_some_image(variables: Mapping[str, Any], hosts: Sequence[str]) -> None:
    """Refuse a fleet that is still to be made, and so serves nothing, when no image is named for it."""
    if not hosts and not (variables.get("release_image") or variables.get("release_initial_image")):
        raise no_image()


def no_image() -> RefusedError:
    """Nothing says what to release."""
    fix = "give -e release_image=docker.io/you/agents:1.0.0, or set release_initial_image for the environment"
    return RefusedError("release: no image to release", "neither release_image nor release_initial_image is set", fix)
