"""`/v1/tasks`: a person's questions to the planner, their events as a stream, replies and cancellation."""

import json
import re
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request, stream_with_context, url_for

from app.a2a import writing
from app.agents.desk import Desk
from app.agents.runner import TASK_SECONDS
from app.errors import RequestError, respond
from app.observe import origin
from app.store.tasks import (
    STATES,
    EventRecord,
    FinishedTaskError,
    TaskRecord,
    TooManyTurnsError,
    UnknownConversationError,
    UnknownTaskError,
    Wanted,
)
from app.web import fields
from app.web.fields import Text
from app.web.identity import owner

blueprint = Blueprint("tasks", __name__, url_prefix="/v1/tasks")

# A pasted table fits.
LONGEST_QUESTION = 60_000
LONGEST_ID = 100
PAGE_SIZE = 20
LARGEST_PAGE = 100
# Where a page ended: when its last task changed, and its id.
CURSOR = r"[0-9]{1,18}\.[0-9a-f-]{36}"
RETRY_MILLISECONDS = 300
NEW_TASK = {
    "question": Text("What is to be done.", LONGEST_QUESTION, "What is 15% of 240 km in miles?"),
    "conversation_id": Text("The conversation it goes on with.", LONGEST_ID, "an earlier task's", optional=True),
}
REPLY = {"text": Text("The answer to what the task asks.", LONGEST_QUESTION, "the first")}


def desk() -> Desk:
    """The planner's desk."""
    found: Desk = current_app.extensions["desks"]["planner"]
    return found


def transcript(task_id: str) -> list[dict[str, Any]]:
    """All that the agents said about a task."""
    return [dict(event.data) for event in desk().store.events(task_id) if event.kind == "message"]


@blueprint.errorhandler(UnknownTaskError)
def _unknown(_error: UnknownTaskError) -> Response:
    return respond(RequestError(404, "unknown_task", "There is no such task.", "Use the id that a task was made with"))


@blueprint.errorhandler(UnknownConversationError)
def _unknown_conversation(_error: UnknownConversationError) -> Response:
    return respond(RequestError(404, "unknown_conversation", "There is no such conversation.", "Leave it out"))


@blueprint.errorhandler(FinishedTaskError)
def _finished(_error: FinishedTaskError) -> Response:
    return respond(RequestError(409, "finished", "The task is finished or does not ask for this.", "Make a new one"))


@blueprint.errorhandler(TooManyTurnsError)
def _too_many_turns(_error: TooManyTurnsError) -> Response:
    return respond(RequestError(409, "too_many_turns", "The task asked back too often.", "Make one that says it all"))


@blueprint.post("")
def create() -> Response:
    """Answer {"question": text} with the answer and the transcript of how it came about."""
    body = fields.read(NEW_TASK)
    question = body["question"]
    given = {"text": question, "request_id": origin.request_id()}
    record = desk().hand_in(owner(), given, title=question, conversation_id=body.get("conversation_id"))
    return _answer(desk().wait(owner(), record.id, _patience()))


@blueprint.get("")
def index() -> Response:
    """A page of the owner's tasks, those that changed last first."""
    wanted, size = _listing()
    records = desk().store.page(wanted, size + 1)
    last = records[size - 1] if len(records) > size else None
    return jsonify(
        tasks=[summary(record) for record in records[:size]], next=f"{last.updated}.{last.id}" if last else None
    )


@blueprint.get("/<task_id>")
def get(task_id: str) -> Response:
    """The task as it is now."""
    return jsonify(present(desk().get(owner(), task_id)))


