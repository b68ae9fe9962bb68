"""What the protocol calls errors: one table of codes, and how each binding writes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.errors import RequestError

DOMAIN = "a2a-protocol.org"
_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


@dataclass(frozen=True)
class Kind:
    """An error's JSON-RPC code, HTTP status, gRPC status and reason (specification, section 5.4)."""

    code: int
    http: int
    status: str
    reason: str
    # Version 1.0.0 had other HTTP statuses for some.
    http_1_0_0: int = 0


TASK_NOT_FOUND = Kind(-32001, 404, "NOT_FOUND", "TASK_NOT_FOUND")
TASK_NOT_CANCELABLE = Kind(-32002, 400, "FAILED_PRECONDITION", "TASK_NOT_CANCELABLE", 409)
PUSH_NOT_SUPPORTED = Kind(-32003, 400, "FAILED_PRECONDITION", "PUSH_NOTIFICATION_NOT_SUPPORTED")
UNSUPPORTED_OPERATION = Kind(-32004, 400, "FAILED_PRECONDITION", "UNSUPPORTED_OPERATION")
CONTENT_TYPE = Kind(-32005, 400, "INVALID_ARGUMENT", "CONTENT_TYPE_NOT_SUPPORTED", 415)
EXTENDED_CARD_NOT_CONFIGURED = Kind(-32007, 400, "FAILED_PRECONDITION", "EXTENDED_AGENT_CARD_NOT_CONFIGURED")
VERSION_NOT_SUPPORTED = Kind(-32009, 400, "FAILED_PRECONDITION", "VERSION_NOT_SUPPORTED")
# Of JSON-RPC itself.
PARSE_ERROR = Kind(-32700, 400, "INVALID_ARGUMENT", "JSON_PARSE_ERROR")
INVALID_REQUEST = Kind(-32600, 400, "INVALID_ARGUMENT", "INVALID_REQUEST")
TOO_LARGE = Kind(-32600, 413, "INVALID_ARGUMENT", "REQUEST_TOO_LARGE")
METHOD_NOT_FOUND = Kind(-32601, 404, "NOT_FOUND", "METHOD_NOT_FOUND")
INVALID_PARAMS = Kind(-32602, 400, "INVALID_ARGUMENT", "INVALID_PARAMS")
INTERNAL = Kind(-32603, 500, "INTERNAL", "INTERNAL_ERROR")
UNAVAILABLE = Kind(-32603, 503, "UNAVAILABLE", "TEMPORARILY_UNAVAILABLE")
# JSON-RPC leaves -32000 to servers; A2A's own codes begin below it. Here: HTTP refuses, and its status says it, too.
REFUSED = -32000
_STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    429: "RESOURCE_EXHAUSTED",
}


class ProtocolError(Exception):
    """A request that cannot be served, in the protocol's terms.

    `field` names the part of it that is wrong, `headers` go with the answer.
    """

    def __init__(self, kind: Kind, message: str, field: str = "", headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.field = field
        self.headers = dict(headers or {})

    def http_status(self, revision: str) -> int:
        """The status of this error in a revision of the protocol, 1.0.0 or 1.0.1."""
        return (self.kind.http_1_0_0 if revision == "1.0.0" else 0) or self.kind.http

    def details(self) -> list[dict[str, Any]]:
        """The typed details that both bindings carry."""
        info = {"@type": _ERROR_INFO, "reason": self.kind.reason, "domain": DOMAIN, "metadata": {}}
        if not self.field:
            return [info]
        violation = {"field": self.field, "description": self.message}
        return [info, {"@type": _BAD_REQUEST, "fieldViolations": [violation]}]

    def jsonrpc(self) -> dict[str, Any]:
        """The `error` of a JSON-RPC answer."""
        return {"code": self.kind.code, "message": self.message, "data": self.details()}

    def rest(self, revision: str) -> dict[str, Any]:
        """The body of a REST answer (AIP-193)."""
        code = self.http_status(revision)
        return {
            "error": {
                "code": code, "status": self.kind.status, "message": self.message, "details": self.details(),
            }
        }  # fmt: skip


def invalid(field: str, message: str) -> ProtocolError:
    """A field of the request that is not as it must be."""
    return ProtocolError(INVALID_PARAMS, message, field)


def refusal(error: RequestError) -> ProtocolError:
    """What is refused in the terms of HTTP: no or a bad key, too many requests, no such path."""
    kind = {413: TOO_LARGE, 500: INTERNAL, 503: UNAVAILABLE}.get(error.status)
    if kind is None:
        kind = Kind(REFUSED, error.status, _STATUSES.get(error.status, "UNKNOWN"), error.code.upper())
    return ProtocolError(kind, error.whole, headers=error.headers)
