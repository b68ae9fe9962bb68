"""How the planner reaches the solver: HTTP through the proxy's unix socket, or within the process when alone.

A step is a pure function of its arguments, so a call that was lost on the way may be made again.
"""

import logging
import time
from collections.abc import Callable

import httpx

from app.agents.messages import Outcome, Step
from app.language.errors import ImpossibleError

SOLVER_URL = "http://solver"
ATTEMPTS = 3
# The pause before each new attempt: a release swaps a socket in far less.
PAUSES_SECONDS = (0.05, 0.25)
CALL_SECONDS = 20.0
# What the proxy says when no replica answers it.
_GATEWAY_STATUSES = {502, 503, 504}

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
    """Asks the solver over HTTP; made in each process after the fork, safe for its threads."""

    def __init__(self, transport: Callable[[], httpx.BaseTransport]) -> None:
        self._make = transport
        self._client: httpx.Client | None = None

    def _connected(self) -> httpx.Client:
        # Two threads may both make one at first; the second to finish is kept, and neither is wrong.
        if self._client is None:
            self._client = httpx.Client(transport=self._make(), base_url=SOLVER_URL)
        return self._client

    def ask(self, step: Step, deadline: Deadline, request_id: str) -> Outcome:
        """The outcome of a step; raises ImpossibleError if it has none, PeerError if the solver cannot say."""
        for attempt in range(ATTEMPTS):
            try:
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
        try:
            response = self._connected().post(
                "/v1/steps",
                json=step.json(),
                headers={"X-Request-ID": request_id},
                timeout=min(CALL_SECONDS, deadline.left()),
            )
        except httpx.TimeoutException as error:
            raise PeerSlowError("the solver did not answer in time") from error
        except httpx.TransportError as error:
            raise PeerError("the solver cannot be reached") from error
        return _outcome(response)


def _outcome(response: httpx.Response) -> Outcome:
    if response.status_code in _GATEWAY_STATUSES:
        raise PeerError("no solver is running")
    try:
        data = response.json()
        if response.status_code == 200:
            return Outcome.parse(data)
        if response.status_code == 422 and data["error"]["code"] == "impossible":
            raise ImpossibleError(str(data["error"]["message"]))
    except (ValueError, KeyError, TypeError) as error:
        raise PeerNonsenseError("the solver's answer could not be read") from error
    raise PeerNonsenseError(f"the solver refused a step with status {response.status_code}")
