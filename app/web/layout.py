"""What all pages have in common: the frame around them, the forms on them, and errors in words."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Response, current_app, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from app import errors
from app.access.guard import guard
from app.agents.places import CrowdedError
from app.errors import RequestError
from app.observe import origin
from app.settings import Settings
from app.store.database import UnavailableError
from app.store.tasks import ConversationRecord, TaskRecord
from app.web.identity import identity
from app.web.requests import body
from app.web.tasks import LONGEST_QUESTION, desk

THEMES = ("system", "light", "dark")
# What a page says in words instead of failing with it.
EXPECTED = (RequestError, UnavailableError, CrowdedError)
# What stands beside every page; all of them are on a page of their own.
_NEWEST = 30


def page(template: str, error: RequestError | None = None, **values: Any) -> Response:
    """A page: never kept by anyone between, and asked for again when it is gone back to.

    One that tells of an error has its status and its headers.
    """
    content = render_template(template, conversations=_newest(), error=error, **values)
    response = make_response(content, error.status if error else 200)
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers.update(error.headers if error else {})
    return response


def frame() -> dict[str, Any]:
    """What the frame around a page shows, whoever renders it."""
    settings: Settings = current_app.extensions["settings"]
    chosen = request.cookies.get("theme")
    return {
        "asks": asks(),
        "longest": LONGEST_QUESTION,
        "release": settings.release,
        "revision": settings.revision,
        "theme": chosen if chosen in THEMES else "system",
        "themes": THEMES,
    }


def asks() -> bool:
    """Whether questions can be asked here: the solver alone takes none."""
    settings: Settings = current_app.extensions["settings"]
    return "planner" in settings.roles


def wants_html() -> bool:
    """Whether the answer is for a person's eyes: curl accepts anything, a browser names text/html."""
    # Nearly all programs say nothing of text, and need no second look.
    if "text/" not in request.environ.get("HTTP_ACCEPT", ""):
        return False
    return request.accept_mimetypes.best_match(["text/plain", "text/html"]) == "text/html"


def form_text(name: str) -> str:
    """A field of the form; raises RequestError when the form is too large to be read, or is no text."""
    try:
        _check_encoding(body())
        # Browsers send a line's end as two characters and count it as one.
        return request.form.get(name, "").replace("\r\n", "\n")
    except RequestEntityTooLarge as error:
        raise RequestError(413, "too_long", "The question is too long.", "Send a shorter one") from error


def _check_encoding(form: bytes) -> None:
    # A form's reader would put something else in the place of what it cannot decode.
    try:
        form.decode()
        if request.mimetype == "application/x-www-form-urlencoded":
            unquote_to_bytes(form).decode()
    except UnicodeDecodeError:
        raise RequestError(400, "not_text", "The form is not text.", "Send it in UTF-8") from None


def given(text: str) -> dict[str, Any]:
    """What a person wrote, as a task's request."""
    return {"text": text, "request_id": origin.request_id()}


def lead_to(record: TaskRecord) -> Response:
    """A redirect to a task's place on its conversation's page."""
    address = url_for("conversations.show", conversation_id=record.conversation_id, _anchor=f"task-{record.id}")
    return make_response(redirect(address, 303))


def moment(microseconds: int) -> str:
    """A time since 1970 for a person."""
    return f"{datetime.fromtimestamp(microseconds / 1e6, UTC):%-d %B %Y, %H:%M} UTC"


def in_words(error: Exception) -> RequestError:
    """One of EXPECTED in words for a person."""
    match error:
        case RequestError():
            return error
        case CrowdedError():
            return RequestError(503, "crowded", "There is very much to do here just now.", "Try again shortly")
        case _:
            return RequestError(
                503, "state_unavailable", "Conversations cannot be read or kept now.", "Try again shortly"
            )


def show_error(error: Exception) -> Response:
    """An error as a page for a person, and as JSON for a program."""
    found = in_words(error)
    if not wants_html():
        return errors.respond(found)
    return page("error.html", found)


def _newest() -> list[ConversationRecord] | None:
    """The person's newest conversations, none for those who may not see them; None where they cannot be read."""
    try:
        if not asks() or not guard().may_see(identity(), "tasks"):
            return []
        return desk().store.conversations("planner", identity().owner, _NEWEST)
    except (UnavailableError, RequestError):
        return None
