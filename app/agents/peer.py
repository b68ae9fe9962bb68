"""How the planner reaches the solver: A2A through the proxy's unix socket, or within the process when alone.

A step is a pure function of its arguments, so a call that was lost on the way may be made again.
"""

import http.client
import json
import logging
import time
import uuid
from collections.abc import Mapping
from typing import Any

from app.a2a import fields
from app.a2a.faults import ProtocolError
from app.agents import solving
from app.agents.messages import Outcome, Step
from app.agents.peer_way import TooMuchError, Way
from app.language.errors import ImpossibleError
from app.observe import watched
from app.observe.origin import outgoing_headers

SOLVER_PATH = "/agents/solver"
ATTEMPTS = 3
# The pause before each new attempt: a release swaps a socket in far less.
PAUSES_SECONDS = (0.05, 0.25)
CALL_SECONDS = 20.0
# What the proxy says when no replica answers it.
_GATEWAY_STATUSES = {502, 503, 504}
# What the solver says when its database, or it itself, has no time.
_UNAVAILABLE = "TEMPORARILY_UNAVAILABLE"
_UNDER_WAY = {"TASK_STATE_SUBMITTED", "TASK_STATE_WORKING"}

logger = logging.getLogger(__name__)


class PeerError(Exception):
    """The solver could not be asked; `status` is what the person's request answers with."""

    status = 503
    code = "solver_unavailable"


class PeerSlowError(PeerError):
    """No answer in time."""

    status = 504
    code = "solver_slow"


class PeerNonsenseError(PeerError):
    """An answer that is not in the language agents speak."""

    status = 502
    code = "solver_nonsense"


class SenselessStepError(PeerNonsenseError):
    """A step that means nothing to the solver: whoever planned it spoke nonsense."""


class Deadline:
    """A point in monotonic time after which a task must not go on."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left; raises PeerSlowError when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise PeerSlowError("the task took longer than it may")
        return seconds


class SolverClient:
    """Asks the solver over HTTP; safe for threads."""

    def __init__(self, way: Way) -> None:
        self._way = way

    def ask(self, step: Step, deadline: Deadline, request_id: str) -> Outcome:
        """The outcome of a step; raises ImpossibleError if it has none, PeerError if the solver cannot say."""
        for attempt in range(ATTEMPTS):
            try:
                with watched.call("solver"):
                    return self._ask_once(step, deadline, request_id)
            except PeerError as error:
                if type(error) is not PeerError or attempt + 1 == ATTEMPTS:
                    raise
                logger.warning(
                    "solver did not answer, asking again", extra={"fields": {"reason": str(error), "attempt": attempt}}
                )
                time.sleep(min(PAUSES_SECONDS[attempt], deadline.left()))
        raise AssertionError("the last attempt returns or raises")

    def _ask_once(self, step: Step, deadline: Deadline, request_id: str) -> Outcome:
        message_id = str(uuid.uuid4())
        headers = {"A2A-Version": "1.0", "X-Request-ID": request_id, **outgoing_headers()}
        headers["Content-Type"] = "application/json"
        # Not escaped: a character beyond ASCII would become six or twelve.
        body = json.dumps(_request(message_id, step), ensure_ascii=False).encode()
        try:
            status, answer = self._way.post(SOLVER_PATH, body, headers, min(CALL_SECONDS, deadline.left()))
        except TimeoutError as error:
            raise PeerSlowError("the solver did not answer in time") from error
        except TooMuchError as error:
            raise PeerNonsenseError("the solver's answer did not come to an end") from error
        except (OSError, http.client.HTTPException) as error:
            raise PeerError("the solver cannot be reached") from error
        if status in _GATEWAY_STATUSES:
            raise PeerError("no solver is running")
        if status != 200:
            raise PeerNonsenseError(f"the solver refused a step with status {status}")
        try:
            return _outcome(_task(fields.parse(answer), message_id))
        except (ProtocolError, ValueError, LookupError, TypeError, AttributeError) as error:
            raise PeerNonsenseError("the solver's answer could not be read") from error


def _request(message_id: str, step: Step) -> dict[str, Any]:
    part = {"data": step.json(), "mediaType": "application/json"}
    message = {"messageId": message_id, "role": "ROLE_USER", "parts": [part]}
    # What was asked need not come back.
    params = {"message": message, "configuration": {"historyLength": 0}}
    return {"jsonrpc": "2.0", "id": message_id, "method": "SendMessage", "params": params}


def _task(answer: Any, message_id: str) -> Mapping[str, Any]:
    """The task in the solver's answer to SendMessage."""
    if error := answer.get("error"):
        if any(detail.get("reason") == _UNAVAILABLE for detail in error.get("data", [])):
            raise PeerError("the solver cannot work now")
        raise PeerNonsenseError(f"the solver refused a step with error {error['code']}")
    if answer["id"] != message_id:
        raise ValueError("this is the answer to another request")
    found: Mapping[str, Any] = answer["result"]["task"]
    return found


def _outcome(task: Mapping[str, Any]) -> Outcome:
    """What came of the step; raises ImpossibleError and PeerError as `ask` does."""
    status = task["status"]
    state = status["state"]
    if state == "TASK_STATE_COMPLETED":
        made = [artifact for artifact in task["artifacts"] if artifact["artifactId"] == solving.OUTCOME]
        return Outcome.parse(made[0]["parts"][0]["data"])
    if state in _UNDER_WAY:
        raise PeerSlowError("the solver did not answer in time")
    parts = status.get("message", {}).get("parts", [])
    code = next((part["data"].get("code") for part in parts if "data" in part), None)
    said = next((str(part["text"]) for part in parts if "text" in part), "")
    if code == solving.IMPOSSIBLE:
        raise ImpossibleError(said)
    if code == solving.BUSY:
        raise PeerError("the solver is busy")
    if code == solving.SENSELESS:
        raise SenselessStepError("the solver refused a step")
    raise PeerNonsenseError("the solver refused a step")
