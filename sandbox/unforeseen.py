"""What the machine refuses in the middle of a command, in the three lines of a refusal instead of a traceback."""

import shlex
from pathlib import Path
from subprocess import CalledProcessError

from docker.errors import APIError, DockerException
from requests.exceptions import RequestException

from sandbox.refusal import Refusal

UNFORESEEN = (CalledProcessError, DockerException, RequestException, TimeoutError)


def in_three_lines(error: Exception, logs: Path) -> Refusal:
    """One of UNFORESEEN as a refusal."""
    if isinstance(error, TimeoutError):
        return Refusal(
            "sandbox: something does not come to its end",
            found=str(error),
            fix=f"see {logs}, then run the command again",
        )
    if isinstance(error, CalledProcessError):
        command = shlex.join(map(str, error.cmd))
        return Refusal(
            "sandbox: a command of this machine failed",
            found=f"`{command}` exited with {error.returncode}",
            fix=f"run it by hand to see all of it: {command}",
        )
    # An APIError's own text begins with the request.
    found = error.explanation if isinstance(error, APIError) else None
    return Refusal(
        "docker: the engine refused",
        found=str(found or error),
        fix="fix that, then run the command again; `make down` removes what there is",
    )
