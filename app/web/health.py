"""Whether the process lives, whether it may take traffic, and which release it is."""

from flask import Blueprint, Flask, Response, current_app, jsonify

from app.access.admission import hold
from app.agents.peer_probe import probe_of_solver
from app.settings import Settings
from app.store import migrate
from app.store.database import Database, UnavailableError
from app.store.probe import Probe
from app.tools import registry

blueprint = Blueprint("health", __name__)


def register(app: Flask, settings: Settings, database: Database) -> None:
    """Serve these paths; what they tell of is asked in threads of their own."""
    app.extensions["database_probe"] = Probe("the database", lambda: _wrong_with(database))
    app.extensions["peer_probe"] = probe_of_solver(settings)
    app.register_blueprint(blueprint)


def _wrong_with(database: Database) -> str:
    try:
        if migrate.is_due(migrate.revision(database)):
            return "has to be migrated"
        return database.unwritable(lambda session: hold(session, "probe"))
    except UnavailableError:
        return "cannot be reached"


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@blueprint.get("/healthz")
def healthz() -> Response:
    """The process lives."""
    return jsonify(status="alive")


@blueprint.get("/readyz")
def readyz() -> tuple[Response, int]:
    """The replica may take traffic: its own parts are in place, and so is the database, to be read and written.

    The peer is told of and decides nothing. At a first release the solver may not be switched in yet, and a planner
    that waited for it would never become ready; later, a solver that is down must not take the planner's pages down.
    """
    tools = len(registry())
    database: Probe = current_app.extensions["database_probe"]
    peer: Probe | None = current_app.extensions["peer_probe"]
    if peer:
        peer.ask()
    wrong = database.wrong()
    ready = tools > 0 and not wrong
    body = jsonify(
        status="ready" if ready else "not ready",
        roles=list(_settings().roles),
        tools=tools,
        database=wrong or "ready",
        peer=(peer.wrong() or "ready") if peer else None,
    )
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
