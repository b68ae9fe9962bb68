"""The application factory: settings in, a Flask application with the routes of its roles out."""

import os
from collections.abc import Callable
from typing import Any

from flask import Flask, Request, Response
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.middleware.proxy_fix import ProxyFix

from app import errors, logs
from app.a2a import agents, wiring
from app.access import admission, commands, sign_in
from app.access.guard import Guard
from app.agents import solving
from app.agents.desk import Desk
from app.agents.feed import Feed
from app.agents.runner import Work
from app.settings import Settings
from app.store import chores, mending
from app.store import commands as state
from app.store.address import default_url
from app.store.database import Database
from app.store.tasks import TaskStore
from app.tools import registry
from app.web import assets, docs, health, metrics, pages, requests

# The longest question fits, however it is written: JSON's escapes make twelve bytes of a character at most, and so does
# a form. Anything larger is a mistake or an attack.
LARGEST_BODY_BYTES = 768 * 1024


class NoSessions(SessionInterface):
    """Nothing is kept by Flask in anybody's cookie: who somebody is, `access` knows."""

    _nothing = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:  # noqa: ARG002
        """The same nothing for everyone, which takes nothing in."""
        return self._nothing

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing is saved."""


class Application(Flask):
    """Flask without asynchronous views: there are none, and it would look for them at each call of each request."""

    session_interface = NoSessions()

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function, which is not asynchronous."""
        return func


def build(settings: Settings | None = None) -> Flask:
    """The application for `settings`, read from the environment when there are none."""
    settings = settings or Settings.read(os.environ)
    logs.set_up(settings.log_level)
    app = Application("app")
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_BODY_BYTES
    app.config["MAX_FORM_PARTS"] = requests.MOST_PARTS
    app.extensions["settings"] = settings
    errors.register(app)
    requests.register(app)
    assets.register(app)
    database = app.extensions["database"] = Database(settings.database_url or default_url())
    guard = Guard(settings, database)
    guard.register(app)
    health.register(app, settings, database)
    app.register_blueprint(metrics.blueprint)
    app.register_blueprint(docs.blueprint)
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(sign_in.blueprint)
    app.cli.add_command(commands.group)
    app.cli.add_command(state.group)
    store = TaskStore(database, admission.admit_task)
    feed = app.extensions["feed"] = Feed(store, settings.most_streams)
    app.extensions["mending"] = mending.Mending(database)
    to_do = app.extensions["chores"] = chores.Chores()
    if settings.retention_days:
        to_do.add("deleting old conversations", lambda: chores.prune(store, settings.retention_days))
    desks: dict[str, Desk] = {}
    app.extensions["desks"] = desks
    if "planner" in settings.roles:
        desks["planner"] = Desk("planner", store, feed, _planning(app, settings, guard, store))
    if "solver" in settings.roles:
        desks["solver"] = Desk("solver", store, feed, solving.work)
    wiring.register(app, [getattr(agents, name)(desk) for name, desk in desks.items()])
    # Find the tools before the fork, once for all workers.
    registry()
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    return app


def _planning(app: Flask, settings: Settings, guard: Guard, store: TaskStore) -> Work:
    """What only the planner has: people to talk to, and the solver to ask. A solver does not even import it."""
    from app.access.peer import SignedWay  # noqa: PLC0415
    from app.agents import planning  # noqa: PLC0415
    from app.agents.peer import SolverClient  # noqa: PLC0415
    from app.agents.peer_way import SocketWay, WithinWay  # noqa: PLC0415
    from app.web import conversations, openai, tasks  # noqa: PLC0415

    for module in (tasks, openai, conversations):
        app.register_blueprint(module.blueprint)
    # Within the process a call needs no second thread and no listening socket, so a full thread pool cannot wait for
    # itself, and tasks in flight still finish after the socket is closed for a stop.
    way = SocketWay(settings.proxy_socket) if settings.proxy_socket else WithinWay(app)
    return planning.work(SolverClient(SignedWay(way, guard.signer, "planner")), settings, store)
