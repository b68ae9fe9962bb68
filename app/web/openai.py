"""`/v1/chat/completions` and `/v1/models`: the planner as a model, to every client that speaks OpenAI's interface."""

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState

from app import errors
from app.agents.desk import Desk
from app.agents.places import CrowdedError
from app.agents.runner import TASK_SECONDS
from app.errors import RequestError
from app.observe import origin
from app.settings import Settings
from app.store.tasks import FinishedTaskError
from app.web import openai_request
from app.web.identity import owner
from app.web.openai_answer import Cutter, Envelope, content, error_object, settled, usage
from app.web.openai_request import MODEL
from app.web.openai_stream import Stream
from app.web.tasks import LONGEST_QUESTION

blueprint = Blueprint("openai", __name__)

# A conversation comes whole with each of its requests.
LARGEST_BODY_BYTES = 1024 * 1024
# The day of the first release: a model has to have been created.
_CREATED = 1_767_225_600
_MODEL = {"id": MODEL, "object": "model", "created": _CREATED, "owned_by": "longshore"}


@blueprint.get("/v1/models")
def models() -> Response:
    """The one model."""
    return jsonify(object="list", data=[_MODEL])


@blueprint.get("/v1/models/<path:model>")
def model(model: str) -> Response:
    """The model, by its name."""
    if model != MODEL:
        raise openai_request.unknown_model(model)
    return jsonify(_MODEL)


@blueprint.post("/v1/chat/completions")
def chat() -> Response:
    """Answer the conversation's last message: at once, or as it comes."""
    request.max_content_length = LARGEST_BODY_BYTES
    asked = openai_request.read(LONGEST_QUESTION)
    desk: Desk = current_app.extensions["desks"]["planner"]
    given: dict[str, Any] = {"text": asked.text, "request_id": origin.request_id()}
    if asked.earlier:
        given["earlier"] = asked.earlier
    if asked.before:
        given["openai"] = {"before": asked.before}
    me = owner()
    record = desk.hand_in(me, given, title=asked.text)
    settings: Settings = current_app.extensions["settings"]
    envelope = Envelope(record, settings.release_digest or settings.revision)
    if asked.stream:
        try:
            stream = Stream(desk, me, record, asked, envelope)
        except CrowdedError:
            with suppress(FinishedTaskError):
                desk.cancel(me, record.id)
            raise
        response = Response(stream.lines(), mimetype="text/event-stream")
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Accel-Buffering"] = "no"
        return response
    record = settled(desk.wait(me, record.id, TASK_SECONDS))
    events = desk.store.events(record.id)
    cutter = Cutter(asked.stops, asked.most_tokens)
    text = cutter.feed(content(record, events), last=True)
    return jsonify(envelope.completion(record, events, text, cutter.finish_reason, usage(asked, text)))


def _refused(error: RequestError) -> Response:
    """An error in the shape that these clients read."""
    response = jsonify(error=error_object(error.status, error.code, error.whole, getattr(error, "param", None)))
    response.status_code = error.status
    return response


@blueprint.record
def _write_errors(state: BlueprintSetupState) -> None:
    for start in ("/v1/chat/", "/v1/models"):
        errors.write_below(state.app, start, _refused)
