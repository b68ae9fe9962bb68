"""gunicorn's settings for `make run DEV=1`: the application's own, and a worker that starts anew when a file changes.

This folder is mounted into the container beside `app/`; nothing in it is part of the image.
"""

import runpy
import sys
from typing import Any

APP = "/srv/app"
_of_the_application = runpy.run_path(f"{APP}/gunicorn.conf.py")
# gunicorn takes its settings from this module's names.
globals().update({name: value for name, value in _of_the_application.items() if not name.startswith("__")})

wsgi_app = "development.tolerant:create_app()"
reload = True
# Patterns, so that new files count too. Templates and styles do as well: their digests are computed at the start.
reload_extra_files = [f"{APP}/**/*.{ending}" for ending in ("py", "html", "css", "js", "lark")]


def post_fork(_server: Any, _worker: Any) -> None:
    """Forget what the master imported: the worker would inherit it, and never see a change to it."""
    for name in [name for name in sys.modules if name == "app" or name.startswith("app.")]:
        del sys.modules[name]


def post_worker_init(worker: Any) -> None:
    """What the application does at the start of a worker, unless it could not be imported."""
    if hasattr(worker.wsgi, "extensions"):
        _of_the_application["post_worker_init"](worker)
