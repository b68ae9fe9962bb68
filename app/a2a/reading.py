"""What comes in, as version 1.0 writes it: messages with their parts, and what is wanted of a list of tasks."""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from app.a2a.faults import ProtocolError, invalid
from app.a2a.fields import Fields
from app.store.tasks import STATES
from app.web.requests import MOST_PARTS

PAGE_SIZE = 50
LARGEST_PAGE = 100
_ROLES = {"ROLE_USER": "ROLE_USER", "ROLE_AGENT": "ROLE_AGENT", "1": "ROLE_USER", "2": "ROLE_AGENT"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CONTENT = ("text", "raw", "url", "data")


def state_name(state: str) -> str:
    """A state of the store as 1.0 writes it."""
    return "TASK_STATE_" + state.upper().replace("-", "_")


_STATES: dict[object, str | None] = {state_name(state): state for state in STATES}
# Known to the protocol, and never true of a task here.
_STATES |= {"TASK_STATE_AUTH_REQUIRED": "auth-required", "TASK_STATE_UNSPECIFIED": None}
_NUMBERED = ("UNSPECIFIED", "SUBMITTED", "WORKING", "COMPLETED", "FAILED", "CANCELED", "INPUT_REQUIRED", "REJECTED")
_STATES |= {number: _STATES[f"TASK_STATE_{name}"] for number, name in enumerate(_NUMBERED)}


@dataclass(frozen=True)
class Sending:
    """A message with what its sender wants of the answer. `message` is in 1.0's form, checked."""

    message: dict[str, Any]
    blocking: bool
    history_length: int | None

    @property
    def task_id(self) -> str:
        """The task that it goes on with, or nothing."""
        return str(self.message.get("taskId", ""))

    @property
    def context_id(self) -> str:
        """The conversation that it belongs to, or nothing."""
        return str(self.message.get("contextId", ""))


@dataclass(frozen=True)
class Listing:
    """Which tasks to list, and how."""

    context_id: str | None
    state: str | None
    updated_after: int | None
    before: tuple[int, str] | None
    page_size: int
    history_length: int | None
    artifacts: bool


def sending(params: object) -> Sending:
    """A SendMessageRequest. Raises ProtocolError."""
    fields = Fields(params)
    fields.require("message")
    configuration = fields.fields("configuration")
    configuration.texts("acceptedOutputModes")
    fields.object("metadata")
    return Sending(
        message(fields.fields("message")),
        not configuration.boolean("returnImmediately"),
        history_length(configuration),
    )


def history_length(fields: Fields) -> int | None:
    """How many messages of a task's history are wanted at most; None for all."""
    length = fields.integer("historyLength")
    if length is not None and length < 0:
        raise fields.wrong("historyLength", "0 or more")
    return length


def message(fields: Fields) -> dict[str, Any]:
    """A message, with nothing in it that is unknown or empty."""
    for name in ("messageId", "role", "parts"):
        fields.require(name)
    # ProtoJSON writes an enumeration's value by its name, and reads its number, too.
    role = _ROLES.get(json.dumps(fields.value("role")).strip('"'))
    if role is None:
        raise fields.wrong("role", "ROLE_USER or ROLE_AGENT")
    found: dict[str, Any] = {
        "messageId": fields.identifier("messageId"),
        "contextId": fields.identifier("contextId"),
        "taskId": fields.identifier("taskId"),
        "role": role,
        "parts": parts(fields),
        "metadata": fields.object("metadata"),
        "extensions": fields.texts("extensions"),
        "referenceTaskIds": fields.texts("referenceTaskIds"),
    }
    return {name: value for name, value in found.items() if value}


def parts(fields: Fields) -> list[dict[str, Any]]:
    """The parts of a message, each of which has exactly one content."""
    given = fields.items("parts")
    if len(given) > MOST_PARTS:
        name = fields.name("parts")
        raise invalid(name, f"{name} has {len(given):,} parts; send at most {MOST_PARTS}")
    return [_part(Fields(part, f"{fields.name('parts')}[{number}]")) for number, part in enumerate(given)]


def _part(fields: Fields) -> dict[str, Any]:
    kinds = [name for name in _CONTENT if fields.value(name) is not None]
    if len(kinds) != 1:
        raise invalid(fields.path, f"{fields.path} must have exactly one of {', '.join(_CONTENT)}")
    kind = kinds[0]
    found: dict[str, Any] = {kind: fields.value(kind) if kind == "data" else fields.text(kind)}
    if kind == "raw":
        try:
            base64.b64decode(found["raw"], validate=True)
        except (binascii.Error, ValueError):
            raise fields.wrong("raw", "base64") from None
    described = {
        "metadata": fields.object("metadata"),
        "filename": fields.text("filename"),
        "mediaType": fields.text("mediaType"),
    }
    return found | {name: value for name, value in described.items() if value}


def task_id(fields: Fields) -> str:
    """The id of the task that a request is about."""
    fields.require("id")
    return fields.text("id")


def listing(fields: Fields) -> Listing:
    """A ListTasksRequest. Raises ProtocolError."""
    size = fields.integer("pageSize")
    if size is not None and not 1 <= size <= LARGEST_PAGE:
        raise fields.wrong("pageSize", f"from 1 to {LARGEST_PAGE}")
    status = fields.value("status")
    if status is not None and (isinstance(status, bool) or not isinstance(status, str | int) or status not in _STATES):
        raise fields.wrong("status", "a state of a task, such as TASK_STATE_WORKING")
    return Listing(
        fields.text("contextId") or None,
        _STATES[status] if status is not None else None,
        _moment(fields, "statusTimestampAfter"),
        _token(fields),
        size or PAGE_SIZE,
        history_length(fields),
        bool(fields.boolean("includeArtifacts")),
    )


def token(updated: int, last_id: str) -> str:
    """Where a page ended, as the client is told to send it back."""
    return base64.urlsafe_b64encode(f"{updated}:{last_id}".encode()).decode()


def _token(fields: Fields) -> tuple[int, str] | None:
    text = fields.text("pageToken")
    if not text:
        return None
    fault = fields.wrong("pageToken", "the nextPageToken of an answer")
    try:
        updated, colon, last_id = base64.b64decode(text, altchars=b"-_", validate=True).decode().partition(":")
    except ValueError:
        raise fault from None
    if not colon or not updated.isascii() or not updated.isdigit() or len(updated) > 18 or "\0" in last_id:
        raise fault
    return int(updated), last_id


def _moment(fields: Fields, name: str) -> int | None:
    text = fields.text(name)
    if not text:
        return None
    fault: ProtocolError = fields.wrong(name, "a time such as 2026-01-31T12:00:00Z")
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise fault
        return (moment - _EPOCH) // timedelta(microseconds=1)
    except (ValueError, OverflowError):
        raise fault from None
