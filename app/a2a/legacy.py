"""Version 0.3 from and to the form of 1.0: kinds instead of field names, lower-case states, `final` on a last status.

JSON-RPC has it as the specification's types are written; REST, in all clients there are, as its proto file is.
"""

from collections.abc import Callable, Mapping
from typing import Any

from app.a2a import reading
from app.a2a.faults import INTERNAL, VERSION_NOT_SUPPORTED, ProtocolError
from app.a2a.fields import Fields
from app.a2a.reading import Sending
from app.store.tasks import RESTING

_JSON = dict[str, Any]


def sending(params: object) -> Sending:
    """The params of message/send and message/stream. Raises ProtocolError."""
    fields = Fields(params)
    fields.require("message")
    given = fields.fields("message")
    for name in ("messageId", "role", "parts"):
        given.require(name)
    if given.text("role") not in {"user", "agent"}:
        raise given.wrong("role", "user or agent")
    if given.text("kind") not in {"", "message"}:
        raise given.wrong("kind", "message")
    parts = [_part(Fields(part, f"message.parts[{number}]")) for number, part in enumerate(given.items("parts"))]
    return _sending(fields, {**given.all(), "role": f"ROLE_{given.text('role').upper()}", "parts": parts})


def sending_as_proto(params: object) -> Sending:
    """The body of REST's message:send and message:stream. Raises ProtocolError."""
    fields = Fields(params)
    fields.require("message")
    given = fields.fields("message")
    if given.value("content") is None:
        return sending(params)
    parts = [
        _proto_part(Fields(part, f"message.content[{number}]")) for number, part in enumerate(given.items("content"))
    ]
    return _sending(fields, {**given.all(), "parts": parts})


def _sending(fields: Fields, message: _JSON) -> Sending:
    configuration = fields.fields("configuration")
    configuration.texts("acceptedOutputModes")
    fields.object("metadata")
    return Sending(
        reading.message(Fields(message, "message")),
        configuration.boolean("blocking") is not False,
        reading.history_length(configuration),
    )


def _part(fields: Fields) -> _JSON:
    kind = fields.value("kind")
    metadata = fields.object("metadata")
    if kind == "text":
        if not isinstance(fields.value("text"), str):
            raise fields.wrong("text", "a string")
        return {"text": fields.text("text"), "metadata": metadata}
    if kind == "data":
        fields.require("data")
        return {"data": fields.object("data"), "metadata": metadata}
    if kind != "file":
        raise fields.wrong("kind", "text, data or file")
    fields.require("file")
    file = fields.fields("file")
    return {**_file(file, "uri", "bytes"), "metadata": metadata}


def _proto_part(fields: Fields) -> _JSON:
    metadata = fields.object("metadata")
    if fields.value("data") is not None:
        return {"data": fields.fields("data").object("data"), "metadata": metadata}
    if fields.value("file") is not None:
        return {**_file(fields.fields("file"), "fileWithUri", "fileWithBytes"), "metadata": metadata}
    if fields.value("text") is None:
        raise fields.wrong("text", "there, or else data or file")
    return {"text": fields.text("text"), "metadata": metadata}


def _file(file: Fields, uri: str, content: str) -> _JSON:
    described = {"mediaType": file.text("mimeType"), "filename": file.text("name")}
    if file.text(content):
        return {"raw": file.text(content), **described}
    file.require(uri)
    return {"url": file.text(uri), **described}


def written(value: Mapping[str, Any]) -> _JSON:
    """The result of a method, or an event of a stream, from 1.0's object of one field that names its kind."""
    ((kind, content),) = value.items()
    return _WRITERS[kind](content)


def task(value: Mapping[str, Any]) -> _JSON:
    """A task."""
    found: _JSON = {
        "kind": "task",
        "id": value["id"],
        "contextId": value["contextId"],
        "status": _status(value["status"]),
    }
    if artifacts := value.get("artifacts"):
        found["artifacts"] = [_artifact(artifact) for artifact in artifacts]
    if history := value.get("history"):
        found["history"] = [message(said) for said in history]
    return found


def message(value: Mapping[str, Any]) -> _JSON:
    """A message."""
    role = "agent" if value["role"] == "ROLE_AGENT" else "user"
    return {**value, "kind": "message", "role": role, "parts": [part(content) for content in value["parts"]]}


