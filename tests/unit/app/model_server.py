"""A real HTTP server that speaks OpenAI's chat completions, and misbehaves as told."""

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

USAGE = {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: "ModelServer"

    def do_POST(self) -> None:
        self.body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append(self.body)
        self.server.keys.append(self.headers.get("Authorization"))
        self.server.paths.append(self.path)
        try:
            self.server.reply()(self)
        except (BrokenPipeError, ConnectionResetError):
            self.server.hung_up.set()
            self.close_connection = True

    def begin(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        """Headers of a body that ends with the connection."""
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Connection", "close")
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.close_connection = True

    def data(self, value: object) -> None:
        self.raw(f"data: {value if isinstance(value, str) else json.dumps(value)}\n\n")

    def raw(self, text: str | bytes) -> None:
        self.wfile.write(text.encode() if isinstance(text, str) else text)
        self.wfile.flush()

    def words(self, text: str, finish: str | None = None) -> None:
        self.data({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}]})

    def address_string(self) -> str:
        return "127.0.0.1"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Nothing: pytest shows what failed."""


Reply = Callable[[Handler], None]


def says(text: str | dict[str, Any], *, finish: str = "stop", pause: float = 0.0) -> Reply:
    """An answer as it should be, streamed in pieces of three characters."""

    def reply(handler: Handler) -> None:
        said = text if isinstance(text, str) else json.dumps(text)
        handler.begin()
        handler.raw(": a comment\n\n")
        handler.data({"choices": [{"index": 0, "delta": {"role": "assistant", "content": ""}}]})
        for start in range(0, len(said), 3):
            handler.words(said[start : start + 3])
            handler.server.over.wait(pause)
        handler.data({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]})
        handler.data({"choices": [], "usage": USAGE})
        handler.data("[DONE]")

    return reply


def at_once(text: str | None, *, finish: str = "stop", usage: object = USAGE, **message: Any) -> Reply:
    """One JSON object, from a server that does not stream."""
    said = {"role": "assistant", "content": text, **message}
    body = {"choices": [{"index": 0, "message": said, "finish_reason": finish}], "usage": usage}
    return raw(json.dumps(body), "application/json")


def raw(text: str | bytes, kind: str = "text/event-stream", status: int = 200, **headers: str) -> Reply:
    def reply(handler: Handler) -> None:
        handler.begin(status, kind, **headers)
        handler.raw(text)

    return reply


def fails(status: int, **headers: str) -> Reply:
    return raw(
        json.dumps({"error": {"message": "secret detail", "code": status}}), "application/json", status, **headers
    )


def cut(text: str) -> Reply:
    """Words, and then the connection's end."""

    def reply(handler: Handler) -> None:
        handler.begin()
        handler.words(text)

    return reply


def short(text: str) -> Reply:
    """A body that ends before the length that was said."""
    return raw(text, "application/json", Content_Length=str(len(text) + 10))


def hangs_up(handler: Handler) -> None:
    handler.close_connection = True


def silent(handler: Handler) -> None:
    """Takes the request and says nothing until the test is over: only a limit of the caller's own ends the call."""
    handler.server.over.wait()
    handler.close_connection = True


def drips(text: str = "x", seconds: float = 0.05) -> Reply:
    """Now and then a piece, without end: no read ever times out."""

    def reply(handler: Handler) -> None:
        handler.begin()
        while not handler.server.over.wait(seconds):
            handler.words(text)

    return reply


def comments(seconds: float = 0.05) -> Reply:
    """Says that it lives, and nothing else: words never come."""

    def reply(handler: Handler) -> None:
        handler.begin()
        while not handler.server.over.wait(seconds):
            handler.raw(": still here\n\n")

    return reply


def endless(line: str) -> Reply:
    """The same line as fast as it goes."""

    def reply(handler: Handler) -> None:
        handler.begin()
        while not handler.server.over.is_set():
            handler.raw(line * 100)

    return reply


def picky(reply: Reply) -> Reply:
    """A server that knows only the oldest parameters."""

    def picked(handler: Handler) -> None:
        known = {"model", "messages", "stream"}
        (reply if set(handler.body) <= known else fails(400))(handler)

    return picked


class ModelServer(ThreadingHTTPServer):
    """Replies to requests with `replies`, one each; when they are used up, with status 500."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies: list[Reply] = []
        self.seen: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.paths: list[str] = []
        self.over = threading.Event()
        self.hung_up = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/v1"

    def reply(self) -> Reply:
        return self.replies.pop(0) if self.replies else fails(500)

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.shutdown()
        self.server_close()
