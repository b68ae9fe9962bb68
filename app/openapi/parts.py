"""Pieces that the descriptions of endpoints have in common."""

from collections.abc import Mapping
from typing import Any

_STATUSES = {
    "400": "The request is not what this endpoint takes; the message says what is wrong with it.",
    "401": "A key is needed, or the one given is not valid.",
    "403": "The key does not allow this.",
    "404": "There is no such thing, or it is another owner's.",
    "409": "The task is finished, or does not wait for this.",
    "413": "More than this endpoint takes.",
    "415": "The body is not JSON by its Content-Type.",
    "429": "Too much at once; `Retry-After` says when to come again.",
    "500": "A fault here, which was logged.",
    "502": "The other agent's answer could not be read.",
    "503": "The other agent or the database cannot be reached now.",
    "504": "The other agent did not answer in time.",
}

ERROR = {
    "type": "object",
    "description": "What is wrong, and how to fix it.",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "code": {"type": "string", "description": "For programs; it does not change."},
                "message": {"type": "string", "description": "For people."},
                "fix": {"type": "string", "description": "What to do about it."},
                "request_id": {"type": ["string", "null"]},
            },
            "required": ["code", "message"],
        }
    },
    "required": ["error"],
}

COMPONENTS: Mapping[str, Any] = {
    "schemas": {"Error": ERROR},
    "securitySchemes": {
        "key": {"type": "http", "scheme": "bearer", "description": "An API key, where the environment asks for one."}
    },
}


def reference(name: str) -> dict[str, str]:
    """A schema of the document, by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def answer(description: str, schema: Mapping[str, Any], kind: str = "application/json") -> dict[str, Any]:
    """A response of one content type."""
    return {"description": description, "content": {kind: {"schema": schema}}}


def errors(*statuses: int, schema: str = "Error") -> dict[str, Any]:
    """The responses for errors: those named, and those that every endpoint may give."""
    everywhere = (400, 401, 403, 429, 500, 503)
    return {
        str(status): answer(_STATUSES[str(status)], reference(schema)) for status in sorted({*statuses, *everywhere})
    }


def body(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A request's body of JSON."""
    return {"required": True, "content": {"application/json": {"schema": schema}}}


# One event of a stream, as a client's library hands it over; the stream itself is text.
EVENT: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "Its number, for Last-Event-ID."},
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
    "required": ["data"],
}

# Anonymous where the environment allows it.
SECURITY: list[dict[str, list[str]]] = [{}, {"key": []}]
