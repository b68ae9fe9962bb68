"""What holds for every request: an id to follow it by, response headers, and how a JSON body is read."""

import re
import uuid

from flask import Flask, Response, g, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.errors import RequestError

_REQUEST_ID = re.compile(r"[0-9A-Za-z._-]{8,64}")

_HEADERS = {
    # Scripts and styles only from files of ours, nothing inline, nothing from elsewhere.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def register(app: Flask) -> None:
    """Give every request of `app` an id, and every response its headers."""
    app.before_request(_identify)
    app.after_request(_finish)


def _identify() -> None:
    given = request.headers.get("X-Request-ID", "")
    g.request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
    # For the access log, which only sees the environment.
    request.environ["app.request_id"] = g.request_id


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = g.get("request_id", "")
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def json_object(fields: dict[str, type]) -> dict[str, object]:
    """The body as a JSON object of exactly these fields; raises RequestError saying what is wrong with it."""
    if request.mimetype != "application/json":
        raise RequestError(
            415,
            "unsupported_media_type",
            f"The body is {request.mimetype or 'of no stated type'}.",
            "Send JSON, with the header Content-Type: application/json",
        )
    data = _parsed()
    if not isinstance(data, dict):
        raise RequestError(400, "not_an_object", "The body is not a JSON object.", f"Send {_shape(fields)}")
    for name in data:
        if name not in fields:
            raise RequestError(400, "unknown_field", f"There is no field {_clip(name)}.", f"Send {_shape(fields)}")
    for name, kind in fields.items():
        if name not in data:
            raise RequestError(400, "missing_field", f"The field {name} is missing.", f"Send {_shape(fields)}")
        if not isinstance(data[name], kind):
            raise RequestError(400, "wrong_type", f"The field {name} is of the wrong type.", f"Send {_shape(fields)}")
    return data


def _parsed() -> object:
    try:
        return request.get_json()
    except RequestEntityTooLarge:
        raise
    except RecursionError:
        raise RequestError(400, "too_deep", "The JSON is nested too deep.", "Send a flat object") from None
    except Exception as error:
        if getattr(error, "code", None) == 400:
            raise RequestError(400, "malformed_json", "The body is not valid JSON.", "Send UTF-8 JSON") from None
        raise


def clean_text(name: str, value: object, most_characters: int, *, may_be_empty: bool = False) -> str:
    """`value` as text that can be stored and sent on; raises RequestError saying what is wrong with it."""
    text = str(value)
    if not may_be_empty and not text.strip():
        raise RequestError(400, "empty", f"The field {name} is empty.", "Send some text")
    if len(text) > most_characters:
        raise RequestError(
            413,
            "too_long",
            f"The field {name} has {len(text):,} characters.",
            f"Send at most {most_characters:,}",
        )
    # A lone surrogate is valid in JSON's escapes and in no UTF-8 text.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise RequestError(400, "not_text", f"The field {name} holds characters that are not text.", "Remove them")
    return text


def _shape(fields: dict[str, type]) -> str:
    return "{" + ", ".join(f'"{name}": {"text" if kind is str else "object"}' for name, kind in fields.items()) + "}"


def _clip(name: str) -> str:
    return ascii(name[:40])
