"""Does a pull always end: when the registry stalls, when Docker dies, and when the run is asked to stop?

Docker is a server on a unix socket that implements what a pull needs of its API; the SDK is the real one.
"""

from __future__ import annotations

import json
import socketserver
import tempfile
import threading
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING

import pytest

from engine.longshore.errors import AbandonedError, LongshoreError, RefusedError
from engine.longshore.host.docker import Docker, DockerImages
from engine.longshore.host.interrupt import StopRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NAME, DIGEST = "docker.io/acme/agents", "sha256:" + "1" * 64
FIX = "the release that serves is untouched; fix the registry or the network, and run this again"
EVENTS = [{"status": "Pulling from acme/agents"}, {"status": "Downloading", "id": "a"}, {"status": "Pull complete"}]


class Connection(BaseHTTPRequestHandler):
    """One connection to Docker."""

    protocol_version = "HTTP/1.1"
    server: Daemon

    def do_GET(self) -> None:
        self.send(200, json.dumps({"ApiVersion": "1.41", "MinAPIVersion": "1.12"}).encode())

    def do_POST(self) -> None:
        self.server.asked = self.path
        self.server.pull(self)

    def do_DELETE(self) -> None:
        self.send(self.server.removal, b'{"message": "no"}')

    def send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def begin(self, *events: dict[str, str]) -> None:
        """Send these events, and keep the answer open."""
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for event in events:
            line = json.dumps(event).encode() + b"\r\n"
            self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))

    def complete(self) -> None:
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        return

    def address_string(self) -> str:
        return "unix"


class Daemon(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    """Docker as a pull needs it. `pull` handles the request; `removal` is the status of a removal."""

    daemon_threads = True
    asked = ""
    removal = 200

    def __init__(self, path: str) -> None:
        super().__init__(path, Connection)
        self.end = threading.Event()

    def pull(self, connection: Connection) -> None:
        raise NotImplementedError

    def stall(self, connection: Connection) -> None:
        """Begin an answer, and send no more."""
        connection.begin(EVENTS[0])
        self.end.wait(60)


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    with tempfile.TemporaryDirectory(prefix="ls-") as directory, Daemon(f"{directory}/docker.sock") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.end.set()
        server.shutdown()
        thread.join()


def images(daemon: Daemon, stop: StopRequest | None = None) -> DockerImages:
    return DockerImages(Docker(str(daemon.server_address), answer_within=1), stop or StopRequest())


def refusal(daemon: Daemon, pull: Callable[[Connection], None]) -> LongshoreError:
    daemon.pull = pull  # type: ignore[method-assign]
    with pytest.raises(RefusedError) as caught:
        images(daemon).pull(NAME, DIGEST)
    return caught.value


def test_a_pull_succeeds(daemon: Daemon) -> None:
    def whole(connection: Connection) -> None:
        connection.begin(*EVENTS)
        connection.complete()

    daemon.pull = whole  # type: ignore[method-assign]
    images(daemon).pull(NAME, DIGEST)
    assert "/images/create?" in daemon.asked


def test_a_slow_pull_that_makes_progress_has_no_time_limit(daemon: Daemon) -> None:
    def slow(connection: Connection) -> None:
        connection.begin()
        for _ in range(4):
            daemon.end.wait(0.5)
            connection.wfile.write(b"2\r\n{}\r\n")
        connection.complete()

    daemon.pull = slow  # type: ignore[method-assign]
    images(daemon).pull(NAME, DIGEST)


def test_a_stalled_pull_is_refused(daemon: Daemon) -> None:
    assert str(refusal(daemon, daemon.stall)) == (
        f"release: image pull stalled\n  found: {NAME}@{DIGEST}: nothing arrived for 1 s\n  fix: {FIX}"
    )


def test_a_pull_without_any_answer_is_refused(daemon: Daemon) -> None:
    assert refusal(daemon, lambda _: daemon.end.wait(60) and None).problem == "release: image pull stalled"


@pytest.mark.parametrize("at", ["before its answer", "in its answer", "in a chunk"])
def test_docker_going_away_during_a_pull_is_refused(daemon: Daemon, at: str) -> None:
    def die(connection: Connection) -> None:
        if at != "before its answer":
            connection.begin(EVENTS[0])
        if at == "in a chunk":
            connection.wfile.write(b'40\r\n{"status": ')
        connection.close_connection = True

    error = refusal(daemon, die)
    assert error.problem == "release: Docker went away during the pull"
    assert error.found.startswith(f"{NAME}@{DIGEST}: ")
    assert error.fix == "check Docker: `systemctl status docker`; the release that serves is untouched"


def test_dockers_own_reason_is_quoted(daemon: Daemon) -> None:
    def in_an_event(connection: Connection) -> None:
        connection.begin(EVENTS[0], {"error": "unexpected EOF"})
        connection.complete()

    def at_once(connection: Connection) -> None:
        connection.send(404, b'{"message": "manifest unknown"}')

    for answer, said in ((in_an_event, "unexpected EOF"), (at_once, "manifest unknown")):
        error = refusal(daemon, answer)
        assert (error.problem, error.fix) == ("release: image could not be pulled", FIX)
        assert error.found == f"{NAME}@{DIGEST}: {said}"


def test_a_request_to_stop_ends_a_stalled_pull(daemon: Daemon) -> None:
    stop = StopRequest()

    def stall(connection: Connection) -> None:
        stop.ask("SIGTERM")
        daemon.stall(connection)

    daemon.pull = stall  # type: ignore[method-assign]
    with pytest.raises(AbandonedError) as caught:
        images(daemon, stop).pull(NAME, DIGEST)
    assert caught.value.found == "SIGTERM"


@pytest.mark.parametrize(("status", "removed"), [(200, True), (404, True), (409, False)])
def test_removing_an_image_reports_whether_it_is_gone(daemon: Daemon, status: int, removed: bool) -> None:
    daemon.removal = status
    assert images(daemon).remove(f"{NAME}:1") is removed


def test_a_failed_removal_raises_the_engines_error(daemon: Daemon) -> None:
    daemon.removal = 500
    with pytest.raises(LongshoreError, match="docker: could not remove the image"):
        images(daemon).remove(f"{NAME}:1")
