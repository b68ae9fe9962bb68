"""How a request reaches the solver."""

import contextlib
import http.client
import socket
import threading
import time
from itertools import cycle
from pathlib import Path

import pytest

from app.agents.peer_way import MOST_BYTES, SocketWay, TooMuchError

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def read_request(connection: socket.socket) -> None:
    """To its end: http.client sends head and body apart, and who closes between them breaks the sending off.

    Raises ConnectionResetError where the client closes before it.
    """
    request = b""
    while not request.endswith(b"body"):
        chunk = connection.recv(65536)
        if not chunk:
            raise ConnectionResetError
        request += chunk


class Listener:
    """Answers so many requests in each connection, and then closes it without a word."""

    def __init__(self, path: Path, answers: int) -> None:
        self.path = str(path)
        self.connections = 0
        self._answers = answers
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(self.path)
        self._socket.listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            self.connections += 1
            with connection, contextlib.suppress(ConnectionError):
                for _ in range(self._answers):
                    read_request(connection)
                    connection.sendall(ANSWER)


@pytest.fixture
def way(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[SocketWay, Listener]:
    listener = Listener(tmp_path / "solver.sock", request.param)
    return SocketWay(listener.path), listener


@pytest.mark.parametrize(("way", "connections"), [(99, 1), (1, 5)], indirect=["way"])
def test_connection_is_reused_and_reopened_when_closed_by_the_solver(
    way: tuple[SocketWay, Listener], connections: int
) -> None:
    socket_way, listener = way

    assert [socket_way.post("/", b"body", {}, 60.0) for _ in range(5)] == [(200, b"ok")] * 5
    assert listener.connections == connections


@pytest.mark.parametrize("way", [0], indirect=True)
def test_closed_new_connection_is_not_retried(way: tuple[SocketWay, Listener]) -> None:
    socket_way, listener = way

    with pytest.raises(ConnectionError):
        socket_way.post("/", b"body", {}, 60.0)
    assert listener.connections == 1


def test_silent_solver_times_out(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "solver.sock"))
        silent.listen()
        with pytest.raises(TimeoutError):
            SocketWay(str(tmp_path / "solver.sock")).post("/", b"body", {}, 0.2)


def serve(path: Path, head: bytes, drops: bytes = b"") -> SocketWay:
    """A listener that answers one request with `head`, and then with `drops` over and over, a byte now and then."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def run() -> None:
        connection, _ = listener.accept()
        with listener, connection:
            try:
                read_request(connection)
                connection.sendall(head)
                for drop in cycle(drops):
                    time.sleep(0.05)
                    connection.sendall(bytes((drop,)))
            except OSError:
                return

    threading.Thread(target=run, daemon=True).start()
    return SocketWay(str(path))


@pytest.mark.parametrize(
    ("head", "drops"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nX-Long: ", b"x"),
        (b"HTTP/1.1 ", b"2"),
    ],
)
def test_timeout_covers_the_whole_response(tmp_path: Path, head: bytes, drops: bytes) -> None:
    # Each byte comes in time, and there is no last one: a limit for each alone would never end this.
    way = serve(tmp_path / "solver.sock", head, drops)

    with pytest.raises(TimeoutError):
        way.post("/", b"body", {}, 0.3)


def test_endless_response_is_cut_off(tmp_path: Path) -> None:
    way = serve(tmp_path / "solver.sock", b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MOST_BYTES + 1))

    with pytest.raises(TooMuchError):
        way.post("/", b"body", {}, 60.0)


def test_truncated_response_is_an_error(tmp_path: Path) -> None:
    way = serve(tmp_path / "solver.sock", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")

    with pytest.raises(http.client.IncompleteRead):
        way.post("/", b"body", {}, 60.0)
