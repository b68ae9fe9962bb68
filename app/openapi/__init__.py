"""The interface for programs as an OpenAPI 3.1 document, made of what the endpoints themselves read and answer."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from app.openapi import chat, service, tasks
from app.openapi.parts import COMPONENTS

ABOUT = """\
Two agents answer a person's task together: a planner takes it apart and checks every result by a second method, a
solver does the work. Errors have one shape, and each carries the id of its request, which is also in the response's
header `X-Request-ID`. Both agents also speak A2A: their cards are at `/.well-known/agent-card.json`.
"""


def document(roles: tuple[str, ...], release: str | None) -> Mapping[str, Any]:
    """The document for a process that plays these roles."""
    parts = [service] + ([tasks, chat] if "planner" in roles else [])
    paths: dict[str, Any] = {}
    for part in reversed(parts):
        paths.update(part.paths())
    schemas = {name: schema for part in reversed(parts) for name, schema in part.schemas().items()}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Longshore agents",
            "version": release or "unreleased",
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {**COMPONENTS, "schemas": {**COMPONENTS["schemas"], **schemas}},
    }


@dataclass(frozen=True)
class Operation:
    """One endpoint and method, as a page shows it."""

    method: str
    path: str
    about: Mapping[str, Any]


def operations(api: Mapping[str, Any]) -> Iterator[Operation]:
    """The document's operations, in its order."""
    for path, methods in api["paths"].items():
        for method, about in methods.items():
            yield Operation(method.upper(), path, about)


def in_words(schema: Mapping[str, Any]) -> str:
    """What a value is, in a few words; the names of the document's own schemas as they are."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return " or ".join(json.dumps(value) for value in schema["enum"])
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(in_words(choice) for choice in schema.get("anyOf") or schema["oneOf"])
    if schema.get("type") == "array":
        return f"list of {in_words(schema.get('items', {}))}"
    kinds = schema.get("type", "anything")
    words = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    most = f", at most {schema['maxLength']:,} characters" if "maxLength" in schema else ""
    least = f", from {schema['minimum']}" if "minimum" in schema else ""
    form = f" ({schema['format']})" if "format" in schema else ""
    return f"{words}{form}{least}{most}"
