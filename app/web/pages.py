"""`/`: a line of text to curl and other programs, a page with the agents at work to a browser. No script is needed."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from werkzeug.exceptions import MethodNotAllowed, RequestEntityTooLarge

from app.agents.messages import Task
from app.errors import RequestError
from app.settings import Settings
from app.tools import registry
from app.web.requests import clean_text
from app.web.tasks import LONGEST_QUESTION, answer_question

blueprint = Blueprint("pages", __name__)

GREETING = "Hello World\n"
ASSET_SECONDS = 86_400


@blueprint.get("/")
def home() -> Response:
    """Plain text unless HTML is asked for before it: curl accepts anything, a browser names text/html."""
    if request.accept_mimetypes.best_match(["text/plain", "text/html"]) == "text/html":
        response = _page()
    else:
        response = Response(GREETING, mimetype="text/plain")
    response.vary.add("Accept")
    return response


@blueprint.post("/")
def ask() -> Response:
    """The form's question, answered on the page it was asked on."""
    if "planner" not in _settings().roles:
        raise MethodNotAllowed(valid_methods=["GET", "HEAD", "OPTIONS"])
    question = ""
    try:
        question = _form_question()
        return _page(question=question, task=answer_question(clean_text("question", question, LONGEST_QUESTION)))
    except RequestError as error:
        response = _page(question=question, error=f"{error.message} {error.mend}.")
        response.status_code = error.status
        return response


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _form_question() -> str:
    try:
        # Browsers send a line's end as two characters and count it as one.
        return request.form.get("question", "").replace("\r\n", "\n")
    except RequestEntityTooLarge as error:
        raise RequestError(413, "too_long", "The question is too long.", "Send a shorter one") from error


def _page(*, question: str = "", task: Task | None = None, error: str = "") -> Response:
    settings = _settings()
    html = render_template(
        "home.html",
        asks="planner" in settings.roles,
        question=question,
        task=task,
        error=error,
        longest=LONGEST_QUESTION,
        tools=[tool for tool in registry().values() if tool.examples],
        release=settings.release,
        revision=settings.revision,
    )
    return make_response(html)


@blueprint.app_context_processor
def _assets() -> dict[str, Any]:
    return {"asset": _asset}


def _asset(name: str) -> str:
    """The address of a static file; it changes with the content, so that browsers may keep it."""
    return url_for("static", filename=name, v=_digest(Path(str(current_app.static_folder)) / name))


@cache
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
