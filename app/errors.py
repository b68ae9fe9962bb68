"""Errors as JSON: one shape for every endpoint, and no traceback to anyone outside."""

import logging

from flask import Flask, Response, g, jsonify
from werkzeug.exceptions import HTTPException, InternalServerError

logger = logging.getLogger(__name__)


class RequestError(Exception):
    """A request that cannot be served as it is; `mend` says what would be."""

    def __init__(self, status: int, code: str, message: str, mend: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.mend = mend


def error_response(status: int, code: str, message: str, mend: str = "") -> Response:
    """The JSON body of an error."""
    error = {"code": code, "message": message, "request_id": g.get("request_id")}
    if mend:
        error["mend"] = mend
    response = jsonify({"error": error})
    response.status_code = status
    return response


def _from_request_error(error: RequestError) -> Response:
    response = error_response(error.status, error.code, error.message, error.mend)
    if error.status == 503:
        response.headers["Retry-After"] = "1"
    return response


def _from_http_exception(error: HTTPException) -> Response:
    status = error.code or 500
    response = error_response(status, error.name.lower().replace(" ", "_"), error.description or error.name)
    # What the exception itself sets: Allow of a 405, for one.
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            response.headers[name] = value
    return response


def _from_exception(error: Exception) -> Response:
    logger.exception("a request failed", exc_info=error, extra={"fields": {"request_id": g.get("request_id")}})
    return _from_http_exception(InternalServerError("Something went wrong here; it has been logged."))


def register(app: Flask) -> None:
    """Answer every error of `app` as JSON."""
    app.register_error_handler(RequestError, _from_request_error)
    app.register_error_handler(HTTPException, _from_http_exception)
    app.register_error_handler(Exception, _from_exception)
