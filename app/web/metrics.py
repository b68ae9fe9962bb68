"""`/metrics`: what this replica has counted, for Prometheus; not for the public."""

import logging
from collections.abc import Iterator
from ipaddress import ip_address

from flask import Blueprint, Response, current_app, request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app.access.guard import guard
from app.errors import RequestError
from app.observe import metrics
from app.settings import Settings
from app.store.counts import tasks_by_state
from app.store.database import Database, UnavailableError

blueprint = Blueprint("metrics", __name__)

SCOPE = "metrics"

logger = logging.getLogger(__name__)


class Tasks(Collector):
    """Tasks by state as the database has them: the same for every replica, so take the largest, never the sum."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """One gauge; none while the database cannot be asked, which must not hide the other figures."""
        found = GaugeMetricFamily("longshore_tasks", "Tasks kept in the database.", labels=("agent", "state"))
        try:
            counted = tasks_by_state(self._database)
        except UnavailableError as error:
            logger.warning("tasks cannot be counted", extra={"fields": {"reason": str(error)}})
            return
        for (agent, state), number in counted.items():
            found.add_metric((agent, state), number)
        yield found


@blueprint.get("/metrics")
def show() -> Response:
    """All figures of this replica, added up over its processes."""
    if not _allowed():
        raise RequestError(
            403,
            "not_public",
            "Metrics are not for the public.",
            "Ask from the replica's own host, or send a key with the scope metrics",
        )
    database: Database = current_app.extensions["database"]
    return Response(metrics.text(Tasks(database)), content_type=CONTENT_TYPE_PLAIN_0_0_4)


def _has_key() -> bool:
    """Whether the caller sends a key that is for this; raises RequestError for one that is none."""
    if "Authorization" not in request.headers and "X-API-Key" not in request.headers:
        return False
    key = guard().identifier.identify(request, begin_session=False).key
    return key is not None and SCOPE in key.scopes


def _allowed() -> bool:
    """Whether the caller has a key for this, or is inside: on the replica's socket, or on this machine.

    The public listener always says who it speaks for (X-Forwarded-For), the internal one never does.
    """
    settings: Settings = current_app.extensions["settings"]
    if settings.metrics == "public" or _has_key():
        return True
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    if settings.behind_proxy:
        return True
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
