"""The application with a planner that plays the kit's scenarios; gunicorn is given `create()`."""

import os

from flask import Flask

from app import create_app
from app.agents.desk import Desk
from app.settings import Settings
from tests.conformance import scenarios


def create() -> Flask:
    """The application. The kit's HTTP statuses are those of 1.0.0, and it asks more often than a person may."""
    settings = Settings(
        database_url=os.environ["DATABASE_URL"], a2a_revision="1.0.0",
        anonymous_requests=0, anonymous_tasks=0, anonymous_streams=0,
    )  # fmt: skip
    app = create_app(settings)
    desks = app.extensions["desks"]
    planner = desks["planner"]
    desks["planner"] = Desk("planner", planner.store, planner.feed, scenarios.work)
    app.extensions["a2a"]["planner"] = scenarios.agent(desks["planner"])
    return app
