"""Stands before every request: finds who asks, refuses who may not, counts the rest; and watches over streams."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from flask import Flask, Response, after_this_request, current_app, g, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from app.access.identify import CHALLENGE, COOKIE, Identifier, Identity, address_subject, bad_key
from app.access.key_store import KeyRecord, KeyStore, RefusedKeyError
from app.access.paths import for_programs, need
from app.access.rates import Rates, Verdict
from app.access.signing import SESSION_SECONDS, Signer
from app.access.streams import Streams, Watched
from app.errors import RequestError, respond
from app.settings import Settings
from app.store.database import Database, UnavailableError
from app.web.requests import text_only

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What the page of any site may send without its browser asking here first, which is never allowed: a body of one of
# these types, and none of these headers (https://fetch.spec.whatwg.org/#cors-safelisted-request-header).
_ANY_SITE_S_TYPES = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
_NO_SITE_S_HEADERS = ("Authorization", "X-API-Key", "A2A-Version")


class Guard:
    """What access needs in one application; views find it as `current_app.extensions["access"]`."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.key_store = KeyStore(database)
        self.signer = Signer(database)
        self.identifier = Identifier(settings, self.key_store, self.signer)
        self.rates = Rates(database)
        self.streams = Streams(database)
        self.keys_required = settings.access == "keys"
        self._anonymous_requests = settings.anonymous_requests

    def register(self, app: Flask) -> None:
        """Stand before every request of `app`."""
        app.extensions["access"] = self
        app.before_request(self._before)
        app.context_processor(self._context)

    def _before(self) -> BaseResponse | None:
        # One look for all: each costs every request.
        environ = request.environ
        text_only(environ)
        # A greeting is nobody's; and what is not there is not there for anybody.
        if _is_greeting(environ):
            return None
        scope = need(request.path, request.root_path)
        if scope is None or request.routing_exception is not None:
            return None
        after_this_request(self._after)
        try:
            identity = g.identity = self._identify()
            self._admit(identity, scope)
        except RequestError as error:
            g.refused = True
            if error.status == 401 and is_for_a_person():
                path = request.full_path.rstrip("?") if request.method == "GET" else "/"
                response = redirect(url_for("sign_in.show", next=path), 303)
                response.vary.update(("Accept", "Cookie"))
                return response
            raise
        return None

    def _identify(self) -> Identity:
        begin = request.method in ("GET", "POST") and is_for_a_person() and not self.keys_required
        try:
            return self.identifier.identify(request, begin_session=begin)
        except RequestError:
            # Whoever tries keys is counted like anybody without one.
            self.count(address_subject(request.remote_addr), self._anonymous_requests)
            raise

    def _admit(self, identity: Identity, scope: str) -> None:
        if identity.key is None and identity.subject is not None and self.keys_required:
            self.count(identity.subject, self._anonymous_requests)
            raise RequestError(
                401, "key_required", "This service needs an API key.", "Send Authorization: Bearer lsk_…",
                headers={"WWW-Authenticate": CHALLENGE},
            )  # fmt: skip
        if identity.key is not None and scope not in identity.key.scopes:
            raise RequestError(
                403, "missing_scope", f"This API key is not for this: it lacks the scope {scope}.",
                "Ask the operator for a key with it",
                headers={"WWW-Authenticate": f'{CHALLENGE}, error="insufficient_scope", scope="{scope}"'},
            )  # fmt: skip
        if request.method not in _SAFE and (identity.by_cookie or (identity.key is None and _is_any_site_s())):
            check_origin()
        g.rate = self.count(identity.subject, identity.limits.requests)

    def may_see(self, identity: Identity, scope: str) -> bool:
        """Whether who asks may see what needs a scope, also in the frame of a page that needs none or is refused."""
        if g.get("refused"):
            return False
        return scope in identity.key.scopes if identity.key else not self.keys_required

    def count(self, subject: str | None, limit: int) -> Verdict | None:
        """Count a request; raises RequestError where it is one too many."""
        if not limit or subject is None:
            return None
        verdict = self.rates.take(subject, limit)
        if not verdict.allowed:
            raise RequestError(
                429, "too_many_requests", f"More than {limit} requests in a minute came from you.",
                f"Try again in {verdict.retry_after} s",
                headers={"Retry-After": str(verdict.retry_after), **_rate_headers(verdict)},
            )  # fmt: skip
        return verdict

    def _after(self, response: Response) -> Response:
        identity: Identity | None = g.get("identity")
        if identity is None:
            return response
        if response.mimetype == "text/event-stream" and request.method != "HEAD" and response.status_code == 200:
            try:
                self._watch(identity, response)
            except RequestError as error:
                response.close()
                response = respond(error)
        if rate := g.get("rate"):
            response.headers.update(_rate_headers(rate))
        if identity.cookie and response.status_code < 400:
            set_cookie(response, identity.cookie)
        return response

    def _watch(self, identity: Identity, response: Response) -> None:
        place: str | None = None
        if identity.subject is not None and identity.limits.streams:
            with suppress(UnavailableError):
                place = self.streams.open(identity.subject, identity.limits.streams)
        if place is not None or identity.key is not None:
            refusal = partial(self._refusal, identity.key, place)
            closed = partial(self.streams.close, place)
            response.response = cast("Iterable[bytes]", Watched(response.response, refusal, closed))

    def _refusal(self, key: KeyRecord | None, place: str | None) -> RequestError | None:
        if place is not None:
            self.streams.renew()
        if key is not None:
            try:
                self.key_store.admit_id(key.id)
            except RefusedKeyError as error:
                return bad_key(error)
            except UnavailableError:
                # It cannot be known now; it will be asked again.
                return None
        return None

    def _context(self) -> dict[str, Any]:
        identity: Identity | None = g.get("identity")
        return {"signed_in": identity.key.name if identity and identity.key else None}


