"""Tokens that any replica can make and check: sessions of the page, and the planner's word to the solver.

The secret is made by whoever needs it first and kept in the database, so replicas share it and nobody configures it.
"""

import hashlib
import secrets
import threading
import time

from itsdangerous import BadSignature, TimestampSigner
from sqlalchemy import select, text

from app.access.tables import AccessSecret
from app.store.database import Database
from app.store.tasks import now

# How long a session lasts without a visit, and after what time a visit renews it.
SESSION_SECONDS = 30 * 86_400
RENEW_SECONDS = 86_400
# A peer's token is made for the next calls only.
PEER_SECONDS = 60
_PEER_REUSE_SECONDS = 20

_SECRET = "signing"  # noqa: S105 (its name)
# As text, which both databases read alike: SQLAlchemy's two dialects would cost 2 MiB to say it.
_MAKE = text("""
    INSERT INTO access_secrets (name, value, created) VALUES (:name, :value, :created) ON CONFLICT (name) DO NOTHING
""")


class Signer:
    """Makes and checks tokens. The methods may raise UnavailableError, until the secret has been read once."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._secret = ""
        self._peer = ("", 0.0)

    def session(self, value: str) -> str:
        """A session's token."""
        return self._signer("session").sign(value).decode()

    def read_session(self, token: str) -> tuple[str, bool] | None:
        """The session's value, and whether its token should be renewed; None for a bad or old token."""
        try:
            value, made = self._signer("session").unsign(token, max_age=SESSION_SECONDS, return_timestamp=True)
        except BadSignature:
            return None
        return value.decode(), time.time() - made.timestamp() > RENEW_SECONDS

    def peer(self, agent: str) -> str:
        """The token by which another agent knows that `agent` of the same application asks."""
        token, made = self._peer
        if time.monotonic() - made > _PEER_REUSE_SECONDS or not token:
            token = self._signer("peer").sign(agent).decode()
            self._peer = (token, time.monotonic())
        return token

    def read_peer(self, token: str) -> str | None:
        """Which agent asks; None for a bad or old token."""
        try:
            return self._signer("peer").unsign(token, max_age=PEER_SECONDS).decode()
        except BadSignature:
            return None

    def _signer(self, purpose: str) -> TimestampSigner:
        return TimestampSigner(self._shared_secret(), salt=purpose, key_derivation="hmac", digest_method=hashlib.sha256)

    def _shared_secret(self) -> str:
        if not self._secret:
            with self._lock:
                self._secret = self._secret or self._read() or self._make()
        return self._secret

    def _read(self) -> str | None:
        with self._database.reading() as session:
            value: str | None = session.scalar(select(AccessSecret.value).where(AccessSecret.name == _SECRET))
            return value

    def _make(self) -> str:
        """Of two processes that make one at once, both get the first."""
        row = {"name": _SECRET, "value": secrets.token_hex(32), "created": now()}
        with self._database.transaction() as session:
            session.execute(_MAKE, row)
        return self._read() or ""
