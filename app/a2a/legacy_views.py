"""Version 0.3 for older clients, below /v0.3/agents/NAME: JSON-RPC there, and REST below its /v1."""

from collections.abc import Iterator
from typing import NoReturn

from flask import Blueprint, Response

from app.a2a import http, legacy, reading, rest, rpc
from app.a2a.faults import EXTENDED_CARD_NOT_CONFIGURED, PUSH_NOT_SUPPORTED, ProtocolError
from app.a2a.fields import Fields
from app.a2a.operations import Operations, Update
from app.a2a.rest import answered

blueprint = Blueprint("a2a_v03", __name__, url_prefix="/v0.3/agents/<name>")


@blueprint.post("", strict_slashes=False)
def call(name: str) -> Response:
    """Call a method."""
    http.agent(name)
    given: object = None
    try:
        given = http.body()
        http.version(http.V03)
    except ProtocolError as fault:
        return rpc.failed(V03, rpc.id_of(given), fault)
    return rpc.call(name, given, V03)


@blueprint.post("/v1/message:send")
@answered(http.V03)
def send(name: str) -> Response:
    """Send a message, and have the task or message that it leads to."""
    return http.answer(legacy.as_proto(http.operations(name).send(legacy.sending_as_proto(http.body()))))


@blueprint.post("/v1/message:stream")
@answered(http.V03)
def send_streaming(name: str) -> Response:
    """The same as a stream."""
    return rest.stream(http.operations(name).stream(legacy.sending_as_proto(http.body())), http.V03)


@blueprint.get("/v1/tasks/<task_id>")
@answered(http.V03)
def get(name: str, task_id: str) -> Response:
    """A task as it is now."""
    found = http.operations(name).get(task_id, reading.history_length(rest.query()))
    return http.answer(legacy.proto_task(found))


@blueprint.post("/v1/tasks/<task_id>:cancel")
@answered(http.V03)
def cancel(name: str, task_id: str) -> Response:
    """Cancel a task."""
    Fields(http.body(optional=True))
    return http.answer(legacy.proto_task(http.operations(name).cancel(task_id)))


@blueprint.route("/v1/tasks/<task_id>:subscribe", methods=["GET", "POST"])
@answered(http.V03)
def subscribe(name: str, task_id: str) -> Response:
    """A task as it goes on."""
    return rest.stream(http.operations(name).subscribe(task_id, http.last_event()), http.V03)


@blueprint.route("/v1/tasks/<task_id>/pushNotificationConfigs", methods=["GET", "POST"])
@blueprint.route("/v1/tasks/<task_id>/pushNotificationConfigs/<config_id>", methods=["GET", "DELETE"])
@answered(http.V03)
def push(name: str, task_id: str, config_id: str = "") -> Response:  # noqa: ARG001
    """All that is about push notifications."""
    raise ProtocolError(PUSH_NOT_SUPPORTED, "Push notifications are not supported; stream, or subscribe to a task")


@blueprint.get("/v1/card")
@answered(http.V03)
def extended_card(name: str) -> Response:  # noqa: ARG001
    """There is none."""
    raise ProtocolError(EXTENDED_CARD_NOT_CONFIGURED, "There is no authenticated extended agent card")


def _no_push(_operations: Operations, _params: object) -> NoReturn:
    raise ProtocolError(PUSH_NOT_SUPPORTED, "Push notifications are not supported; stream, or resubscribe to a task")


def _no_extended_card(_operations: Operations, _params: object) -> NoReturn:
    raise ProtocolError(EXTENDED_CARD_NOT_CONFIGURED, "There is no authenticated extended agent card")


def _send(operations: Operations, params: object) -> object:
    return legacy.written(operations.send(legacy.sending(params)))


def _stream(operations: Operations, params: object) -> Iterator[Update]:
    return operations.stream(legacy.sending(params))


def _get(operations: Operations, params: object) -> object:
    fields = Fields(params)
    return legacy.task(operations.get(reading.task_id(fields), reading.history_length(fields)))


def _cancel(operations: Operations, params: object) -> object:
    return legacy.task(operations.cancel(reading.task_id(Fields(params))))


def _resubscribe(operations: Operations, params: object) -> Iterator[Update]:
    return operations.subscribe(reading.task_id(Fields(params)), http.last_event())


def _fault(fault: ProtocolError) -> dict[str, object]:
    return {**fault.jsonrpc(), "code": legacy.code(fault)}


V03 = rpc.Dialect(
    methods={
        "message/send": _send,
        "tasks/get": _get,
        "tasks/cancel": _cancel,
        "tasks/pushNotificationConfig/set": _no_push,
        "tasks/pushNotificationConfig/get": _no_push,
        "tasks/pushNotificationConfig/list": _no_push,
        "tasks/pushNotificationConfig/delete": _no_push,
        "agent/getAuthenticatedExtendedCard": _no_extended_card,
    },
    streams={"message/stream": _stream, "tasks/resubscribe": _resubscribe},
    write=legacy.written,
    fault=_fault,
    faults_in_streams=True,
)
