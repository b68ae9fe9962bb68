"""Where the work in hand came from: the ids of the request it began with, kept through threads, tasks and peer calls.

The trace is W3C Trace Context's: `traceparent` is taken from whoever calls and passed on to whoever is called.
https://www.w3.org/TR/trace-context/
"""

import random
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

_REQUEST_ID = re.compile(r"[0-9A-Za-z._-]{8,64}")
# Later versions may say more after the flags; version ff is forbidden, and so are ids of nothing but zeros.
_TRACEPARENT = re.compile(
    r"(?!ff)(?P<version>[0-9a-f]{2})-(?P<trace>(?!0{32})[0-9a-f]{32})-(?P<span>(?!0{16})[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})"
    r"(?P<more>-.*)?"
)
# What a state may take on its way; longer ones are dropped whole, as the recommendation allows.
LONGEST_STATE = 512


class Origin(NamedTuple):
    """A request's id, and the span that is the parent of what is done next, with ids in lower-case hex.

    There is no span where nobody has said of one yet: then what is done next begins the trace.
    """

    request_id: str
    trace_id: str
    span_id: str = ""
    flags: str = "00"
    state: str = ""

    @property
    def traceparent(self) -> str:
        """The header's value, which cannot do without a span."""
        return f"00-{self.trace_id}-{self.span_id or self.trace_id[16:]}-{self.flags}"


_here: ContextVar[Origin | None] = ContextVar("origin", default=None)


def current() -> Origin | None:
    """The origin of what this thread does now."""
    return _here.get()


def request_id() -> str:
    """The id of the request that what this thread does now comes from; empty where there is none."""
    here = _here.get()
    return here.request_id if here else ""


def enter(origin: Origin | None) -> Origin | None:
    """Make `origin` the current one; what was current before, to be entered again at the end."""
    before = _here.get()
    _here.set(origin)
    return before


@contextmanager
def within(origin: Origin | None) -> Iterator[None]:
    """Work that comes from `origin`."""
    before = enter(origin)
    try:
        yield
    finally:
        enter(before)


class Within(Iterator[bytes]):
    """A stream's chunks, each of them made within `origin`, whatever thread asks for it and whatever it did before."""

    def __init__(self, chunks: Iterable[bytes], origin: Origin) -> None:
        self._whole = chunks
        self._chunks = iter(chunks)
        self._origin = origin

    def __next__(self) -> bytes:
        before = enter(self._origin)
        try:
            return next(self._chunks)
        finally:
            enter(before)

    def close(self) -> None:
        """End the stream, which may have something to say of that."""
        if close := getattr(self._whole, "close", None):
            with within(self._origin):
                close()


def of_headers(request_id: str, traceparent: str, tracestate: str) -> Origin:
    """The origin that a request's headers tell of; an id that is missing or is none is made."""
    # No secret. The kernel's chance would cost a turn of the interpreter's lock.
    made = f"{random.getrandbits(128):032x}"
    known = _REQUEST_ID.fullmatch(request_id) if request_id else None
    found = _read(request_id if known else made, traceparent, tracestate) if traceparent else None
    if found:
        return found
    # One random number does for both ids, unless the caller chose the request's.
    return Origin(request_id if known else made, made)


def of_work(request: Mapping[str, Any]) -> Origin:
    """The origin that `carried` put into the request of a task."""
    texts = [str(request.get(name, "")) for name in ("request_id", "traceparent", "tracestate")]
    return of_headers(*texts)


def carried() -> dict[str, str]:
    """What a task's request keeps of the origin, for the thread or the replica that will work on it."""
    origin = current()
    if origin is None:
        return {}
    kept = {"request_id": origin.request_id, "traceparent": origin.traceparent}
    return {**kept, "tracestate": origin.state} if origin.state else kept


def outgoing_headers() -> dict[str, str]:
    """The headers by which a call to another agent says where it comes from."""
    names = {"request_id": "X-Request-ID", "traceparent": "traceparent", "tracestate": "tracestate"}
    return {names[name]: value for name, value in carried().items()}


def _read(request_id: str, traceparent: str, tracestate: str) -> Origin | None:
    parts = _TRACEPARENT.fullmatch(traceparent)
    if parts is None or (parts["version"] == "00" and parts["more"]):
        return None
    state = tracestate if len(tracestate) <= LONGEST_STATE and tracestate.isascii() and tracestate.isprintable() else ""
    # Of the flags only "sampled" is known to this version of the recommendation.
    flags = f"{int(parts['flags'], 16) & 1:02x}"
    return Origin(request_id, parts["trace"], parts["span"], flags, state)
