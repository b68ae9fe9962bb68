"""The protocol put into an application: which agents it serves, and the views of all bindings."""

from collections.abc import Iterable

from flask import Flask

from app import errors
from app.a2a import cards, jsonrpc, legacy_views, refusals, rest
from app.a2a.agents import Agent


def register(app: Flask, agents: Iterable[Agent]) -> None:
    """Serve these agents; the views find them as `current_app.extensions["a2a"]`, by name."""
    app.extensions["a2a"] = {agent.name: agent for agent in agents}
    for views in (cards, jsonrpc, rest, legacy_views):
        app.register_blueprint(views.blueprint)
    for start in refusals.BELOW:
        errors.write_below(app, start, refusals.respond)
