"""The application factory: settings in, a Flask application with the routes of its roles out."""

import os

import httpx
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from app import errors, logs
from app.agents.peer import SolverClient
from app.settings import Settings
from app.tools import registry
from app.web import health, pages, requests, steps, tasks

# A question with a table pasted into it fits; anything larger is a mistake or an attack.
LARGEST_BODY_BYTES = 64 * 1024


def build(settings: Settings | None = None) -> Flask:
    """The application for `settings`, read from the environment when there are none."""
    settings = settings or Settings.read(os.environ)
    logs.set_up(settings.log_level)
    app = Flask("app")
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY_BYTES
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = pages.ASSET_SECONDS
    app.extensions["settings"] = settings
    errors.register(app)
    requests.register(app)
    app.register_blueprint(health.blueprint)
    app.register_blueprint(pages.blueprint)
    if "solver" in settings.roles:
        app.register_blueprint(steps.blueprint)
    if "planner" in settings.roles:
        app.extensions["solver"] = SolverClient(lambda: _transport(app, settings))
        app.register_blueprint(tasks.blueprint)
    # Find the tools before the fork, once for all workers.
    registry()
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)  # type: ignore[method-assign]
    return app


def _transport(app: Flask, settings: Settings) -> httpx.BaseTransport:
    """The way to the solver: the proxy's socket, or this very application when both agents are here.

    Within the process a call needs no second thread and no listening socket, so a full thread pool cannot wait for
    itself, and tasks in flight still finish after the socket is closed for a stop.
    """
    if settings.proxy_socket:
        return httpx.HTTPTransport(uds=settings.proxy_socket)
    return httpx.WSGITransport(app)
