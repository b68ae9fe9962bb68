"""What is counted, for Prometheus. Each figure is written by one function here, and by nothing else.

Counting must cost next to nothing: labels are looked up once, and only from values that are few by nature.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

from app.observe.files import VARIABLE

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
# Around what is promised: 60 ms for a simple task, 25 s for any.
_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25)

# Where one process is all there is: tests, and servers other than ours.
_ALONE = CollectorRegistry()

_requests = Histogram(
    "longshore_http_request_duration_seconds",
    "Requests by the time until the answer's first byte; an unknown path has no route.",
    ("route", "method", "status"),
    buckets=_SECONDS,
    registry=_ALONE,
)
_states = Counter(
    "longshore_task_states", "States that tasks have come to in this replica.", ("agent", "state"), registry=_ALONE
)
_tools = Histogram(
    "longshore_tool_duration_seconds", "Tools at work, by how it ended.", ("tool", "outcome"),
    buckets=_SECONDS, registry=_ALONE,
)  # fmt: skip
_peers = Histogram(
    "longshore_peer_call_duration_seconds", "Calls to the other agent, by how they ended.", ("peer", "outcome"),
    buckets=_SECONDS, registry=_ALONE,
)  # fmt: skip
_streams = Gauge(
    "longshore_streams_open", "Streams of events being followed now.", ("agent",),
    multiprocess_mode="livesum", registry=_ALONE,
)  # fmt: skip
_tokens = Counter(
    "longshore_model_tokens", "Tokens of the language model, by kind: prompt or completion.", ("model", "kind"),
    registry=_ALONE,
)  # fmt: skip
_cost = Counter(
    "longshore_model_cost", "What the language model cost, as settings price it.", ("model",), registry=_ALONE
)
_calls = Counter(
    "longshore_model_calls", "Calls to the language model, by how they ended.", ("model", "outcome"), registry=_ALONE
)

_request = cache(_requests.labels)


def request_done(route: str, method: str, status: int, seconds: float) -> None:
    """A request was answered; `route` is the template, empty for a path that has none."""
    _request(route, method if method in METHODS else "other", status).observe(seconds)


def task_state(agent: str, state: str) -> None:
    """A task came to a state."""
    _states.labels(agent, state).inc()


@contextmanager
def tool(name: str) -> Iterator[None]:
    """A tool at work; the code or the name of an error that it raises is the outcome."""
    with _timed(_tools, name):
        yield


@contextmanager
def peer_call(peer: str) -> Iterator[None]:
    """A call to another agent; the code or the name of an error that it raises is the outcome."""
    with _timed(_peers, peer):
        yield


def stream_opened(agent: str) -> None:
    """Someone follows a task of an agent."""
    _streams.labels(agent).inc()


def stream_closed(agent: str) -> None:
    """And does so no more."""
    _streams.labels(agent).dec()


def model_used(model: str, outcome: str, *, prompt: int = 0, completion: int = 0, cost: float = 0.0) -> None:
    """A call to the language model ended; numbers of tokens, and the cost in the currency of the settings' prices."""
    _calls.labels(model, outcome).inc()
    _tokens.labels(model, "prompt").inc(prompt)
    _tokens.labels(model, "completion").inc(completion)
    _cost.labels(model).inc(cost)


def text(*more: Collector) -> bytes:
    """All figures of this replica in Prometheus's text format, and those that `more` collect."""
    registry = _ALONE
    if os.environ.get(VARIABLE):
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    added = CollectorRegistry()
    for collector in more:
        added.register(collector)
    return generate_latest(registry) + generate_latest(added)


def process_ended(pid: int) -> None:
    """A process of this replica is gone: what it had open is open no more."""
    if os.environ.get(VARIABLE):
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


@contextmanager
def _timed(histogram: Histogram, name: str) -> Iterator[None]:
    start, outcome = time.perf_counter(), "ok"
    try:
        yield
    except Exception as error:
        code = getattr(error, "code", None)
        outcome = code if isinstance(code, str) else type(error).__name__.removesuffix("Error").lower()
        raise
    finally:
        histogram.labels(name, outcome).observe(time.perf_counter() - start)
