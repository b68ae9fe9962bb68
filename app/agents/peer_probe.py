"""Whether the planner's peer is there, for whoever watches a replica."""

from app.agents.peer_way import HOST
from app.healthcheck import ask
from app.settings import Settings
from app.store.probe import Probe


def probe_of_solver(settings: Settings) -> Probe | None:
    """The probe of a planner whose solver is elsewhere; None where nobody else is needed."""
    path = settings.proxy_socket
    if "planner" not in settings.roles or path is None:
        return None
    return Probe("the solver", lambda: _wrong_with(path))


def _wrong_with(path: str) -> str:
    try:
        status = ask(f"unix:{path}", HOST)
    except OSError:
        return "cannot be reached"
    return "" if status == "200" else "is not there"
