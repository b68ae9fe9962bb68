"""`/`: a line of text to curl and other programs, a page to a browser. No script is needed.

A form is answered with a redirect, and what it leads to shows the result.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from flask import Blueprint, Response, g, make_response, redirect, request
from werkzeug.exceptions import MethodNotAllowed, NotFound

from app import errors
from app.access.paths import for_programs
from app.errors import RequestError
from app.store.conversations import LONGEST_TITLE
from app.tools import registry
from app.web.identity import owner
from app.web.layout import (
    EXPECTED,
    THEMES,
    asks,
    form_text,
    frame,
    given,
    in_words,
    lead_to,
    moment,
    page,
    show_error,
    wants_html,
)
from app.web.requests import clean_text
from app.web.tasks import LONGEST_QUESTION, desk

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment
    from werkzeug.datastructures import Headers

blueprint = Blueprint("pages", __name__)
for kind in EXPECTED:
    blueprint.register_error_handler(kind, show_error)
blueprint.add_app_template_filter(moment)
blueprint.app_context_processor(frame)

GREETING = "Hello World\n"
# What a person who comes for the first time is shown: one of most kinds, a task of several parts, and a question that
# is asked back. What else there is, the tools tell.
SHOWN = (
    "What is 15% of 240 km in miles?",
    "30% deposit on 240,000 EUR and the monthly payment at 3.9% over 25 years",
    "Solve x^2 - 5x + 6 = 0",
    "derivative of x^2 sin(x)",
    "90 days after 01/02/2026",
    "mean of price by fruit:\nfruit,price\napple,3\npear,4\napple,5",
)
_THEME_SECONDS = 365 * 86_400
_PAGES = re.compile(r"/(conversations(/[0-9A-Za-z-]{1,100})?)?")


class _SameForAll(Response):
    """An answer that is asked for often and has nothing of a request in it: its headers are worked out once."""

    _worked_out: Headers | None = None

    def get_wsgi_headers(self, environ: WSGIEnvironment) -> Headers:
        """What is sent; the server is given a copy."""
        if self._worked_out is None:
            self._worked_out = super().get_wsgi_headers(environ)
        return self._worked_out


def _greeting(kind: type[Response] = Response) -> Response:
    return kind(GREETING, headers={"Vary": "Accept"}, mimetype="text/plain")


_SAME_FOR_ALL = _greeting(_SameForAll)


@blueprint.get("/")
def home() -> Response:
    """Plain text unless HTML is asked for before it."""
    if wants_html():
        return _home()
    # To whoever was looked up, headers may say more, and those are nobody else's.
    return _greeting() if "identity" in g else _SAME_FOR_ALL


@blueprint.post("/")
def ask() -> Response:
    """Begin a conversation with the form's question, and lead to it."""
    if not asks():
        raise MethodNotAllowed(valid_methods=["GET", "HEAD", "OPTIONS"])
    question = ""
    try:
        question = form_text("question")
        text = clean_text("question", question, LONGEST_QUESTION)
        return lead_to(desk().hand_in(owner(), given(text), title=_title(text)))
    except EXPECTED as error:
        return _home(question=question, error=in_words(error))


@blueprint.post("/theme")
def theme() -> Response:
    """Remember how the pages shall look."""
    chosen, back = form_text("theme"), form_text("back")
    if chosen not in THEMES:
        raise RequestError(400, "unknown_theme", "There is no such theme.", f"Choose {', '.join(THEMES)}")
    response = make_response(redirect(back if _PAGES.fullmatch(back) else "/", 303))
    secure = request.is_secure
    response.set_cookie("theme", chosen, max_age=_THEME_SECONDS, httponly=True, samesite="Lax", secure=secure)
    return response


def _title(question: str) -> str:
    """A question on one line; one that is too long shows that it goes on."""
    line = " ".join(question.split())
    return line if len(line) <= LONGEST_TITLE else f"{line[: LONGEST_TITLE - 1].rstrip()}…"


def _home(*, question: str = "", error: RequestError | None = None) -> Response:
    # The most general tool is offered a question last, and shown to a person first.
    tools = [tool for tool in reversed(registry().values()) if tool.examples]
    return page("home.html", question=question, error=error, shown=SHOWN, tools=tools)


@blueprint.app_errorhandler(NotFound)
def _not_found(error: NotFound) -> Response:
    if wants_html() and not for_programs(request.path):
        return page("error.html", RequestError(404, "not_found", "There is no such page."))
    return errors.respond(errors.in_words(error))
