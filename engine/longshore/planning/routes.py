"""Routes: the paths of the public address at which a service answers, as a person writes them.

`path` is a prefix that is taken off before the service sees a request; each of `paths` is a place of the service's own,
which it gets as it was sent, with all that is below. Each function raises RefusedError.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from ..errors import RefusedError
from .spec import check_service_name

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = ("path", "paths")
PREFIX = re.compile(r"/([A-Za-z0-9._-]+/)*")
PLACE = re.compile(r"(/[A-Za-z0-9._-]+)+")


def check(services: Mapping[str, Mapping[str, Any]], where: str) -> None:
    """Refuse names and paths that the proxy could not serve, and a path that two services want.

    `where` is the variable that the services are in, to be named in errors.
    """
    owners: dict[str, str] = {}
    for name, service in sorted(services.items()):
        check_service_name(str(name))
        for place in _places(f"{where}.{name}", service):
            if place in owners:
                raise RefusedError(
                    "release: two services are to be served at the same path",
                    f"{owners[place]} and {name} at {place}",
                    "give each service a path of its own, or none",
                )
            owners[place] = name


def _places(where: str, service: Mapping[str, Any]) -> list[str]:
    """Every public place of a service in one form: with / at its end."""
    places = []
    if "path" in service:
        path = service["path"]
        if not (isinstance(path, str) and PREFIX.fullmatch(path)):
            fix = "begin and end it with /, like /agents/solver/, or leave it out for a service that only others call"
            raise RefusedError(f"release: {where}.path is not a path nginx can serve", json.dumps(path), fix)
        places.append(path)
    paths = service.get("paths", [])
    if not isinstance(paths, list):
        fix = "give a list, like [/agents/solver, /v0.3/agents/solver]"
        raise RefusedError(f"release: {where}.paths is not a list", json.dumps(paths), fix)
    for path in paths:
        if not (isinstance(path, str) and PLACE.fullmatch(path)):
            fix = "begin it with / and end it without, like /agents/solver: what is below it is meant as well"
            raise RefusedError(f"release: {where}.paths holds what nginx cannot serve", json.dumps(path), fix)
        places.append(f"{path}/")
    return places
