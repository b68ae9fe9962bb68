"""Keys in the database: made, listed, revoked, and found again by what a client sends."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, update

from app.access import keys
from app.access.tables import ApiKey
from app.store.database import Database, UnavailableError
from app.store.tasks import now

# How far behind `last_used` may be: a key in use is written down this seldom.
LAST_USED_SECONDS = 600
LONGEST_NAME = 80


class RefusedKeyError(Exception):
    """The key cannot be used; the message, whole sentences, says why."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class KeyRecord:
    """A key as it was read, without its digest. Times are microseconds since 1970."""

    id: str
    name: str
    scopes: frozenset[str]
    created: int
    expires: int | None
    last_used: int | None
    revoked: int | None

    def check(self) -> None:
        """Raises RefusedKeyError once the key is revoked or expired."""
        if self.revoked is not None:
            raise RefusedKeyError("key_revoked", "This API key was revoked.")
        if self.expires is not None and self.expires <= now():
            raise RefusedKeyError("key_expired", "This API key has expired.")

    @property
    def state(self) -> str:
        """`valid`, `expired` or `revoked`."""
        try:
            self.check()
        except RefusedKeyError as error:
            return error.code.removeprefix("key_")
        return "valid"


class KeyStore:
    """The keys of a database. All methods may raise UnavailableError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, scopes: Collection[str], expires: int | None) -> keys.Key:
        """A new key. It cannot be read again: what is stored is its digest."""
        key = keys.make()
        row = ApiKey(
            id=key.id, name=name, digest=key.digest, scopes=" ".join(scope for scope in keys.SCOPES if scope in scopes),
            created=now(), expires=expires, last_used=None, revoked=None,
        )  # fmt: skip
        with self._database.transaction() as session:
            session.add(row)
        return key

    def all(self) -> list[KeyRecord]:
        """Every key there is or was, oldest first."""
        with self._database.reading() as session:
            return [_record(row) for row in session.scalars(select(ApiKey).order_by(ApiKey.created, ApiKey.id))]

    def get(self, key_id: str) -> KeyRecord | None:
        """The key of this id, usable or not."""
        with self._database.reading() as session:
            row = session.get(ApiKey, key_id)
            return _record(row) if row else None

    def revoke(self, key_id: str) -> KeyRecord | None:
        """End a key for good; None where there is none. The key as it was before."""
        with self._database.transaction() as session:
            row = session.get(ApiKey, key_id)
            if row is None:
                return None
            record = _record(row)
            if row.revoked is None:
                row.revoked = now()
            return record

    def admit(self, text: str) -> KeyRecord:
        """The key that a client sent, if it may be used. Raises RefusedKeyError."""
        key = keys.parse(text)
        if key is None:
            raise RefusedKeyError("bad_key", "This is not an API key of this service.")
        with self._database.reading() as session:
            row = session.get(ApiKey, key.id)
        if row is None or not key.matches(row.digest):
            raise RefusedKeyError("bad_key", "This API key is not known here.")
        record = _record(row)
        record.check()
        self._note_use(record)
        return record

    def admit_id(self, key_id: str) -> KeyRecord:
        """The key of a session that was begun with it, if it may still be used. Raises RefusedKeyError."""
        record = self.get(key_id)
        if record is None:
            raise RefusedKeyError("bad_key", "This API key is not known here.")
        record.check()
        self._note_use(record)
        return record

    def _note_use(self, record: KeyRecord) -> None:
        moment = now()
        if record.last_used is not None and record.last_used > moment - LAST_USED_SECONDS * 1_000_000:
            return
        try:
            with self._database.transaction() as session:
                session.execute(update(ApiKey).where(ApiKey.id == record.id).values(last_used=moment))
        except UnavailableError:
            # A database that can only be read still tells good keys from bad ones.
            return


def _record(row: ApiKey) -> KeyRecord:
    scopes = frozenset(row.scopes.split())
    return KeyRecord(row.id, row.name, scopes, row.created, row.expires, row.last_used, row.revoked)
