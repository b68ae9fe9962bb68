# ruff: noqa: N999 (the name is gunicorn's)
"""How gunicorn serves the application: gunicorn reads the names below as its settings.

One process with many threads: replicas, not workers, are how the service grows, and each process costs memory.
"""

import os
import sys

from app.settings import Settings, SettingsError

try:
    _settings = Settings.read(os.environ)
except SettingsError as error:
    # An operator's mistake: the list of problems, and no traceback.
    sys.exit(str(error))

wsgi_app = "app:create_app()"
bind = _settings.bind
workers = _settings.workers
threads = _settings.threads
worker_class = "gthread"
# Import once, in the master: workers share its memory and start at once.
preload_app = True
# The root filesystem is read-only, and a worker's heartbeat must not wait for a disk.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True
# The proxy reaches a unix socket by its group: srwxrwx---.
umask = 0o007
# Longer than any request may take; Docker's stop time-out must be longer still.
graceful_timeout = 30
timeout = 60
keepalive = 5
# Only the proxy can connect to a unix socket; behind TCP nobody's word is taken for the client's address.
forwarded_allow_ips = "*" if _settings.behind_proxy else ""
limit_request_line = 4094
limit_request_fields = 64
loglevel = _settings.log_level
accesslog = "-"
errorlog = "-"
logger_class = "app.logs.GunicornLogger"
proc_name = "longshore-app"