def guard() -> Guard:
    """The guard of this application."""
    found: Guard = current_app.extensions["access"]
    return found


def check_origin() -> None:
    """Refuse what another site's page sends with this site's cookie, or for the address of its reader.

    Raises RequestError.

    Browsers say where a request comes from, in Sec-Fetch-Site or at least in Origin; other programs need no cookie.
    """
    site = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    same = site in ("same-origin", "none") if site else origin is None or origin.partition("://")[2] == request.host
    if not same:
        raise RequestError(
            403, "cross_site", "This was sent by the page of another site.", "Send it from the page here"
        )


def _is_any_site_s() -> bool:
    return request.mimetype in _ANY_SITE_S_TYPES and not any(name in request.headers for name in _NO_SITE_S_HEADERS)


def set_cookie(response: BaseResponse, token: str) -> None:
    """Keep a session in the browser, where no script can read it and other sites' pages cannot use it."""
    response.set_cookie(COOKIE, token, SESSION_SECONDS, httponly=True, samesite="Lax", secure=request.is_secure)
    response.vary.add("Cookie")


def _is_greeting(environ: WSGIEnvironment) -> bool:
    """`GET /` of a program, which is answered with a line of text and asked often."""
    if environ.get("PATH_INFO") != "/" or environ["REQUEST_METHOD"] not in _SAFE:
        return False
    return "text/html" not in environ.get("HTTP_ACCEPT", "") or not is_for_a_person()


def is_for_a_person() -> bool:
    """Whether HTML is asked for before plain text, where there are pages: a browser names it, curl accepts anything."""
    if "text/html" not in request.headers.get("Accept", "") or for_programs(request.path):
        return False
    return request.accept_mimetypes.best_match(["text/plain", "text/html"]) == "text/html"


def _rate_headers(verdict: Verdict) -> dict[str, str]:
    return {
        "RateLimit-Limit": str(verdict.limit),
        "RateLimit-Remaining": str(verdict.remaining),
        "RateLimit-Reset": str(verdict.reset),
    }
