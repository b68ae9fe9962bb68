"""Whether the planner's peer is there, for whoever watches a replica."""

import http.client

from app.agents.peer_way import HOST
from app.healthcheck import connection
from app.settings import Settings
from app.store.probe import Probe


def probe_of_solver(settings: Settings) -> Probe | None:
    """The probe of a planner whose solver is elsewhere; None where nobody else is needed."""
    path = settings.proxy_socket
    if "planner" not in settings.roles or path is None:
        return None
    return Probe("the solver", lambda: _wrong_with(path))


def _wrong_with(path: str) -> str:
    client = connection(f"unix:{path}")
    try:
        client.request("GET", "/healthz", headers={"Host": HOST})
        status = client.getresponse().status
    except (OSError, http.client.HTTPException):
        return "cannot be reached"
    finally:
        client.close()
    return "" if status == 200 else "is not there"