@blueprint.get("/<task_id>/events")
def events(task_id: str) -> Response:
    """The task's events as server-sent events, after the one that the header Last-Event-ID names.

    Where there are none and will be none before somebody says something, the answer is 204, at which a browser stops to
    ask again.
    """
    after = request.headers.get("Last-Event-ID", "0")
    if not re.fullmatch(r"[0-9]{1,18}", after):
        raise RequestError(400, "bad_event", "Last-Event-ID is no event's number.", "Send the last id you received")
    record = desk().get(owner(), task_id)
    if int(after) > record.last_event:
        raise RequestError(
            404,
            "event_gone",
            f"The task has no event {int(after)}; its newest is {record.last_event}.",
            "Leave Last-Event-ID out, to hear all from the beginning",
        )
    if record.resting and int(after) == record.last_event:
        return Response(status=204)
    batches = desk().follow(owner(), task_id, int(after))
    response = Response(stream_with_context(_stream(batches)), mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


@blueprint.post("/<task_id>/cancel")
def cancel(task_id: str) -> Response:
    """End the task before its next step."""
    return jsonify(present(desk().cancel(owner(), task_id)))


@blueprint.post("/<task_id>/reply")
def reply(task_id: str) -> Response:
    """Answer {"text": text} to a task that asked back, and wait for what comes of it."""
    text = fields.read(REPLY)["text"]
    desk().reply(owner(), task_id, replied(desk().get(owner(), task_id), text))
    return _answer(desk().wait(owner(), task_id, _patience()))


def replied(record: TaskRecord, text: str) -> dict[str, Any]:
    """The request of a task that asked back, with what was replied; what other protocols keep in it goes on."""
    request = record.request
    given: dict[str, Any] = {"text": text, "request_id": origin.request_id()}
    given["earlier"] = [*request.get("earlier", []), request["text"]]
    if "a2a" in request:
        given["a2a"] = {"history": writing.asked(record)}
    if "openai" in request:
        asked = str((record.answer or {}).get("text") or "")
        given["openai"] = {"before": [*request["openai"]["before"], ("user", request["text"]), ("assistant", asked)]}
    return given


def _listing() -> tuple[Wanted, int]:
    """Which tasks the query wants, and how many of them; raises RequestError."""
    given = request.args.to_dict()
    size, cursor = given.pop("limit", str(PAGE_SIZE)), given.pop("cursor", None)
    state, conversation = given.pop("state", None), given.pop("conversation_id", None)
    if given:
        name = min(given)[:40]
        raise _wrong("unknown_parameter", f"There is no parameter {name!a}", "limit, cursor, state or conversation_id")
    if not re.fullmatch("[0-9]{1,3}", size) or not 1 <= int(size) <= LARGEST_PAGE:
        raise _wrong("bad_limit", f"limit is {size[:40]!a}", f"a whole number from 1 to {LARGEST_PAGE}")
    if cursor is not None and not re.fullmatch(CURSOR, cursor):
        raise _wrong("bad_cursor", "cursor is not where a page ended", "what an answer has as next")
    if state is not None and state not in STATES:
        raise _wrong("bad_state", f"state is {state[:40]!a}", " or ".join(STATES))
    if conversation is not None and not 1 <= len(conversation) <= LONGEST_ID:
        raise _wrong("bad_conversation", "conversation_id is no id", "the conversation_id of a task")
    updated, _, last = (cursor or "").partition(".")
    before = (int(updated), last) if cursor else None
    return Wanted("planner", owner(), conversation_id=conversation, state=state, before=before), int(size)


def _wrong(code: str, seen: str, right: str) -> RequestError:
    return RequestError(400, code, f"{seen}.", f"Send {right}")


def _patience() -> float:
    """Seconds to wait for a task to rest, as the header Prefer has it (RFC 7240, sections 4.1 and 4.3)."""
    prefer = request.headers.get("Prefer", "").lower()
    if wait := re.search(r"\bwait=([0-9]{1,4})\b", prefer):
        return min(float(wait[1]), TASK_SECONDS)
    return 0.0 if "respond-async" in prefer else TASK_SECONDS


def _answer(record: TaskRecord) -> Response:
    """The task at rest, or accepted and still under way; an error, where it could not be done."""
    if error := (record.answer or {}).get("error"):
        raise RequestError(error.get("status", 500), error["code"], error["message"], "Try again shortly")
    response = jsonify(present(record))
    if not record.resting:
        response.status_code = 202
        response.headers["Location"] = url_for("tasks.get", task_id=record.id)
    return response


def summary(record: TaskRecord) -> dict[str, Any]:
    """The task as a list has it."""
    answer = record.answer or {}
    return {
        "id": record.id,
        "conversation_id": record.conversation_id,
        "state": record.state,
        "question": record.request["text"],
        "answer": answer.get("text"),
        "rounded": answer.get("rounded", False),
        "assumptions": answer.get("assumptions", []),
        "created": writing.timestamp(record.created),
        "updated": writing.timestamp(record.updated),
    }


def present(record: TaskRecord) -> dict[str, Any]:
    """The task with all that is known of it."""
    answer = {name: value for name, value in (record.answer or {}).items() if name != "text"}
    return {**summary(record), "transcript": transcript(record.id), **answer}


def _stream(batches: Iterator[list[EventRecord]]) -> Iterator[str]:
    # Where it is cut, go on soon: at another replica, as a rule.
    yield f"retry: {RETRY_MILLISECONDS}\n\n"
    for batch in batches:
        if not batch:
            yield ": still here\n\n"
        for event in batch:
            yield f"id: {event.number}\nevent: {event.kind}\ndata: {json.dumps(dict(event.data))}\n\n"
