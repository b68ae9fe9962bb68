"""Whose a request is: what an owner made is seen by that owner alone."""

from flask import g, request

from app.access.guard import guard
from app.access.identify import Identity


def owner() -> str:
    """The owner of what this request makes and may see: `key:…`, `session:…`, `peer:…` or `address:…`."""
    return identity().owner


def identity() -> Identity:
    """Who makes this request. The guard knows already, but on a path that is open to everybody."""
    if "identity" not in g:
        g.identity = guard().identifier.identify(request, begin_session=False)
    found: Identity = g.identity
    return found
