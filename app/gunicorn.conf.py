# ruff: noqa: N999 (the name is gunicorn's)
"""How gunicorn serves the application: gunicorn reads the names below as its settings.

One process with many threads: replicas, not workers, are how the service grows, and each process costs memory.
"""

import gc
import os
import signal
import sys
import threading
import time
from typing import Any

from app.observe import files, tracing
from app.settings import Settings, SettingsError

try:
    _settings = Settings.read(os.environ)
except SettingsError as error:
    # An operator's mistake: the list of problems, and no traceback.
    sys.exit(str(error))

# One process has its figures in itself, which costs each request less.
if _settings.workers > 1:
    files.prepare()

wsgi_app = "app:create_app()"
bind = _settings.bind
workers = _settings.workers
threads = _settings.threads
worker_class = "gthread"
# Several workers share the memory of what the master imported. One worker had better have it alone: what both hold
# drifts apart with use, and then is there twice.
preload_app = workers > 1
# The root filesystem is read-only, and a worker's heartbeat must not wait for a disk.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
# The proxy reaches a unix socket by its group: srwxrwx---.
umask = 0o007
# Longer than any request may take; Docker's stop time-out must be longer still.
graceful_timeout = 30
# What is left of it when tasks still under way are given up, to be gone on with elsewhere.
LETTING_GO_SECONDS = 2
timeout = 60
keepalive = 5
# Only the proxy can connect to a unix socket; behind TCP nobody's word is taken for the client's address.
forwarded_allow_ips = "*" if _settings.behind_proxy else ""
limit_request_line = 4094
limit_request_fields = 64
loglevel = _settings.log_level
# A request is logged once: by the proxy, which knows more of it, or here when there is none.
accesslog = None if _settings.behind_proxy else "-"
errorlog = "-"
logger_class = "app.logs.GunicornLogger"
proc_name = "longshore-app"


def on_starting(server: Any) -> None:
    """Before anything is served: the database is there, and as this release needs it."""
    child = 0

    def leave(*_: Any) -> None:
        # It may wait for another replica's migration, however long that takes.
        if child:
            os.kill(child, signal.SIGKILL)
        os._exit(128 + signal.SIGTERM)

    # Process 1 of a container ends by no signal that it doesn't handle, and gunicorn's own handlers come after this.
    signal.signal(signal.SIGTERM, leave)
    child = os.fork()
    if not child:
        os._exit(_prepare_database(server.log))
    if os.waitpid(child, 0)[1]:
        sys.exit(1)


def _prepare_database(log: Any) -> int:
    """Done in a process of its own, so that the master does not carry what only workers need."""
    from app.store import address, schema  # noqa: PLC0415

    url = _settings.database_url or address.default_url()
    if schema.is_current(url):
        return 0
    from app.store import migrate  # noqa: PLC0415
    from app.store.database import UnavailableError  # noqa: PLC0415

    try:
        migrate.ensure(url)
    except (UnavailableError, migrate.MigrationError) as error:
        sys.stderr.write(f"{migrate.problem(error)}\n")
        return 1
    except Exception:
        log.exception("the database could not be prepared")
        return 1
    return 0


def pre_fork(_server: Any, _worker: Any) -> None:
    """Keep the garbage collector of a worker from writing to what it shares with the master, which copies it."""
    gc.collect()
    gc.freeze()


def post_worker_init(worker: Any) -> None:
    """Begin to look after tasks, and be ready to stop."""
    tracing.start(_settings)
    for desk in worker.wsgi.extensions["desks"].values():
        desk.runner.start()
    for keeper in _keepers(worker):
        keeper.start()
    asked = threading.Event()
    threading.Thread(target=_stop_when, args=(asked, worker), name="stop", daemon=True).start()
    stop = worker.handle_exit

    def handle_exit(*arguments: Any) -> None:
        # No more than this: a signal comes in the middle of anything, whatever locks are held there.
        asked.set()
        stop(*arguments)

    worker.handle_exit = handle_exit
    worker.init_signals()


def _keepers(worker: Any) -> list[Any]:
    """What keeps the database in order."""
    return [worker.wsgi.extensions[name] for name in ("chores", "mending")]


def _stop_when(asked: threading.Event, worker: Any) -> None:
    """End streams as soon as a stop is asked for: their clients resume elsewhere, where work left undone also goes."""
    asked.wait()
    worker.tasks_end = time.monotonic() + graceful_timeout - LETTING_GO_SECONDS
    for keeper in _keepers(worker):
        keeper.stop()
    for desk in worker.wsgi.extensions["desks"].values():
        desk.runner.adopts = False
    worker.wsgi.extensions["feed"].stop()


def worker_exit(_server: Any, worker: Any) -> None:
    """Finish what is under way, and leave the rest to other replicas."""
    for desk in getattr(worker.wsgi, "extensions", {}).get("desks", {}).values():
        desk.runner.stop(getattr(worker, "tasks_end", 0.0) - time.monotonic())
    tracing.stop()


def child_exit(_server: Any, worker: Any) -> None:
    """What a process had open when it ended is open no more."""
    # Not before files.prepare, which says where, if it does.
    from app.observe import metrics  # noqa: PLC0415

    metrics.process_ended(worker.pid)


def on_exit(_server: Any) -> None:
    """The last of all."""
    files.remove()
