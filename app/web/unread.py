"""What of a body is still sent when it was refused: read on for a while, so that the client hears the answer."""

from __future__ import annotations

import time
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable

    from _typeshed.wsgi import WSGIEnvironment

# So much of a refused body is read all the same, for so long.
MOST_UNWANTED_BYTES = 8 * 1024 * 1024
UNWANTED_SECONDS = 2.0
# What gunicorn reads on by itself.
SERVER_READS_BYTES = 64 * 1024


def answered(environ: WSGIEnvironment, answer: Iterable[bytes]) -> Iterable[bytes]:
    """The answer, after which the rest of a large body is read."""
    told = environ.get("CONTENT_LENGTH")
    if "HTTP_TRANSFER_ENCODING" in environ or (told and told.isdecimal() and int(told) > SERVER_READS_BYTES):
        return ClosingIterator(answer, partial(_read_on, environ))
    return answer


def _read_on(environ: WSGIEnvironment) -> None:
    """Read what nobody wanted: closing a connection with something unread loses the answer (RFC 9112, section 9.6)."""
    connection: socket.socket | None = environ.get("gunicorn.socket")
    if connection is None:
        return
    before, end, left = connection.gettimeout(), time.monotonic() + UNWANTED_SECONDS, MOST_UNWANTED_BYTES
    # Whatever is wrong with the rest, the answer is out.
    with suppress(Exception):
        while left > 0 and (seconds := end - time.monotonic()) > 0:
            connection.settimeout(seconds)
            read = environ["wsgi.input"].read(min(left, 65_536))
            left = left - len(read) if read else 0
    with suppress(OSError):
        connection.settimeout(before)