def part(value: Mapping[str, Any]) -> _JSON:
    """A part of a message or an artifact."""
    described = {"metadata": value["metadata"]} if value.get("metadata") else {}
    if "text" in value:
        return {"kind": "text", "text": value["text"], **described}
    if "data" in value:
        data = value["data"]
        return {"kind": "data", "data": data if isinstance(data, dict) else {"value": data}, **described}
    file = {"bytes": value["raw"]} if "raw" in value else {"uri": value["url"]}
    for name, former in (("mediaType", "mimeType"), ("filename", "name")):
        if value.get(name):
            file[former] = value[name]
    return {"kind": "file", "file": file, **described}


def _status(value: Mapping[str, Any]) -> _JSON:
    found = {**value, "state": _state(value)}
    if "message" in value:
        found["message"] = message(value["message"])
    return found


def _state(value: Mapping[str, Any]) -> str:
    return str(value["state"]).removeprefix("TASK_STATE_").lower().replace("_", "-")


def _artifact(value: Mapping[str, Any]) -> _JSON:
    return {**value, "parts": [part(content) for content in value["parts"]]}


def _status_update(value: Mapping[str, Any]) -> _JSON:
    final = _state(value["status"]) in RESTING
    return {**value, "kind": "status-update", "status": _status(value["status"]), "final": final}


def _artifact_update(value: Mapping[str, Any]) -> _JSON:
    return {**value, "kind": "artifact-update", "artifact": _artifact(value["artifact"])}


_WRITERS: dict[str, Callable[[Mapping[str, Any]], _JSON]] = {
    "task": task,
    "message": message,
    "statusUpdate": _status_update,
    "artifactUpdate": _artifact_update,
}


def code(fault: ProtocolError) -> int:
    """JSON-RPC's code of an error; what 1.0 added has none in 0.3."""
    return INTERNAL.code if fault.kind is VERSION_NOT_SUPPORTED else fault.kind.code


def refusal(fault: ProtocolError, revision: str) -> _JSON:
    """The body of a REST answer that tells of an error: clients of 0.3 look at its top, for the code or the type."""
    named = {"type": _ERRORS[code(fault)]} if code(fault) in _ERRORS else {}
    return {**fault.rest(revision), "code": code(fault), **named, "message": fault.message, "data": fault.details()}


_ERRORS = {
    -32001: "TaskNotFoundError",
    -32002: "TaskNotCancelableError",
    -32003: "PushNotificationNotSupportedError",
    -32004: "UnsupportedOperationError",
    -32005: "ContentTypeNotSupportedError",
    -32600: "InvalidRequestError",
    -32601: "MethodNotFoundError",
    -32602: "InvalidParamsError",
    -32603: "InternalError",
    -32700: "JSONParseError",
}


def as_proto(value: Mapping[str, Any]) -> _JSON:
    """The same as `written`, in the form of 0.3's proto file, which is nearly that of 1.0."""
    ((kind, content),) = value.items()
    if kind == "task":
        return {"task": proto_task(content)}
    if kind == "message":
        return {"message": _proto_message(content)}
    if kind == "statusUpdate":
        final = _state(content["status"]) in RESTING
        return {kind: {**content, "status": _proto_status(content["status"]), "final": final}}
    return {kind: {**content, "artifact": _proto_artifact(content["artifact"])}}


def proto_task(value: Mapping[str, Any]) -> _JSON:
    """A task."""
    found = {**value, "status": _proto_status(value["status"])}
    if "artifacts" in value:
        found["artifacts"] = [_proto_artifact(artifact) for artifact in value["artifacts"]]
    if "history" in value:
        found["history"] = [_proto_message(said) for said in value["history"]]
    return found


def _proto_status(value: Mapping[str, Any]) -> _JSON:
    # The one state that its proto file spells in another way.
    found = {**value, "state": str(value["state"]).replace("CANCELED", "CANCELLED")}
    if "message" in value:
        found["message"] = _proto_message(value["message"])
    return found


def _proto_message(value: Mapping[str, Any]) -> _JSON:
    found = {name: content for name, content in value.items() if name not in {"parts", "referenceTaskIds"}}
    return {**found, "content": [_proto_content(content) for content in value["parts"]]}


def _proto_artifact(value: Mapping[str, Any]) -> _JSON:
    return {**value, "parts": [_proto_content(content) for content in value["parts"]]}


def _proto_content(value: Mapping[str, Any]) -> _JSON:
    if "text" in value:
        return {"text": value["text"]}
    if "data" in value:
        data = value["data"]
        return {"data": {"data": data if isinstance(data, dict) else {"value": data}}}
    file = {"fileWithBytes": value["raw"]} if "raw" in value else {"fileWithUri": value["url"]}
    if value.get("mediaType"):
        file["mimeType"] = value["mediaType"]
    return {"file": file}
