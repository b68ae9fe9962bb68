"""Where the processes of a replica keep what they have counted: files in memory, that any of them can add up.

`prometheus_client` reads the folder's name from the environment when it is imported, so this comes first.
"""

import os
import shutil
import tempfile
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
# There on a read-only root too, and never on a disk.
_MEMORY = Path("/dev/shm")  # noqa: S108
_PREFIX = "longshore-metrics-"


def prepare() -> None:
    """Make the folder, unless the environment names one; called in gunicorn's master, before the application's import.

    A process that was killed could not remove its own: that is done here.
    """
    if os.environ.get(VARIABLE):
        return
    parent = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for left in parent.glob(f"{_PREFIX}*"):
        owner = left.name.removeprefix(_PREFIX).partition("-")[0]
        if not Path(f"/proc/{owner}").exists():
            shutil.rmtree(left, ignore_errors=True)
    os.environ[VARIABLE] = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent)


def remove() -> None:
    """Remove the folder that `prepare` made; called in gunicorn's master at the end."""
    folder = Path(os.environ.get(VARIABLE, ""))
    if folder.name.startswith(f"{_PREFIX}{os.getpid()}-"):
        shutil.rmtree(folder, ignore_errors=True)
