"""JSON-RPC of version 1.0, at an agent's own URL. Whoever names no version there speaks 0.3."""

from collections.abc import Iterator
from typing import NoReturn

from flask import Blueprint, Response

from app.a2a import http, legacy_views, reading, rpc
from app.a2a.faults import PUSH_NOT_SUPPORTED, UNSUPPORTED_OPERATION, ProtocolError
from app.a2a.fields import Fields
from app.a2a.operations import Operations, Update

blueprint = Blueprint("a2a", __name__)


@blueprint.post("/agents/<name>", strict_slashes=False)
def call(name: str) -> Response:
    """Call a method."""
    http.agent(name)
    given: object = None
    try:
        # Before the version: the answer to a wrong one has the request's id, too.
        given = http.body()
        dialect = legacy_views.V03 if http.version(http.V1, http.V03) == http.V03 else V1
    except ProtocolError as fault:
        return rpc.failed(V1, rpc.id_of(given), fault)
    return rpc.call(name, given, dialect)


def no_push(_operations: Operations, _params: object) -> NoReturn:
    """All that is about push notifications."""
    raise ProtocolError(PUSH_NOT_SUPPORTED, "Push notifications are not supported; stream, or subscribe to a task")


def _no_extended_card(_operations: Operations, _params: object) -> NoReturn:
    raise ProtocolError(UNSUPPORTED_OPERATION, "There is no extended agent card")


def _send(operations: Operations, params: object) -> object:
    return operations.send(reading.sending(params))


def _stream(operations: Operations, params: object) -> Iterator[Update]:
    return operations.stream(reading.sending(params))


def _get(operations: Operations, params: object) -> object:
    fields = Fields(params)
    return operations.get(reading.task_id(fields), reading.history_length(fields))


def _list(operations: Operations, params: object) -> object:
    return operations.page(reading.listing(Fields(params)))


def _cancel(operations: Operations, params: object) -> object:
    return operations.cancel(reading.task_id(Fields(params)))


def _subscribe(operations: Operations, params: object) -> Iterator[Update]:
    return operations.subscribe(reading.task_id(Fields(params)), http.last_event())


V1 = rpc.Dialect(
    methods={
        "SendMessage": _send,
        "GetTask": _get,
        "ListTasks": _list,
        "CancelTask": _cancel,
        "CreateTaskPushNotificationConfig": no_push,
        "GetTaskPushNotificationConfig": no_push,
        "ListTaskPushNotificationConfigs": no_push,
        "DeleteTaskPushNotificationConfig": no_push,
        "GetExtendedAgentCard": _no_extended_card,
    },
    streams={"SendStreamingMessage": _stream, "SubscribeToTask": _subscribe},
    write=lambda value: value,
    fault=ProtocolError.jsonrpc,
    faults_in_streams=False,
)
