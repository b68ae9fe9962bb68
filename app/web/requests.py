"""What holds for every request: an id to follow it by, response headers, and how a JSON body is read."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from flask import Flask, request
from werkzeug.exceptions import RequestEntityTooLarge

from app.errors import RequestError
from app.observe import metrics, origin, tracing
from app.web import unread

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from opentelemetry.trace import Span

_HEADERS = (
    # Scripts and styles only from files of ours, nothing inline, nothing from elsewhere.
    (
        "Content-Security-Policy",
        (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
    ("X-Content-Type-Options", "nosniff"),
    # Without any referrer a browser would not tell where a form of ours comes from, either: it would send Origin: null.
    ("Referrer-Policy", "same-origin"),
)
_NAMES = frozenset(dict(_HEADERS))
# Of a form, and of a message in any protocol: whoever has more to say has it in fewer.
MOST_PARTS = 20
# Asked for every few seconds by machines: nobody looks for these in a trace.
_UNTRACED = frozenset({"/healthz", "/readyz", "/metrics"})


def register(app: Flask) -> None:
    """Give every request of `app` an id, every response its headers, and count and trace what is between."""
    app.wsgi_app = Around(app.wsgi_app)  # type: ignore[method-assign]


class Around:
    """A layer around the application, below Flask: what is done for each and every request has to cost little."""

    def __init__(self, application: WSGIApplication) -> None:
        self._application = application

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request."""
        began = time.perf_counter()
        get = environ.get
        here = origin.of_headers(get("HTTP_X_REQUEST_ID", ""), get("HTTP_TRACEPARENT", ""), get("HTTP_TRACESTATE", ""))
        begun = tracing.begin("request", "server", here) if tracing.on() and get("PATH_INFO") not in _UNTRACED else None
        if begun:
            here = begun[1]
        # For the access log, too, which only sees the environment.
        environ["app.origin"] = here
        code, route, streams = 500, "", False

        def start(status: str, headers: list[tuple[str, str]], *error: Any) -> Callable[[bytes], object]:
            nonlocal code, route, streams
            code = int(status[:3])
            # Flask forgets it when the request is over.
            rule = getattr(get("werkzeug.request"), "url_rule", None)
            route = rule.rule if rule else ""
            # Names are written here as everywhere: with capitals.
            given = dict(headers)
            # Whatever is there at once has a length. The rest is made after this returned, while it is sent.
            streams = "Content-Length" not in given
            plain = _NAMES.isdisjoint(given)
            headers.extend(_HEADERS if plain else [pair for pair in _HEADERS if pair[0] not in given])
            headers.append(("X-Request-ID", here.request_id))
            return start_response(status, headers, *error)

        before = origin.enter(here)
        try:
            answer = unread.answered(environ, self._application(environ, start))
            return origin.Within(answer, here) if streams else answer
        finally:
            origin.enter(before)
            metrics.request_done(route, environ["REQUEST_METHOD"], code, time.perf_counter() - began)
            if begun:
                _end(begun[0], environ["REQUEST_METHOD"], route, code)


def _end(span: Span, method: str, route: str, status: int) -> None:
    span.update_name(f"{method} {route}".rstrip())
    span.set_attributes({"http.request.method": method, "http.route": route, "http.response.status_code": status})
    if status >= 500:
        tracing.fail(span, str(status))
    span.end()


def text_only(environ: WSGIEnvironment) -> None:
    """Refuse an address that is no text, before anything looks for it. Raises RequestError."""
    path, query = environ.get("PATH_INFO", ""), environ.get("QUERY_STRING", "")
    # Nearly all are plain ASCII without a query, which needs no second look.
    if query or "\0" in path or not path.isascii():
        _check_address(path, query)


def _check_address(path: str, query: str) -> None:
    # The server gives its bytes as Latin-1.
    for name, written in (("path", path), ("query", unquote_to_bytes(query).decode("latin-1"))):
        try:
            text = written.encode("latin-1").decode()
        except UnicodeError:
            text = "\0"
        if "\0" in text:
            raise RequestError(400, "bad_address", f"The {name} is not text.", "Send it in UTF-8, without null")


def body() -> bytes:
    """The request's body. Raises RequestEntityTooLarge."""
    data = request.get_data()
    # Of a body whose length was not told, no more is given than may be: whether that was all shows by reading on.
    if request.content_length is None and request.environ["wsgi.input"].read(1):
        raise RequestEntityTooLarge
    return data


def json_object(fields: Mapping[str, type], optional: Mapping[str, type] | None = None) -> dict[str, object]:
    """The body as a JSON object of these fields, and perhaps the optional ones; raises RequestError."""
    known = {**fields, **(optional or {})}
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
        if name not in known:
            raise RequestError(400, "unknown_field", f"There is no field {_clip(name)}.", f"Send {_shape(fields)}")
    for name, kind in known.items():
        if name not in data and name in fields:
            raise RequestError(400, "missing_field", f"The field {name} is missing.", f"Send {_shape(fields)}")
        if name in data and not isinstance(data[name], kind):
            raise RequestError(400, "wrong_type", f"The field {name} is of the wrong type.", f"Send {_shape(fields)}")
    return data


def parsed() -> object:
    """The JSON of the request's body. Raises ValueError, RecursionError, RequestEntityTooLarge."""
    # Given bytes, the parser would also take UTF-16 and UTF-32, which JSON between programs is not (RFC 8259, 8.1).
    return json.loads(body().decode("utf-8-sig"))


def _parsed() -> object:
    try:
        return parsed()
    except RecursionError:
        raise RequestError(400, "too_deep", "The JSON is nested too deep.", "Send a flat object") from None
    except ValueError:
        raise RequestError(400, "malformed_json", "The body is not valid JSON.", "Send UTF-8 JSON") from None


def clean_text(name: str, value: object, most_characters: int, *, may_be_empty: bool = False) -> str:
    """`value` as text that can be stored and sent on; raises RequestError saying what is wrong with it."""
    text = str(value)
    if not may_be_empty and not text.strip():
        raise RequestError(400, "empty", f"The field {name} is empty.", "Send some text")
    if len(text) > most_characters:
        raise RequestError(
            400,
            "too_long",
            f"The field {name} has {len(text):,} characters.",
            f"Send at most {most_characters:,}",
        )
    # A lone surrogate is valid in JSON's escapes and in no UTF-8 text.
    if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise RequestError(400, "not_text", f"The field {name} holds characters that are not text.", "Remove them")
    return text


def _shape(fields: Mapping[str, type]) -> str:
    return "{" + ", ".join(f'"{name}": {"text" if kind is str else "object"}' for name, kind in fields.items()) + "}"


def _clip(name: str) -> str:
    return ascii(name[:40])
