"""What all bindings over HTTP share: versions, bodies, answers and streams."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from flask import Response, current_app, request, stream_with_context
from werkzeug.exceptions import RequestEntityTooLarge

from app import errors
from app.a2a import fields
from app.a2a.agents import Agent
from app.a2a.faults import CONTENT_TYPE, TOO_LARGE, VERSION_NOT_SUPPORTED, ProtocolError, refusal
from app.a2a.operations import Operations, Update
from app.errors import RequestError
from app.observe import origin
from app.web import requests
from app.web.identity import owner

MEDIA_TYPE = "application/json"
A2A_MEDIA_TYPE = "application/a2a+json"
V1 = "1.0"
V03 = "0.3"


def agent(name: str) -> Agent:
    """The agent of this process that has the name. Raises RequestError where there is none."""
    agents: dict[str, Agent] = current_app.extensions["a2a"]
    if name not in agents:
        raise RequestError(404, "unknown_agent", f"There is no agent {name[:40]!a} here.", f"Ask {' or '.join(agents)}")
    return agents[name]


def operations(name: str) -> Operations:
    """What the caller may do with an agent."""
    return Operations(agent(name), owner(), origin.request_id())


def revision() -> str:
    """The revision of 1.0 whose HTTP statuses are used."""
    return str(current_app.extensions["settings"].a2a_revision)


def version(*served: str) -> str:
    """The version that the caller speaks, if it is one of those served here; without a word of it, 0.3."""
    asked = request.headers.get("A2A-Version") or request.args.get("A2A-Version") or V03
    # A patch level changes nothing in what is said.
    if (found := ".".join(asked.strip().split(".")[:2])) in served:
        return found
    known = " and ".join(served)
    raise ProtocolError(VERSION_NOT_SUPPORTED, f"A2A-Version {asked[:20]!a} is not served here; {known} is")


def body(*, optional: bool = False) -> object:
    """The JSON of the request's body; an empty object where there may be none. Raises ProtocolError."""
    try:
        data = requests.body()
    except RequestEntityTooLarge:
        raise ProtocolError(TOO_LARGE, f"The body is larger than {request.max_content_length:,} bytes") from None
    if optional and not data:
        return {}
    if request.mimetype not in {MEDIA_TYPE, A2A_MEDIA_TYPE}:
        sent = ascii(request.mimetype[:60]) if request.mimetype else "of no stated type"
        raise ProtocolError(CONTENT_TYPE, f"The body is {sent}; send JSON, with the header Content-Type: {MEDIA_TYPE}")
    return fields.parse(data)


def as_fault(error: Exception) -> ProtocolError:
    """What a caller hears of an error; what is not expected is logged."""
    return error if isinstance(error, ProtocolError) else refusal(errors.in_words(error))


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer, called by the protocol's own media type for those who ask for it."""
    best = request.accept_mimetypes.best_match([MEDIA_TYPE, A2A_MEDIA_TYPE], MEDIA_TYPE)
    response = Response(written(value), status, mimetype=best)
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept")
    response.headers.update(headers or {})
    return response


def events(
    updates: Iterator[Update], write: Callable[[dict[str, Any]], object], on_fault: Callable[[ProtocolError], object]
) -> Response:
    """A stream of server-sent events. The first update is taken at once: what is wrong from the start is raised."""
    first = next(updates, None)

    def lines() -> Iterator[str]:
        try:
            for update in _from(first, updates):
                if update is None:
                    yield ": still here\n\n"
                else:
                    number, value = update
                    yield f"id: {number}\ndata: {written(write(value))}\n\n"
        except Exception as error:  # noqa: BLE001 (the status has been sent: a stream's last event is all that is left)
            yield f"data: {written(on_fault(as_fault(error)))}\n\n"

    return event_stream(stream_with_context(lines()))


def event_stream(lines: Iterable[str]) -> Response:
    """Server-sent events that no proxy holds back."""
    response = Response(lines, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def last_event() -> int | None:
    """The event that the caller saw last, if it says so."""
    text = request.headers.get("Last-Event-ID", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def written(value: object) -> str:
    """A value as compact JSON. Halves of characters, which no encoding sends, become question marks."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace").decode()


def _from(first: Update, rest: Iterator[Update]) -> Iterator[Update]:
    yield first
    yield from rest
