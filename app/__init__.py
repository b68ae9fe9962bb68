"""Longshore's application: a planner and a solver that answer a person's question together.

`create_app` is the factory. The image runs it by gunicorn (see gunicorn.conf.py), in one role or in both.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from app.settings import Settings


def create_app(settings: Settings | None = None) -> Flask:
    """The WSGI application; `settings` default to the environment, and raise SettingsError if it cannot be used."""
    # Imported here, so that `app.settings` and `app.logs` are light to import for gunicorn's configuration.
    import click  # noqa: PLC0415

    from app.factory import build  # noqa: PLC0415
    from app.settings import SettingsError  # noqa: PLC0415

    try:
        return build(settings)
    except SettingsError as error:
        # To an operator at the command line it is a list of problems, and no traceback.
        if click.get_current_context(silent=True):
            sys.exit(str(error))
        raise
