"""JSON-RPC 2.0, for whichever version's methods: an envelope read, a method called, an answer or a stream given."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Response

from app.a2a import http
from app.a2a.faults import (
    CONTENT_TYPE,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    REFUSED,
    TOO_LARGE,
    ProtocolError,
)
from app.a2a.operations import Operations, Update

Id = str | int | None


@dataclass(frozen=True)
class Dialect:
    """One version's methods, and how it writes what they give and what goes wrong."""

    methods: Mapping[str, Callable[[Operations, object], object]]
    streams: Mapping[str, Callable[[Operations, object], Iterator[Update]]]
    write: Callable[[dict[str, Any]], object]
    fault: Callable[[ProtocolError], dict[str, Any]]
    # Clients of 0.3 take a stream's errors from events only.
    faults_in_streams: bool


def call(name: str, given: object, dialect: Dialect) -> Response:
    """Answer the request in `given`, the JSON of a body."""
    request_id: Id = None
    streaming = False
    try:
        request_id = id_of(given)
        method, params = _envelope(given)
        streaming = method in dialect.streams
        if streaming:
            return _stream(dialect, request_id, dialect.streams[method](http.operations(name), params))
        if method not in dialect.methods:
            raise ProtocolError(METHOD_NOT_FOUND, f"There is no method {method[:60]!a}")
        result = dialect.methods[method](http.operations(name), params)
        return http.answer({"jsonrpc": "2.0", "id": request_id, "result": result})
    except Exception as error:  # noqa: BLE001 (as_fault logs what it does not know)
        fault = http.as_fault(error)
        if streaming and dialect.faults_in_streams and fault.kind.code != REFUSED:
            return http.event_stream([f"data: {http.written(_failed(dialect, request_id, fault))}\n\n"])
        return failed(dialect, request_id, fault)


def failed(dialect: Dialect, request_id: Id, fault: ProtocolError) -> Response:
    """The answer that tells of a ProtocolError: with status 200, unless it is HTTP that refuses."""
    if fault.kind.code == REFUSED:
        status = fault.kind.http
    else:
        status = {CONTENT_TYPE: 415, TOO_LARGE: 413}.get(fault.kind, 200) if request_id is None else 200
    return http.answer(_failed(dialect, request_id, fault), status, fault.headers)


def _stream(dialect: Dialect, request_id: Id, updates: Iterator[Update]) -> Response:
    return http.events(
        updates,
        lambda value: {"jsonrpc": "2.0", "id": request_id, "result": dialect.write(value)},
        lambda fault: _failed(dialect, request_id, fault),
    )


def _failed(dialect: Dialect, request_id: Id, fault: ProtocolError) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "error": dialect.fault(fault)}


def id_of(given: object) -> Id:
    """The id of the request in `given`, if there is one."""
    found = given.get("id") if isinstance(given, dict) else None
    return found if isinstance(found, str | int) and not isinstance(found, bool) else None


def _envelope(given: object) -> tuple[str, object]:
    if isinstance(given, list):
        raise ProtocolError(INVALID_REQUEST, "Invalid request: batches are not taken; send requests one by one")
    if not isinstance(given, dict):
        raise ProtocolError(INVALID_REQUEST, "Invalid request: an object was expected")
    if given.get("jsonrpc") != "2.0":
        raise ProtocolError(INVALID_REQUEST, "Invalid request: jsonrpc must be exactly '2.0'")
    if given.get("id") is not None and id_of(given) is None:
        raise ProtocolError(INVALID_REQUEST, "Invalid request: id must be a string, a whole number or null")
    method = given.get("method")
    if not isinstance(method, str) or not method:
        raise ProtocolError(INVALID_REQUEST, "Invalid request: method must be a string")
    params = given.get("params")
    if params is not None and not isinstance(params, dict):
        raise ProtocolError(INVALID_PARAMS, "params must be an object", "params")
    return method, params or {}
