"""HTTP+JSON of version 1.0, below an agent's own URL."""

from collections.abc import Callable, Iterator
from functools import wraps

from flask import Blueprint, Response, request

from app.a2a import http, legacy, reading
from app.a2a.faults import PUSH_NOT_SUPPORTED, UNSUPPORTED_OPERATION, ProtocolError, invalid
from app.a2a.fields import Fields
from app.a2a.operations import Update

blueprint = Blueprint("a2a_rest", __name__, url_prefix="/agents/<name>")


def answered(version: str) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """A view of this version whose errors are written as REST has them."""

    def decorated(view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def wrapped(name: str, **arguments: str) -> Response:
            http.agent(name)
            try:
                http.version(version)
                return view(name, **arguments)
            except Exception as error:  # noqa: BLE001 (as_fault logs what it does not know)
                return failed(http.as_fault(error), version)

        return wrapped

    return decorated


def failed(fault: ProtocolError, version: str) -> Response:
    """The answer that tells of a ProtocolError."""
    return http.answer(_written(fault, version), fault.http_status(http.revision()), fault.headers)


def stream(updates: Iterator[Update], version: str = http.V1) -> Response:
    """Updates as server-sent events, each of them bare."""
    write = legacy.as_proto if version == http.V03 else dict
    return http.events(updates, write, lambda fault: _written(fault, version))


def _written(fault: ProtocolError, version: str) -> dict[str, object]:
    return legacy.refusal(fault, http.revision()) if version == http.V03 else fault.rest(http.revision())


@blueprint.post("/message:send")
@answered(http.V1)
def send(name: str) -> Response:
    """Send a message, and have the task or message that it leads to."""
    return http.answer(http.operations(name).send(reading.sending(http.body())))


@blueprint.post("/message:stream")
@answered(http.V1)
def send_streaming(name: str) -> Response:
    """The same as a stream."""
    return stream(http.operations(name).stream(reading.sending(http.body())))


@blueprint.get("/tasks")
@answered(http.V1)
def page(name: str) -> Response:
    """The caller's tasks."""
    return http.answer(http.operations(name).page(reading.listing(query())))


@blueprint.get("/tasks/<task_id>")
@answered(http.V1)
def get(name: str, task_id: str) -> Response:
    """A task as it is now."""
    return http.answer(http.operations(name).get(task_id, reading.history_length(query())))


@blueprint.post("/tasks/<task_id>:cancel")
@answered(http.V1)
def cancel(name: str, task_id: str) -> Response:
    """Cancel a task."""
    Fields(http.body(optional=True))
    return http.answer(http.operations(name).cancel(task_id))


@blueprint.route("/tasks/<task_id>:subscribe", methods=["GET", "POST"])
@answered(http.V1)
def subscribe(name: str, task_id: str) -> Response:
    """A task as it goes on. (The specification's text says POST, its proto file GET.)"""
    if request.method == "POST":
        Fields(http.body(optional=True))
    return stream(http.operations(name).subscribe(task_id, http.last_event()))


@blueprint.route("/tasks/<task_id>/pushNotificationConfigs", methods=["GET", "POST"])
@blueprint.route("/tasks/<task_id>/pushNotificationConfigs/<config_id>", methods=["GET", "DELETE"])
@answered(http.V1)
def push(name: str, task_id: str, config_id: str = "") -> Response:  # noqa: ARG001
    """All that is about push notifications."""
    raise ProtocolError(PUSH_NOT_SUPPORTED, "Push notifications are not supported; stream, or subscribe to a task")


@blueprint.get("/extendedAgentCard")
@answered(http.V1)
def extended_card(name: str) -> Response:  # noqa: ARG001
    """There is none."""
    raise ProtocolError(UNSUPPORTED_OPERATION, "There is no extended agent card")


def query() -> Fields:
    """The query as fields; empty ones are as good as absent, and true and false are what they say."""
    found: dict[str, object] = {name: value for name, value in request.args.items() if value}
    for name in ("includeArtifacts", "include_artifacts"):
        if (value := found.get(name)) is not None:
            if value not in {"true", "false"}:
                raise invalid(name, f"{name} must be true or false")
            found[name] = value == "true"
    return Fields(found)
