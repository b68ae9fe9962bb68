"""`/v1/tasks`, described."""

from typing import Any

from app.openapi.parts import EVENT, SECURITY, answer, body, errors, reference
from app.store.tasks import STATES
from app.web import fields
from app.web.tasks import CURSOR, LARGEST_PAGE, LONGEST_ID, NEW_TASK, PAGE_SIZE, REPLY

_ID: dict[str, Any] = {
    "name": "task_id",
    "in": "path",
    "required": True,
    "description": "The id that the task was made with.",
    "schema": {"type": "string", "format": "uuid"},
}
_EVENTS = """\
Server-sent events from the task's beginning, or after the one named, until the task rests. `status` carries
`{"state"}`; `message` what an agent said, `{"agent", "kind", "text", "data"?}`; `delta` words of the answer as they
come, `{"text"}`. Pass over kinds you do not know, and lines that begin with a colon. A stream that ends early is to be
asked for again with the last id received.
"""


def paths() -> dict[str, Any]:
    """The endpoints."""
    links = {
        name: {"operationId": operation, "parameters": {"task_id": "$response.body#/id"}}
        for name, operation in {"Look": "task", "Follow": "events", "Cancel": "cancel", "Reply": "reply"}.items()
    }
    created = {**answer("The task, done, or waiting for a reply.", reference("Task")), "links": links}
    under_way = {**answer("The task, still under way; follow its events.", reference("Task")), "links": links}
    return {
        "/v1/tasks": {
            "get": {
                **_about("tasks", "Your tasks, those that changed last first."),
                "description": "`next` is the cursor of the page after this one, and null on the last.",
                "parameters": _which(),
                "responses": {"200": answer("A page of them.", reference("Tasks")), **errors()},
            },
            "post": {
                **_about("ask", "Hand a task in, and wait for what comes of it."),
                "parameters": [_prefer()],
                "requestBody": body(reference("NewTask")),
                "responses": {"200": created, "202": under_way, **errors(404, 413, 415, 502, 504)},
            },
        },
        "/v1/tasks/{task_id}": {
            "get": {
                **_about("task", "The task as it is now."),
                "parameters": [_ID],
                "responses": {"200": answer("The task.", reference("Task")), **errors(404)},
            }
        },
        "/v1/tasks/{task_id}/events": {
            "get": {
                **_about("events", "What happens to the task, as it happens."),
                "description": _EVENTS,
                "parameters": [_ID, _after()],
                "responses": {
                    "200": answer("The events.", reference("Event"), "text/event-stream"),
                    "204": {"description": "There are no more, and there will be none, or none before a reply."},
                    **errors(404),
                },
            }
        },
        "/v1/tasks/{task_id}/cancel": {
            "post": {
                **_about("cancel", "End the task before its next step."),
                "parameters": [_ID],
                "responses": {"200": answer("The task.", reference("Task")), **errors(404, 409)},
            }
        },
        "/v1/tasks/{task_id}/reply": {
            "post": {
                **_about("reply", "Answer a task that asked back, and wait for what comes of it."),
                "parameters": [_ID, _prefer()],
                "requestBody": body(reference("Reply")),
                "responses": {"200": created, "202": under_way, **errors(404, 409, 413, 415, 502, 504)},
            }
        },
    }


def schemas() -> dict[str, Any]:
    """What they take and answer."""
    text = {"type": "string"}
    summary = {
        "id": {"type": "string", "format": "uuid"},
        "conversation_id": {"type": "string", "description": "Tasks that belong together have it in common."},
        "state": {"enum": list(STATES)},
        "question": text,
        "answer": {"type": ["string", "null"], "description": "Null until there is one."},
        "rounded": {"type": "boolean", "description": "Whether the answer is not exact."},
        "assumptions": {"type": "array", "items": text},
        "created": {"type": "string", "format": "date-time"},
        "updated": {"type": "string", "format": "date-time", "description": "When something last happened to it."},
    }
    return {
        "NewTask": fields.schema(NEW_TASK),
        "Reply": fields.schema(REPLY),
        "Task": {
            "type": "object",
            "properties": {**summary, "transcript": {"type": "array", "items": reference("Message")}},
            "required": [*summary, "transcript"],
        },
        "TaskSummary": {
            "type": "object",
            "description": "A task without what the agents said about it.",
            "properties": summary,
            "required": [*summary],
        },
        "Tasks": {
            "type": "object",
            "properties": {
                "tasks": {"type": "array", "items": reference("TaskSummary"), "maxItems": LARGEST_PAGE},
                "next": {"type": ["string", "null"], "description": "The cursor of the next page."},
            },
            "required": ["tasks", "next"],
        },
        "Event": EVENT,
        "Message": {
            "type": "object",
            "description": "What one agent said to the other, or to the person.",
            "properties": {
                "agent": {"enum": ["planner", "solver"]},
                "kind": {"type": "string", "examples": ["plan", "request", "result", "check", "answer"]},
                "text": text,
                "data": {"type": "object"},
            },
            "required": ["agent", "kind", "text"],
        },
    }


def _about(operation: str, summary: str) -> dict[str, Any]:
    return {"operationId": operation, "tags": ["tasks"], "summary": summary, "security": SECURITY}


def _which() -> list[dict[str, Any]]:
    parameters = {
        "limit": ("How many.", {"type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": PAGE_SIZE}),
        "cursor": ("Where the last page ended: its `next`.", {"type": "string", "pattern": f"^{CURSOR}$"}),
        "state": ("Only tasks in this state.", {"enum": list(STATES)}),
        "conversation_id": ("Only tasks of this one.", {"type": "string", "minLength": 1, "maxLength": LONGEST_ID}),
    }
    return [
        {"name": name, "in": "query", "description": description, "schema": schema}
        for name, (description, schema) in parameters.items()
    ]


def _after() -> dict[str, Any]:
    return {
        "name": "Last-Event-ID",
        "in": "header",
        "description": "The number of the last event received; only those after it are sent.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,18}$"},
    }


def _prefer() -> dict[str, Any]:
    return {
        "name": "Prefer",
        "in": "header",
        "description": "`respond-async` to be answered at once, `wait=5` after so many seconds at most (RFC 7240).",
        # Any preference may be asked for; one that is not known is passed over.
        "schema": {"type": "string", "examples": ["respond-async", "wait=5"]},
    }
