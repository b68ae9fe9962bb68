"""Who asks: an API key, a session of the page, another agent of this application, or only an address."""

import ipaddress
import secrets
from dataclasses import dataclass

from flask import Request

from app.access.key_store import KeyRecord, KeyStore, RefusedKeyError
from app.access.paths import takes_foreign_keys
from app.access.signing import Signer
from app.errors import RequestError
from app.settings import Settings

COOKIE = "longshore"
PEER_HEADER = "X-Longshore-Peer"
CHALLENGE = 'Bearer realm="longshore"'
_BAD_CHALLENGE = {"WWW-Authenticate": f'{CHALLENGE}, error="invalid_token"'}


@dataclass(frozen=True)
class Limits:
    """Requests in a minute, tasks and streams at a time; 0 is no limit."""

    requests: int = 0
    tasks: int = 0
    streams: int = 0


@dataclass(frozen=True)
class Identity:
    """Who asks. `owner` is whose things these are; `subject` is whose limits count, None where none do."""

    owner: str
    subject: str | None
    limits: Limits
    key: KeyRecord | None = None
    # Came by a cookie, which a browser sends along whoever made the request.
    by_cookie: bool = False
    # A cookie to be set: a new session, or one to be renewed.
    cookie: str | None = None

    @property
    def trusted(self) -> bool:
        """A key is behind it, or an agent of this application: more than an address that anybody has."""
        return self.key is not None or self.subject is None


class Identifier:
    """Finds who asks."""

    def __init__(self, settings: Settings, key_store: KeyStore, signer: Signer) -> None:
        self._key_store = key_store
        self._signer = signer
        self._open = settings.access == "open"
        self._anonymous = Limits(settings.anonymous_requests, settings.anonymous_tasks, settings.anonymous_streams)
        self._keyed = Limits(settings.key_requests, settings.key_tasks, settings.key_streams)

    def identify(self, request: Request, *, begin_session: bool) -> Identity:
        """Who makes this request. A key that is sent must be good: it is never passed over for something less.

        Raises RequestError (401), UnavailableError.
        """
        if token := request.headers.get(PEER_HEADER):
            agent = self._signer.read_peer(token)
            if agent is not None:
                return Identity(f"peer:{agent}", None, Limits())
        if (sent := self._sent_key(request)) is not None:
            try:
                return self._of_key(self._key_store.admit(sent))
            except RefusedKeyError as error:
                raise bad_key(error) from None
        if cookie := request.cookies.get(COOKIE):
            identity = self._of_cookie(request, cookie, begin_session=begin_session)
            if identity is not None:
                return identity
        return self._anonymously(request, begin_session=begin_session)

    def session_with(self, key_text: str) -> Identity:
        """A session that acts for a key. Raises RefusedKeyError, UnavailableError."""
        key = self._key_store.admit(key_text.strip())
        return self._of_key(key, by_cookie=True, cookie=self._signer.session(f"{_new_session()}:{key.id}"))

    def _sent_key(self, request: Request) -> str | None:
        key = request.headers.get("X-API-Key")
        authorization = request.headers.get("Authorization")
        if authorization is None:
            return key
        scheme, _, token = authorization.strip().partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or (key is not None and key != token):
            raise RequestError(
                401, "bad_authorization", "The Authorization header holds no key, or another than X-API-Key.",
                "Send Authorization: Bearer lsk_…", headers=_BAD_CHALLENGE,
            )  # fmt: skip
        if self._open and takes_foreign_keys(request.path) and not token.startswith("lsk_"):
            return None
        return token

    def _of_key(self, key: KeyRecord, *, by_cookie: bool = False, cookie: str | None = None) -> Identity:
        return Identity(f"key:{key.id}", f"key:{key.id}", self._keyed, key, by_cookie, cookie)

    def _of_cookie(self, request: Request, cookie: str, *, begin_session: bool) -> Identity | None:
        session = self._signer.read_session(cookie)
        if session is None:
            return None
        value, old = session
        session_id, _, key_id = value.partition(":")
        renewed = self._signer.session(value) if old else None
        if not key_id:
            return Identity(
                f"session:{session_id}", _address_subject(request), self._anonymous, by_cookie=True, cookie=renewed
            )
        try:
            return self._of_key(self._key_store.admit_id(key_id), by_cookie=True, cookie=renewed)
        except RefusedKeyError as error:
            # The session ended with its key. A page that anybody may see is seen without it.
            if begin_session:
                return None
            raise bad_key(error) from None

    def _anonymously(self, request: Request, *, begin_session: bool) -> Identity:
        subject = _address_subject(request)
        if begin_session:
            session_id = _new_session()
            cookie = self._signer.session(session_id)
            return Identity(f"session:{session_id}", subject, self._anonymous, by_cookie=True, cookie=cookie)
        # Without an address it came over the unix socket, with no public listener between that would have named one.
        limits = self._anonymous if request.remote_addr else Limits()
        return Identity(f"address:{request.remote_addr or 'local'}", subject, limits)


def bad_key(error: RefusedKeyError) -> RequestError:
    """What is answered to a key that cannot be used."""
    return RequestError(401, error.code, str(error), "Ask the operator for a key", headers=_BAD_CHALLENGE)


def address_subject(address: str | None) -> str:
    """Whose limit an address counts against: an IPv6 client has a whole network of them (RFC 6177), so that counts."""
    if not address:
        return "address:local"
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return f"address:{address[:64]}"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is None:
            return f"address:{ipaddress.ip_network((int(parsed), 64), strict=False)}"
        parsed = parsed.ipv4_mapped
    return f"address:{parsed}"


def _address_subject(request: Request) -> str:
    return address_subject(request.remote_addr)


def _new_session() -> str:
    return secrets.token_urlsafe(16)
