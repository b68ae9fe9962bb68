"""Whether the process lives, whether it may take traffic, and which release it is."""

from flask import Blueprint, Response, current_app, jsonify

from app.settings import Settings
from app.tools import registry

blueprint = Blueprint("health", __name__)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process lives."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The replica may take traffic: its own parts are in place.

    It does not ask the peer. At a first release the solver may not be switched in yet, and a planner that waited for
    it would never become ready; later, a solver that is down must not take the planner's pages down with it.
    """
    tools = len(registry())
    ready = tools > 0
    body = jsonify(status="ready" if ready else "not ready", roles=list(_settings().roles), tools=tools)
    return body, 200 if ready else 503


@blueprint.get("/version")
def version() -> Response:
    """The release this replica belongs to; what is not known is null."""
    settings = _settings()
    return jsonify(
        release=settings.release,
        digest=settings.release_digest,
        revision=settings.revision,
        service=settings.service,
        replica=settings.replica,
    )
