"""The A2A SDK's own client against gunicorn: both agents in one process, and each in its own behind a socket."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from a2a.client import A2ACardResolver, Client, ClientConfig, ClientFactory
from a2a.types import (
    CancelTaskRequest,
    GetTaskRequest,
    ListTasksRequest,
    Message,
    Part,
    Role,
    SendMessageConfiguration,
    SendMessageRequest,
    StreamResponse,
    SubscribeToTaskRequest,
    Task,
    TaskState,
)
from a2a.utils import TransportProtocol
from a2a.utils.errors import TaskNotCancelableError, TaskNotFoundError

from tests import plain_http
from tests.server.gunicorn import ROOT
from tests.waiting import LIMIT_SECONDS

UNCLEAR = "monthly payment on 100 at 4%"


def start(path: Path, **environ: str) -> subprocess.Popen[bytes]:
    settings = {
        "BIND": f"unix:{path}",
        "DATABASE_URL": f"sqlite:///{path.parent}/agents.db",
        "ANONYMOUS_REQUESTS": "0",
        "ANONYMOUS_TASKS": "0",
        **environ,
    }
    command = [sys.executable, "-m", "gunicorn", "--config", "app/gunicorn.conf.py"]
    with (path.parent / f"{path.name}.log").open("wb") as log:
        return subprocess.Popen(command, cwd=ROOT, env={**os.environ, **settings}, stdout=log, stderr=log)


def until_ready(path: Path) -> None:
    end = time.monotonic() + LIMIT_SECONDS
    with plain_http.client(path) as client:
        while True:
            try:
                client.get("/readyz").raise_for_status()
            except httpx.HTTPError:
                assert time.monotonic() < end, (path.parent / f"{path.name}.log").read_text()
                time.sleep(0.1)
            else:
                return


@pytest.fixture(scope="module", params=["alone", "split"])
def sockets(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """Sockets of two replicas that have the planner, and one that has the solver."""
    folder = tmp_path_factory.mktemp("a2a")
    first, second, solver = (folder / f"{name}.sock" for name in ("first", "second", "solver"))
    split = {"AGENT_ROLE": "planner", "PROXY_SOCKET": str(solver)} if request.param == "split" else {}
    processes = [start(first, **split)]
    try:
        # The first brings the database up to date.
        until_ready(first)
        processes.append(start(second, **split))
        if split:
            processes.append(start(solver, AGENT_ROLE="solver"))
            until_ready(solver)
        until_ready(second)
        yield [first, second, solver if split else first]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait()


@asynccontextmanager
async def connected(path: Path, binding: str, agent: str = "planner") -> AsyncIterator[Client]:
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with httpx.AsyncClient(transport=transport, timeout=LIMIT_SECONDS) as http:
        card = await A2ACardResolver(http, f"http://agents/agents/{agent}").get_agent_card()
        config = ClientConfig(httpx_client=http, supported_protocol_bindings=[binding])
        yield ClientFactory(config).create(card)


def message(text: str, task_id: str = "") -> SendMessageRequest:
    said = Message(message_id=f"m-{time.monotonic_ns()}", role=Role.ROLE_USER, parts=[Part(text=text)], task_id=task_id)
    return SendMessageRequest(message=said)


async def all_of(events: AsyncIterator[StreamResponse]) -> list[StreamResponse]:
    return [event async for event in events]


async def begun(client: Client, request: SendMessageRequest) -> Task:
    request.configuration.CopyFrom(SendMessageConfiguration(return_immediately=True))
    events = client.send_message(request)
    first = await anext(events)
    await events.aclose()  # type: ignore[attr-defined]
    return first.task


BINDINGS = [TransportProtocol.JSONRPC, TransportProtocol.HTTP_JSON]


@pytest.mark.parametrize("binding", BINDINGS)
def test_question_is_answered_as_a_stream_and_found_at_another_replica(sockets: list[Path], binding: str) -> None:
    async def talk() -> None:
        async with connected(sockets[0], binding) as client, connected(sockets[1], binding) as other:
            events = await all_of(client.send_message(message("What is 15% of 240 km in miles?")))
            task_id = events[0].task.id
            found = await other.get_task(GetTaskRequest(id=task_id))
            listed = await other.list_tasks(ListTasksRequest(page_size=1))

            assert events[-1].status_update.status.state == TaskState.TASK_STATE_COMPLETED
            assert found.artifacts[0].parts[0].text == "22.37 miles"
            assert listed.tasks[0].id == task_id

    asyncio.run(talk())


@pytest.mark.parametrize("binding", BINDINGS)
def test_subscription_at_another_replica_follows_the_task_to_its_end(sockets: list[Path], binding: str) -> None:
    async def talk() -> None:
        async with connected(sockets[0], binding) as client, connected(sockets[1], binding) as other:
            events = await all_of(client.send_message(message(UNCLEAR)))
            task_id = events[0].task.id
            assert events[-1].status_update.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
            subscription = other.subscribe(SubscribeToTaskRequest(id=task_id))
            first = await anext(subscription)
            rest = asyncio.create_task(all_of(subscription))
            await all_of(client.send_message(message("10 months", task_id)))
            seen = await asyncio.wait_for(rest, LIMIT_SECONDS)

            assert first.task.status.state == TaskState.TASK_STATE_INPUT_REQUIRED
            assert seen[-2].artifact_update.artifact.parts[0].text == "10.18"
            assert seen[-1].status_update.status.state == TaskState.TASK_STATE_COMPLETED

    asyncio.run(talk())


@pytest.mark.parametrize("binding", BINDINGS)
def test_errors_are_raised_as_the_sdk_defines_them(sockets: list[Path], binding: str) -> None:
    async def talk() -> None:
        async with connected(sockets[0], binding) as client:
            events = await all_of(client.send_message(message(UNCLEAR)))
            task_id = events[0].task.id
            canceled = await client.cancel_task(CancelTaskRequest(id=task_id))

            assert canceled.status.state == TaskState.TASK_STATE_CANCELED
            with pytest.raises(TaskNotCancelableError):
                await client.cancel_task(CancelTaskRequest(id=task_id))
            with pytest.raises(TaskNotFoundError):
                await client.get_task(GetTaskRequest(id="none"))

    asyncio.run(talk())


@pytest.mark.parametrize("binding", BINDINGS)
def test_solver_keeps_its_own_tasks(sockets: list[Path], binding: str) -> None:
    async def talk() -> None:
        async with connected(sockets[2], binding, "solver") as client:
            step = message('{"tool": "arithmetic", "arguments": {"expression": "2 ^ 100"}}')
            (event,) = await all_of(client.send_message(step))
            found = await client.get_task(GetTaskRequest(id=event.task.id))

            assert event.task.status.state == TaskState.TASK_STATE_COMPLETED
            assert found.artifacts[0].parts[0].data.struct_value["value"] == "1267650600228229401496703205376"
            (asked,) = await all_of(client.send_message(message("What is 2 + 2?")))
            assert "arithmetic" in asked.message.parts[0].text

    asyncio.run(talk())
