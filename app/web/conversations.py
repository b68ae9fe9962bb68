"""`/conversations`: a person's conversations as pages, with all that can be done about one of them."""

import time

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from app.errors import RequestError
from app.store.tasks import (
    ConversationRecord,
    FinishedTaskError,
    TaskRecord,
    UnknownConversationError,
    UnknownTaskError,
)
from app.web import export
from app.web.identity import owner
from app.web.layout import EXPECTED, form_text, given, in_words, lead_to, page, show_error
from app.web.requests import clean_text
from app.web.tasks import LONGEST_QUESTION, desk, replied
from app.web.turns import Turn, turn

blueprint = Blueprint("conversations", __name__, url_prefix="/conversations")
for kind in EXPECTED:
    blueprint.register_error_handler(kind, show_error)

MOST_LISTED = 200
# A page that was just asked for waits this long for its answer; the page's script does not wait, but is told.
SHORT_SECONDS = 3.0
# So long it waits when a person without scripts looks again.
LONG_SECONDS = 10.0


@blueprint.errorhandler(UnknownConversationError)
@blueprint.errorhandler(UnknownTaskError)
def _unknown(_error: LookupError) -> Response:
    message = "There is no such conversation."
    return show_error(RequestError(404, "unknown_conversation", message, "It may have been deleted"))


@blueprint.get("")
def index() -> Response:
    """All conversations, newest first."""
    return page("conversations.html", listed=desk().store.conversations("planner", owner(), MOST_LISTED))


@blueprint.get("/<conversation_id>")
def show(conversation_id: str) -> Response:
    """The conversation."""
    conversation, tasks = _find(conversation_id)
    if tasks and not tasks[-1].resting and (seconds := _patience(tasks[-1])):
        tasks[-1] = desk().wait(owner(), tasks[-1].id, seconds)
    return _show(conversation, tasks)


@blueprint.post("/<conversation_id>")
def ask(conversation_id: str) -> Response:
    """The next question in a conversation."""
    question = ""
    try:
        question = form_text("question")
        text = clean_text("question", question, LONGEST_QUESTION)
        return lead_to(desk().hand_in(owner(), given(text), title="", conversation_id=conversation_id))
    except EXPECTED as error:
        return _show(*_find(conversation_id), in_words(error), question=question)


@blueprint.get("/<conversation_id>/tasks/<task_id>")
def fragment(conversation_id: str, task_id: str) -> Response:
    """One turn, for the page's script to put in place."""
    record = _task(conversation_id, task_id)
    response = make_response(render_template("fragment.html", turn=_turn(record)))
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@blueprint.post("/<conversation_id>/tasks/<task_id>/cancel")
def cancel(conversation_id: str, task_id: str) -> Response:
    """End a task before its next step."""
    record = _task(conversation_id, task_id)
    _cancel(record)
    if not _told_later():
        desk().wait(owner(), task_id, SHORT_SECONDS)
    return lead_to(record)


@blueprint.post("/<conversation_id>/tasks/<task_id>/reply")
def reply(conversation_id: str, task_id: str) -> Response:
    """The person's words to a task that asked back."""
    record = _task(conversation_id, task_id)
    text = ""
    try:
        text = form_text("text")
        words = clean_text("text", text, LONGEST_QUESTION)
        record = desk().reply(owner(), task_id, replied(record, words))
    except EXPECTED as error:
        return _show(*_find(conversation_id), in_words(error), reply=text)
    except FinishedTaskError:
        # Answered in another window: the page shows what came of it.
        return lead_to(record)
    return lead_to(record)


@blueprint.post("/<conversation_id>/delete")
def delete(conversation_id: str) -> Response:
    """Delete the conversation with all that was said in it."""
    _, tasks = _find(conversation_id)
    for record in tasks:
        _cancel(record)
    desk().store.forget_conversation("planner", owner(), conversation_id)
    return make_response(redirect(url_for("conversations.index"), 303))


@blueprint.get("/<conversation_id>/export.<kind>")
def download(conversation_id: str, kind: str) -> Response:
    """The conversation as a file: Markdown to read, JSON for programs."""
    if kind not in export.KINDS:
        raise RequestError(404, "unknown_format", "There is no such format.", f"Use {' or '.join(export.KINDS)}")
    conversation, tasks = _find(conversation_id)
    mimetype, write = export.KINDS[kind]
    response = Response(write(conversation, tasks, [_turn(record) for record in tasks]), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{export.file_name(conversation, kind)}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _find(conversation_id: str) -> tuple[ConversationRecord, list[TaskRecord]]:
    return desk().store.conversation("planner", owner(), conversation_id)


def _task(conversation_id: str, task_id: str) -> TaskRecord:
    record = desk().get(owner(), task_id)
    if record.conversation_id != conversation_id:
        raise UnknownTaskError(task_id)
    return record


def _turn(record: TaskRecord) -> Turn:
    return turn(record, desk().store.events(record.id))


def _cancel(record: TaskRecord) -> None:
    try:
        if not record.finished:
            desk().cancel(owner(), record.id)
    except FinishedTaskError:
        # It was quicker, and that is as well.
        return


def _told_later() -> bool:
    """Whether the page's script asks, which follows the task's events (RFC 7240, section 4.1)."""
    return "respond-async" in request.headers.get("Prefer", "")


def _patience(record: TaskRecord) -> float:
    """Seconds to wait for an answer before the page is shown without it."""
    if _told_later():
        return 0.0
    if "wait" in request.args:
        return LONG_SECONDS
    return max(0.0, SHORT_SECONDS - (time.time() - record.updated / 1e6))


def _show(
    conversation: ConversationRecord, tasks: list[TaskRecord], error: RequestError | None = None, **typed: str
) -> Response:
    """The page; `typed` is what a person wrote into a form of it that cannot be taken, because of `error`."""
    turns = [_turn(record) for record in tasks]
    return page("conversation.html", error, conversation=conversation, turns=turns, typed=typed)
