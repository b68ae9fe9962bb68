"""A client of any endpoint that speaks OpenAI's chat completions, over the HTTP client that is here anyway."""

import itertools
import logging
import random
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, TypeVar

import httpx

from app.model import wire
from app.model.account import Account, Used, estimate, estimate_prompt
from app.model.errors import BrokenError, BudgetError, CrowdError, ModelError, RefusedError, SlowError
from app.model.in_time import LOOK_SECONDS, in_time
from app.model.key import KeyFile
from app.observe import metrics

# Calls at once, in a process: fewer than tasks at once, so that a slow model does not stop those that need none.
MOST_CALLS = 8
PLACE_SECONDS = 1.0
ATTEMPTS = 3
# Before each new attempt, more or less by a quarter, unless the endpoint says how long.
PAUSES_SECONDS = (0.5, 2.0)
# With less time than this an answer is not worth asking for.
LEAST_SECONDS = 0.5

# Not compressed: what is small on the way may be huge when it is unpacked.
_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "longshore"}
# Ends after which the prompt was read and is to be paid for, though nothing may have come.
_READ = {"answered", "slow", "cut", "nonsense", "abandoned"}

Messages = Sequence[Mapping[str, str]]
Pieces = Generator[str, None, None]
T = TypeVar("T")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Errand:
    """What a task may use of the model: its account, until a monotonic time; `alive` raises if the task is to end."""

    account: Account
    until: float
    alive: Callable[[], None] = lambda: None


class Model:
    """One model at one endpoint; made in each process after the fork, safe for its threads."""

    def __init__(self, name: str, base_url: str, key: KeyFile, timeout_seconds: float) -> None:
        self.name = name
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._key = key
        self._timeout = timeout_seconds
        self._client: httpx.Client | None = None
        # What an endpoint was found not to know: then only what all know is sent.
        self._plain = False
        self._places = threading.BoundedSemaphore(MOST_CALLS)

    def ask(self, messages: Messages, errand: Errand) -> str:
        """The whole answer, which is to be a JSON object. Raises ModelError, or what `errand.alive` raises."""

        def whole() -> str:
            return "".join(self._once(messages, errand, form={"type": "json_object"}))

        return self._tried(whole, errand)

    def stream(self, messages: Messages, errand: Errand) -> Generator[str, None, None]:
        """The answer as it comes; once it has begun it is not begun again. Raises as `ask` does."""

        def begun() -> tuple[str, Pieces]:
            pieces = self._once(messages, errand)
            return next(pieces, ""), pieces

        first, pieces = self._tried(begun, errand)
        with closing(pieces):
            yield first
            yield from pieces

    def _tried(self, attempt: Callable[[], T], errand: Errand) -> T:
        for number in itertools.count(1):
            try:
                return attempt()
            except ModelError as error:
                if not error.again or number == ATTEMPTS:
                    raise
                seconds = error.after or PAUSES_SECONDS[number - 1] * random.uniform(0.75, 1.25)  # noqa: S311
                if time.monotonic() + seconds + LEAST_SECONDS > errand.until:
                    raise
                fields = {"reason": str(error), "attempt": number, "seconds": round(seconds, 2)}
                logger.info("asking the language model again", extra={"fields": fields})
                _pause(seconds, errand.alive)
        raise AssertionError("the last attempt returns or raises")

    def _once(self, messages: Messages, errand: Errand, form: Mapping[str, str] | None = None) -> Pieces:
        """One call, its tokens charged and its end counted, however it ends."""
        prompt = estimate_prompt(messages)
        room = errand.account.room(prompt)
        end = min(errand.until, time.monotonic() + self._timeout)
        if end - time.monotonic() < LEAST_SECONDS:
            raise SlowError("has no time left for this task")
        if not self._places.acquire(timeout=PLACE_SECONDS):
            metrics.model_used(self.name, CrowdError.outcome)
            raise CrowdError("has too many other tasks")
        used: Used | None = None
        written, outcome = 0, "abandoned"
        try:
            with closing(in_time(lambda: self._call(messages, room, end, form), end, errand.alive)) as pieces:
                for piece in pieces:
                    if isinstance(piece, Used):
                        used = piece
                        continue
                    written += estimate(piece)
                    if written > room:
                        raise BudgetError(f"may use no more than {errand.account.budget:,} tokens for a task")
                    yield piece
            outcome = "answered"
        except TimeoutError:
            outcome = SlowError.outcome
            raise SlowError("did not answer in time") from None
        except ModelError as error:
            outcome = error.outcome
            raise
        finally:
            self._places.release()
            # What was refused at the door was not read.
            read = prompt if written or outcome in _READ else 0
            taken = used or Used(read, written)
            cost = errand.account.charge(taken, estimated=used is None and bool(read))
            metrics.model_used(self.name, outcome, prompt=taken.prompt, completion=taken.completion, cost=cost)

    def _call(self, messages: Messages, room: int, end: float, form: Mapping[str, str] | None) -> wire.Pieces:
        """The request and its response, in a thread of its own."""
        body: dict[str, Any] = {"model": self.name, "messages": [dict(message) for message in messages], "stream": True}
        more: dict[str, Any] = {"stream_options": {"include_usage": True}, "temperature": 0, "max_tokens": room}
        if form:
            more["response_format"] = dict(form)
        for plain in (True,) if self._plain else (False, True):
            timeout = max(LEAST_SECONDS, end - time.monotonic())
            try:
                with self._connected().stream(
                    "POST", self._url, json=body if plain else body | more, headers=self._key.headers(), timeout=timeout
                ) as response:
                    if response.status_code == 200:
                        self._plain = plain
                        yield from wire.read(response, end)
                        return
                    error = wire.refusal(response)
            except httpx.TimeoutException:
                raise SlowError("did not answer in time") from None
            except httpx.HTTPError as failure:
                logger.info("the language model failed", extra={"fields": {"reason": type(failure).__name__}})
                raise BrokenError("cannot be reached, or broke off") from None
            # An endpoint that does not know one of the additions says only that the request is bad.
            if plain or response.status_code not in {400, 422}:
                raise error
        raise RefusedError("refused the request")

    def _connected(self) -> httpx.Client:
        if self._client is None:
            try:
                # A redirect is not followed: the key is for this endpoint alone.
                self._client = httpx.Client(follow_redirects=False, headers=_HEADERS)
            except (OSError, ValueError) as error:
                # The environment names certificates that are not there, or a proxy that is none.
                logger.warning("no client of a language model", extra={"fields": {"reason": str(error)}})
                raise BrokenError("cannot be reached from this machine") from None
        return self._client


def _pause(seconds: float, alive: Callable[[], None]) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        alive()
        time.sleep(min(left, LOOK_SECONDS))
