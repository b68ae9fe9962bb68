"""People who talk to the application while something happens to it, and lose patience at the first thing that is lost.

A stream that ends before its task does is gone on with after the last event that was received, as a browser does.
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_SECONDS = 60
RETRY_SECONDS = 0.3
ENDED = {"completed", "failed", "canceled", "rejected"}


@dataclass(frozen=True)
class Site:
    """The application's address, trusted by its environment's authority."""

    url: str
    authority: str

    def connect(self, seconds: float) -> http.client.HTTPSConnection:
        """A new connection, on which nothing may be silent for longer."""
        parts = urlsplit(self.url)
        context = ssl.create_default_context(cafile=self.authority)
        return http.client.HTTPSConnection(parts.hostname or "", parts.port or 443, context=context, timeout=seconds)

    def call(self, method: str, path: str, body: object = None, **headers: str) -> dict[str, Any]:
        """One request's answer. Raises ValueError where that is no success."""
        connection = self.connect(PATIENCE_SECONDS)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {"Content-Type": "application/json", **headers})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status not in {200, 202}:
            raise ValueError(f"{method} {path}: status {answer.status}: {content[:300]!r}")
        found: dict[str, Any] = json.loads(content)
        return found

    def ask(self, question: str, conversation: str | None = None) -> dict[str, Any]:
        """Hand a question in, and don't wait for its answer."""
        body = {"question": question} | ({"conversation_id": conversation} if conversation else {})
        return self.call("POST", "/v1/tasks", body, Prefer="respond-async")


@dataclass
class Stream:
    """Everything that was heard of a task, over as many connections as it took."""

    site: Site
    path: str
    numbers: list[int] = field(default_factory=list)
    items: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    broken: list[str] = field(default_factory=list)

    def listen(self) -> Iterator[dict[str, Any]]:
        """What comes, until nothing more will (204); the caller stops when the task is done."""
        while True:
            connection = self.site.connect(PATIENCE_SECONDS)
            try:
                headers = {"Last-Event-ID": str(self.numbers[-1])} if self.numbers else {}
                connection.request(
                    "GET", self.path, headers={"Accept": "text/event-stream", "A2A-Version": "1.0", **headers}
                )
                answer = connection.getresponse()
                if answer.status == 204:
                    return
                if answer.status != 200:
                    raise ValueError(f"GET {self.path}: status {answer.status}: {answer.read()[:300]!r}")
                self.connections += 1
                yield from self._read(answer)
            except (http.client.HTTPException, ConnectionError, ssl.SSLError) as error:
                # A stream's clean end is no error; this is a connection that was cut.
                self.broken.append(f"after event {self.numbers[-1:]}: {type(error).__name__}: {error}")
            finally:
                connection.close()
            time.sleep(RETRY_SECONDS)

    def _read(self, answer: http.client.HTTPResponse) -> Iterator[dict[str, Any]]:
        fields: dict[str, str] = {}
        while line := answer.readline():
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "id" in fields:
                self.numbers.append(int(fields["id"]))
                self.items.append(json.loads(fields["data"]))
                fields = {}
                yield self.items[-1]
            else:
                fields = {}


class Person(threading.Thread):
    """Asks one question after the other in one conversation, and follows each to its answer."""

    def __init__(self, site: Site, questions: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self._site = site
        self._questions = questions
        self._enough = threading.Event()
        self.conversation: str | None = None
        self.answered: list[str] = []
        self.failures: list[str] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._enough.set()
        self.join(timeout=2 * PATIENCE_SECONDS)
        if self.is_alive():
            self.failures.append("a question was never answered")

    def run(self) -> None:
        """Talk until it is enough."""
        while not self._enough.is_set():
            for question, answer in self._questions.items():
                try:
                    self._talk(question, answer)
                except (OSError, http.client.HTTPException, ValueError) as error:
                    self.failures.append(f"{time.strftime('%H:%M:%S')} {question}: {type(error).__name__}: {error}")

    def _talk(self, question: str, answer: str) -> None:
        task = self._site.ask(question, self.conversation)
        self.conversation = task["conversation_id"]
        stream = Stream(self._site, f"/v1/tasks/{task['id']}/events")
        state = ""
        for item in stream.listen():
            state = item.get("state", state)
            if state in ENDED:
                break
        found = self._site.call("GET", f"/v1/tasks/{task['id']}")
        if found["state"] != "completed" or answer not in str(found["answer"]):
            raise ValueError(f"{found['state']}: {found['answer']!r}, and {answer!r} was expected")
        if stream.numbers != list(range(1, len(stream.numbers) + 1)):
            raise ValueError(f"events {stream.numbers}: some were lost, or came twice")
        if stream.broken:
            raise ValueError(f"its stream was cut: {stream.broken}")
        self.answered.append(task["id"])


class Waiting(threading.Thread):
    """Follows a task that waits for an answer of the person, by a stream that stays open meanwhile (A2A)."""

    def __init__(self, site: Site, task_id: str) -> None:
        super().__init__(daemon=True)
        self.stream = Stream(site, f"/agents/planner/tasks/{task_id}:subscribe")
        self.states: list[str] = []
        self.failure = ""

    def run(self) -> None:
        """Listen until the task is done."""
        try:
            for item in self.stream.listen():
                status = (item.get("statusUpdate") or item.get("task") or {}).get("status", {})
                self.states.append(status.get("state", ""))
                if "statusUpdate" in item and self.states[-1] == "TASK_STATE_COMPLETED":
                    return
        except (OSError, ValueError) as error:
            self.failure = f"{type(error).__name__}: {error}"
