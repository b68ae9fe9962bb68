"""Errors in one shape for every endpoint, or in that of the protocol spoken there, and no traceback outside."""

import logging
from collections.abc import Callable, Mapping

from flask import Flask, Response, current_app, jsonify, request
from flask.sansio.app import App
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from app.agents.places import CrowdedError
from app.observe import origin
from app.store.database import UnavailableError

logger = logging.getLogger(__name__)


class RequestError(Exception):
    """A request that cannot be served as it is; `fix` says what to do about it, `headers` go with the answer."""

    def __init__(
        self, status: int, code: str, message: str, fix: str = "", *, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fix = fix
        self.headers = {**({"Retry-After": "1"} if status == 503 else {}), **(headers or {})}

    @property
    def whole(self) -> str:
        """The message with its fix, for those who have one place for both."""
        return f"{self.message} {self.fix}." if self.fix else self.message


# How a protocol's clients read an error.
Form = Callable[[RequestError], Response]


def write_below(app: App, start: str, form: Form) -> None:
    """Have errors of all paths that begin with `start`, those that are not there included, in a protocol's form."""
    app.extensions["error_forms"][start] = form


def respond(error: RequestError) -> Response:
    """The response that tells of a RequestError, in the form that belongs to the path."""
    forms: Mapping[str, Form] = current_app.extensions["error_forms"]
    form = next((form for start, form in forms.items() if request.path.startswith(start)), _plain)
    response = form(error)
    response.headers.update(error.headers)
    return response


def in_words(error: Exception) -> RequestError:
    """Any error as what is said of it outside; what is not expected is logged, and nothing else is said."""
    match error:
        case RequestError():
            return error
        case CrowdedError():
            return RequestError(503, "crowded", "This replica does all it can at once.", "Try again shortly")
        case UnavailableError():
            logger.error("the database cannot be asked", extra={"fields": {"reason": str(error)}})
            return RequestError(503, "state_unavailable", "The database cannot be asked now.", "Try again shortly")
        case HTTPException():
            return _of_http(error)
        case _ if getattr(request.environ["wsgi.input"], "failed", False):
            # The server's own word for a body that it could not read.
            return RequestError(400, "bad_body", "The body is not sent as HTTP has it, or breaks off.", "Send it again")
        case _:
            logger.error("a request failed", exc_info=error)
            return RequestError(500, "internal_server_error", "Something went wrong here; it has been logged.")


def register(app: Flask) -> None:
    """Answer every error of `app`."""
    app.extensions["error_forms"] = {}
    app.register_error_handler(HTTPException, _answer)
    app.register_error_handler(Exception, _answer)


def _answer(error: Exception) -> Response:
    return respond(in_words(error))


def _of_http(error: HTTPException) -> RequestError:
    message, fix = error.description or error.name, ""
    if isinstance(error, RequestEntityTooLarge):
        message, fix = "The body is too large.", f"Send at most {request.max_content_length:,} bytes"
        if request.mimetype == "multipart/form-data":
            fix += f", in at most {request.max_form_parts} parts"
    # What the exception itself sets: Allow of a 405, for one.
    headers = {name: value for name, value in error.get_headers() if name.lower() not in _OF_THE_BODY}
    return RequestError(error.code or 500, error.name.lower().replace(" ", "_"), message, fix, headers=headers)


_OF_THE_BODY = frozenset({"content-type", "content-length"})


def _plain(error: RequestError) -> Response:
    found = {"code": error.code, "message": error.message, "request_id": origin.request_id()}
    if error.fix:
        found["fix"] = error.fix
    response = jsonify({"error": found})
    response.status_code = error.status
    return response
