"""What goes out, as version 1.0 writes it: tasks, and what happens to them. Pure: records in, JSON values out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.a2a.reading import state_name
from app.store.tasks import EventRecord, TaskRecord

ANSWER = "answer"


@dataclass
class Told:
    """What a stream has told of artifacts: which of them whole, and whether the words of the answer have begun."""

    whole: set[str] = field(default_factory=set)
    begun: bool = False


def task(
    record: TaskRecord, *, history_length: int | None = None, artifacts: bool = True, so_far: Iterable[EventRecord] = ()
) -> dict[str, Any]:
    """A task; `so_far` are the events of one that is still worked on, whose answer may have begun."""
    found: dict[str, Any] = {
        "id": record.id,
        "contextId": record.conversation_id,
        "status": status(record),
    }
    if artifacts and (made := _artifacts(record) or _begun(so_far)):
        found["artifacts"] = made
    if history_length != 0 and (messages := history(record)[-(history_length or 0) :]):
        found["history"] = messages
    return found


def status(record: TaskRecord) -> dict[str, Any]:
    """A task's state, since when, and what the agent says to it."""
    found: dict[str, Any] = {"state": state_name(record.state), "timestamp": timestamp(record.updated)}
    if said := _said(record):
        found["message"] = agent_message(record, f"{record.id}-{record.last_event}", said)
    return found


def history(record: TaskRecord) -> list[dict[str, Any]]:
    """What the person and the agent said in turn, oldest first."""
    kept = record.request.get("a2a", {})
    earlier = kept.get("history")
    if earlier is None:
        texts = [str(text) for text in record.request.get("earlier", [])]
        earlier = [_typed(record, number, text) for number, text in enumerate(texts, 1)]
    last = kept.get("message") or _typed(record, len(earlier) + 1, str(record.request["text"]))
    return [{**message, "contextId": record.conversation_id, "taskId": record.id} for message in (*earlier, last)]


def asked(record: TaskRecord) -> list[dict[str, Any]]:
    """The history of a task that waits for the person, up to what it has asked: what goes before a reply."""
    question = agent_message(record, f"{record.id}-{record.last_event}", _said(record) or [{"text": ""}])
    return [*history(record), question]


def agent_message(record: TaskRecord, message_id: str, parts: list[dict[str, Any]]) -> dict[str, Any]:
    """A message of the agent's within a task."""
    return {
        "messageId": message_id,
        "contextId": record.conversation_id,
        "taskId": record.id,
        "role": "ROLE_AGENT",
        "parts": parts,
    }


def updates(record: TaskRecord, event: EventRecord, told: Told) -> list[dict[str, Any]]:
    """What a stream says of an event; `record` is as it was read after it."""
    about = {"taskId": record.id, "contextId": record.conversation_id}
    if event.kind == "status":
        # Whoever begins anew words it anew.
        told.begun = False
        return _status_updates(record, event, told, about)
    if event.kind == "message":
        parts = [{"text": str(event.data.get("text", ""))}]
        if event.data.get("data") is not None:
            parts.append({"data": event.data["data"]})
        message = agent_message(record, f"{record.id}-{event.number}", parts)
        message["metadata"] = {"agent": event.data.get("agent"), "kind": event.data.get("kind")}
        now = {"state": "TASK_STATE_WORKING", "timestamp": timestamp(event.created), "message": message}
        return [{"statusUpdate": {**about, "status": now}}]
    if event.kind == "delta":
        chunk = {"artifactId": ANSWER, "name": ANSWER, "parts": [{"text": str(event.data.get("text", ""))}]}
        append, told.begun = told.begun, True
        return [{"artifactUpdate": {**about, "artifact": chunk, "append": append, "lastChunk": False}}]
    if event.kind == "artifact":
        if event.data.get("lastChunk"):
            told.whole.add(str(event.data["artifact"]["artifactId"]))
        return [{"artifactUpdate": {**about, **event.data}}]
    return []


def timestamp(moment: int) -> str:
    """Microseconds since 1970 as RFC 3339 writes them, to the millisecond."""
    text = datetime.fromtimestamp(moment / 1e6, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _status_updates(
    record: TaskRecord, event: EventRecord, told: Told, about: Mapping[str, Any]
) -> list[dict[str, Any]]:
    state = str(event.data["state"])
    now: dict[str, Any] = {"state": state_name(state), "timestamp": timestamp(event.created)}
    if event.number != record.last_event:
        if text := event.data.get("text"):
            now["message"] = agent_message(record, f"{record.id}-{event.number}", [{"text": str(text)}])
        return [{"statusUpdate": {**about, "status": now}}]
    found = [
        {"artifactUpdate": {**about, "artifact": artifact, "append": False, "lastChunk": True}}
        for artifact in _artifacts(record)
        if artifact["artifactId"] not in told.whole
    ]
    return [*found, {"statusUpdate": {**about, "status": status(record)}}]


def _said(record: TaskRecord) -> list[dict[str, Any]]:
    """The agent's words to a state other than completed: why it failed, what it asks."""
    if not record.resting or record.state == "completed" or not record.answer:
        return []
    error = record.answer.get("error")
    text = error.get("message") if error else record.answer.get("text")
    data = {"code": error.get("code")} if error else record.answer.get("data")
    if data is None and record.answer.get("choices"):
        data = {"choices": record.answer["choices"]}
    parts: list[dict[str, Any]] = [{"text": str(text)}] if text else []
    return [*parts, {"data": data}] if data is not None else parts


def _artifacts(record: TaskRecord) -> list[dict[str, Any]]:
    """What was made: the artifacts that the work gave, or its answer's text with all else that it says as data."""
    answer = dict(record.answer or {})
    made: list[dict[str, Any]] = answer.pop("artifacts", [])
    if made or record.state != "completed" or not answer:
        return made
    parts: list[dict[str, Any]] = []
    if text := answer.pop("text", ""):
        parts.append({"text": str(text)})
    if answer:
        parts.append({"data": answer})
    return [{"artifactId": ANSWER, "name": ANSWER, "parts": parts}] if parts else []


def _begun(events: Iterable[EventRecord]) -> list[dict[str, Any]]:
    """The answer as far as it was worded, since it was last begun."""
    words: list[str] = []
    for event in events:
        if event.state:
            words.clear()
        elif event.kind == "delta":
            words.append(str(event.data.get("text", "")))
    text = "".join(words)
    return [{"artifactId": ANSWER, "name": ANSWER, "parts": [{"text": text}]}] if text else []


def _typed(record: TaskRecord, number: int, text: str) -> dict[str, Any]:
    """What was not sent as a message of this protocol."""
    return {"messageId": f"{record.id}-said-{number}", "role": "ROLE_USER", "parts": [{"text": text}]}
