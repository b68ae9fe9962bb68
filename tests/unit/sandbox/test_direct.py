"""This machine is asked past the proxy of the environment."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sandbox import direct, lifecycle


class Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 500)
        self.end_headers()
        self.wfile.write(b"here\n")

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever).start()
        # A proxy that is not there.
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.delenv(name, raising=False)
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_request_bypasses_the_proxy(url: str) -> None:
    with direct.get(url + "/", timeout=5) as answer:
        assert answer.readline() == b"here\n"
    assert lifecycle._responds(url + "/")


def test_error_status_raises(url: str) -> None:
    with pytest.raises(OSError, match="500"):
        direct.get(url + "/bad", timeout=5)
    assert not lifecycle._responds(url + "/bad")
