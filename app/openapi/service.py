"""The endpoints that every process has: is it there, is it ready, what is it."""

from typing import Any

from app.openapi.parts import answer, errors, reference

_TEXT_OR_NULL = {"type": ["string", "null"]}


def paths() -> dict[str, Any]:
    """The endpoints."""
    return {
        "/healthz": {
            "get": {
                "operationId": "health",
                "tags": ["service"],
                "summary": "Is the process there?",
                "responses": {"200": answer("It is.", reference("Health")), **errors()},
            }
        },
        "/readyz": {
            "get": {
                "operationId": "readiness",
                "tags": ["service"],
                "summary": "May requests be sent to it?",
                "responses": {
                    "200": answer("They may.", reference("Readiness")),
                    **errors(),
                    "503": answer("They may not, and this is why.", reference("Readiness")),
                },
            }
        },
        "/version": {
            "get": {
                "operationId": "version",
                "tags": ["service"],
                "summary": "Which release is this?",
                "responses": {"200": answer("What is known of it.", reference("Version")), **errors()},
            }
        },
    }


def schemas() -> dict[str, Any]:
    """What they answer."""
    return {
        "Health": {
            "type": "object",
            "properties": {"status": {"const": "alive"}},
            "required": ["status"],
        },
        "Readiness": {
            "type": "object",
            "properties": {
                "status": {"enum": ["ready", "not ready"]},
                "roles": {"type": "array", "items": {"enum": ["planner", "solver"]}},
                "database": {"type": "string", "description": "`ready`, or what is wrong with it."},
                "peer": {
                    **_TEXT_OR_NULL,
                    "description": "The same of the other agent, which decides nothing; null where none is needed.",
                },
            },
            "required": ["status", "roles"],
        },
        "Version": {
            "type": "object",
            "properties": dict.fromkeys(("release", "digest", "revision", "service", "replica"), _TEXT_OR_NULL),
            "required": ["release", "digest", "revision", "service", "replica"],
        },
    }
