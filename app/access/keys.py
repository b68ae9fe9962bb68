"""API keys as text: `lsk_<id>_<secret>`. The id is public; of the secret only a digest is ever stored.

The secret has 256 bits of chance, so a plain SHA-256 keeps it as well as any slow hash would: nothing can be guessed.
"""

import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

# What a key may be used for; for metrics only if that was asked for.
SCOPES = {
    "tasks": "the page, /v1/tasks and conversations",
    "chat": "the OpenAI-compatible /v1/chat/completions and /v1/models",
    "a2a": "both agents by A2A",
    "metrics": "/metrics",
}
USUAL_SCOPES = ("tasks", "chat", "a2a")
PREFIX = "lsk_"

_ID_CHARACTERS = string.ascii_lowercase + string.digits
_SECRET_CHARACTERS = string.ascii_letters + string.digits
_ID_LENGTH = 10
# 62 ** 43 is the first power above 2 ** 256.
_SECRET_LENGTH = 43
_KEY = re.compile(rf"{PREFIX}([a-z0-9]{{{_ID_LENGTH}}})_([A-Za-z0-9]{{{_SECRET_LENGTH}}})", re.ASCII)
_DURATION = re.compile(r"([1-9][0-9]{0,4})([hdwy])", re.ASCII)
_HOURS = {"h": 1, "d": 24, "w": 7 * 24, "y": 365 * 24}


@dataclass(frozen=True)
class Key:
    """A key in full, which exists only where it is made and where it is sent."""

    id: str
    secret: str

    def __str__(self) -> str:
        return f"{PREFIX}{self.id}_{self.secret}"

    def __repr__(self) -> str:
        return f"Key({self.id!r}, …)"

    @property
    def digest(self) -> str:
        """What is stored of the secret."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def matches(self, digest: str) -> bool:
        """Whether `digest` is of this secret, in a time that does not tell how nearly."""
        return hmac.compare_digest(self.digest, digest)


def make() -> Key:
    """A new key."""
    return Key(_random(_ID_CHARACTERS, _ID_LENGTH), _random(_SECRET_CHARACTERS, _SECRET_LENGTH))


def parse(text: str) -> Key | None:
    """The key that `text` is; None if it is none."""
    match = _KEY.fullmatch(text)
    return Key(match[1], match[2]) if match else None


def expiry(text: str, now: datetime) -> datetime | None:
    """When `90d`, `12h`, `2w`, `1y`, `2027-01-31` or `never` (None) from `now` is; raises ValueError.

    A date is its end in UTC: a key that expires on a day can be used on that day.
    """
    if text == "never":
        return None
    if match := _DURATION.fullmatch(text):
        moment = now + timedelta(hours=int(match[1]) * _HOURS[match[2]])
    else:
        moment = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    if moment <= now:
        raise ValueError(f"{text} is in the past")
    return moment


def _random(characters: str, length: int) -> str:
    return "".join(secrets.choice(characters) for _ in range(length))
