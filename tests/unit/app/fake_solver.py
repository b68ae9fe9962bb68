"""A real HTTP server on a unix socket that plays the solver in A2A, and misbehaves as told."""

import json
import socketserver
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, Self

from app.agents import solving
from app.agents.messages import Step

# A reply is a status and a body, or the task that the answer holds; None closes the connection without one.
Reply = tuple[int, bytes] | dict[str, Any] | None


def honest(step: Step) -> Reply:
    end = solving.done(step)
    state, answer = end.state, end.answer
    if state == "completed":
        return {"status": {"state": "TASK_STATE_COMPLETED"}, "artifacts": answer["artifacts"]}
    parts = [{"text": answer["text"]}, {"data": answer["data"]}]
    return {"status": {"state": f"TASK_STATE_{state.upper()}", "message": {"parts": parts}}}


def outcome(**fields: object) -> Reply:
    artifact = {"artifactId": solving.OUTCOME, "parts": [{"data": fields}]}
    return {"status": {"state": "TASK_STATE_COMPLETED"}, "artifacts": [artifact]}


class _Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True
    reply: Callable[[Step], Reply]
    found: list[Step]
    request_ids: list[str]


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        given = body["params"]["message"]["parts"][0]["data"]
        step = Step(given["tool"], given["arguments"])
        self.server.seen.append(step)
        self.server.request_ids.append(self.headers["X-Request-ID"])
        reply = self.server.reply(step)
        if reply is None:
            self.close_connection = True
            return
        if isinstance(reply, dict):
            reply = 200, json.dumps({"jsonrpc": "2.0", "id": body["id"], "result": {"task": reply}}).encode()
        status, content = reply
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def address_string(self) -> str:
        return "unix"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: pytest shows what failed."""


class FakeSolver:
    """Replies to steps with `replies`, one each; when they are used up, honestly."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.replies: list[Callable[[Step], Reply]] = []
        self._server = _Server(str(path), _Handler)
        self._server.reply = self._reply
        self._server.seen = []
        self._server.request_ids = []

    @property
    def seen(self) -> list[Step]:
        return self._server.seen

    @property
    def request_ids(self) -> list[str]:
        return self._server.request_ids

    def _reply(self, step: Step) -> Reply:
        return self.replies.pop(0)(step) if self.replies else honest(step)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
