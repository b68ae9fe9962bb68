"""Time for people: UTC in ISO 8601 and ages in words. Time limits never come from here: they use time.monotonic()."""

from __future__ import annotations

from datetime import UTC, datetime

ISO_8601 = "%Y-%m-%dT%H:%M:%SZ"  # of a time in UTC


def utc_now() -> str:
    """The time now, to the second."""
    return datetime.now(UTC).strftime(ISO_8601)


def ago(since: str, now: datetime | None = None) -> str:
    """How long ago an ISO 8601 time was, in its two largest units: `3 d 4 h`."""
    try:
        then = datetime.fromisoformat(since)
    except ValueError:
        return "?"
    seconds = max(0, int(((now or datetime.now(UTC)) - then).total_seconds()))
    units = [(86400, "d"), (3600, "h"), (60, "min"), (1, "s")]
    parts = []
    for size, name in units:
        if seconds >= size:
            parts.append(f"{seconds // size} {name}")
            seconds %= size
    return " ".join(parts[:2]) or "0 s"
