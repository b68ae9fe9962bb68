"""What the agents do, watched: one function for each kind of work, which counts it and makes a span of it."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from app.observe import metrics, origin, tracing


@contextmanager
def task(agent: str, task_id: str, request: Mapping[str, Any]) -> Iterator[None]:
    """The work on a task, in whichever thread or replica: it comes from the request that handed the task in."""
    with origin.within(origin.of_work(request)), tracing.span(f"task of {agent}", task_id=task_id):
        yield


def came_to(agent: str, state: str) -> None:
    """A task came to a state."""
    metrics.task_state(agent, state)
    tracing.note(task_state=state)


def step(tool: str) -> AbstractContextManager[object]:
    """A step that the planner has the solver do, with all its attempts."""
    return tracing.span("step", tool_name=tool)


@contextmanager
def call(peer: str) -> Iterator[None]:
    """One call to another agent, which is to carry `origin.outgoing_headers`, asked for within."""
    with metrics.peer_call(peer), tracing.span(f"call of {peer}", "client", peer_service=peer):
        yield


@contextmanager
def tool(name: str) -> Iterator[None]:
    """A tool at work."""
    with metrics.tool(name), tracing.span("tool", tool_name=name):
        yield
