"""Logs as one JSON object per line: the application's, and gunicorn's access and error logs.

A template such as gunicorn's own access format breaks on a quote in a user agent; here every line is made by the JSON
encoder from values, so no header can forge or break one.
"""

import json
import logging
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

from gunicorn.glogging import Logger  # type: ignore[import-untyped]

from app.observe import origin

# Probes come often, from the release engine and from Docker, and whoever asks says what was answered.
_PROBES = ("/healthz", "/readyz")

# Which replica speaks, in every line: logs of many containers are read together.
_ORIGIN = {key: os.environ[key.upper()] for key in ("service", "replica", "release") if os.environ.get(key.upper())}


def _line(level: str, logger: str, fields: dict[str, Any]) -> str:
    time = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"time": time, "level": level, "logger": logger, **_ORIGIN, **fields}, default=str)


def _ids(here: origin.Origin | None) -> dict[str, str]:
    """What a line has in common with those that other agents wrote about the same request."""
    if here is None:
        return {}
    ids = {"request_id": here.request_id, "trace_id": here.trace_id}
    return {**ids, "span_id": here.span_id} if here.span_id else ids


class JSONFormatter(logging.Formatter):
    """A log record as one line of JSON; fields given as `extra={"fields": {...}}` are merged in."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's line, with a traceback under `exception` if it has one."""
        fields: dict[str, Any] = {"message": record.getMessage(), **_ids(origin.current())}
        fields.update(getattr(record, "fields", {}))
        if record.exc_info:
            fields["exception"] = self.formatException(record.exc_info)
        return _line(record.levelname.lower(), record.name, fields)


def set_up(level: str) -> None:
    """Send the application's own loggers to standard error as JSON; a second call changes nothing."""
    for name, lowest in (("app", level.upper()), ("opentelemetry", "WARNING")):
        logger = logging.getLogger(name)
        logger.setLevel(lowest)
        logger.propagate = False
        if not logger.handlers:
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(JSONFormatter())
            logger.addHandler(handler)


class GunicornLogger(Logger):  # type: ignore[misc]
    """Gunicorn's logger class (setting `logger_class`): errors to standard error, accesses to standard output."""

    def setup(self, cfg: Any) -> None:
        """Set gunicorn's handlers up, then let each write JSON."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(JSONFormatter())

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:  # noqa: ARG002
        """One line for a finished request; the query is left out, since it may hold what a person typed."""
        if not self.cfg.accesslog:
            return
        status = int(str(resp.status).split(maxsplit=1)[0])
        path = environ.get("PATH_INFO", "")
        if path in _PROBES:
            return
        here: origin.Origin | None = environ.get("app.origin")
        fields = {
            "message": f"{environ.get('REQUEST_METHOD')} {path} {status}",
            "method": environ.get("REQUEST_METHOD"),
            "path": path,
            "status": status,
            "bytes": resp.sent,
            "milliseconds": round(request_time / timedelta(milliseconds=1), 1),
            "address": environ.get("REMOTE_ADDR"),
            "user_agent": environ.get("HTTP_USER_AGENT"),
            "request_id": here.request_id if here else None,
            "trace_id": here.trace_id if here else None,
        }
        self.access_log.info(_line("info", "access", fields))
