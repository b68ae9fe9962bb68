"""Does a probe distinguish ready from not ready, and say why?"""

from __future__ import annotations

import os
import socket
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from engine.longshore.host import probe
from engine.longshore.host.credentials import User, file_access_as
from engine.longshore.host.layout import Layout
from engine.longshore.host.probe import SocketProbe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPLICA = "planner-1-r1-aaaa"


@pytest.fixture
def layout() -> Iterator[Layout]:
    with tempfile.TemporaryDirectory(prefix="ls-") as directory:  # pytest's own paths are too long for a socket
        made = Layout(Path(directory))
        (made.sockets / REPLICA).mkdir(parents=True)
        yield made


@pytest.fixture
def answering(layout: Layout) -> Iterator[Callable[[bytes], None]]:
    """Listen, and send this answer once."""
    threads: list[threading.Thread] = []

    def listen(answer: bytes) -> None:
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(layout.socket(REPLICA)))
        server.listen()

        def serve() -> None:
            connection, _ = server.accept()
            connection.recv(4096)
            connection.sendall(answer)
            connection.close()
            server.close()

        threads.append(threading.Thread(target=serve))
        threads[-1].start()

    yield listen
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(
    ("answer", "ready", "detail"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", True, "status 200"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", True, "status 204"),
        (b"HTTP/1.0 503 Busy\r\n\r\n", False, "status 503"),
        (b"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", False, "status 302"),
        (b"SSH-2.0-OpenSSH\r\n", False, "an answer that is not HTTP"),
        (b"", False, "an empty answer"),
    ],
)
def test_only_a_2xx_status_is_ready(
    layout: Layout, answering: Callable[[bytes], None], answer: bytes, ready: bool, detail: str
) -> None:
    answering(answer)
    found = SocketProbe(layout, None).ask(REPLICA, "/readyz")
    assert (found.ready, found.detail) == (ready, detail)


def test_a_missing_socket_is_not_ready(layout: Layout) -> None:
    assert SocketProbe(layout, None).ask(REPLICA, "/").detail == "no socket yet"


def test_a_stale_socket_is_not_ready(layout: Layout) -> None:
    socket.socket(socket.AF_UNIX).bind(str(layout.socket(REPLICA)))
    assert SocketProbe(layout, None).ask(REPLICA, "/").detail == "nothing listens on the socket"


def test_a_silent_replica_is_not_ready(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "ANSWER_WITHIN", 0.2)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(layout.socket(REPLICA)))
        server.listen()
        assert SocketProbe(layout, None).ask(REPLICA, "/").detail == "no answer within 0.2 s"


def test_the_time_limit_covers_the_whole_answer(layout: Layout, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "ANSWER_WITHIN", 0.3)
    end = threading.Event()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(layout.socket(REPLICA)))
        server.listen()

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                for _ in range(100):  # a probe with a limit for each read would come to the end of this answer
                    if end.wait(0.05):
                        return
                    connection.sendall(b"H")

        thread = threading.Thread(target=drip)
        thread.start()
        found = SocketProbe(layout, None).ask(REPLICA, "/")
        end.set()
        thread.join()
    assert (found.ready, found.late, found.detail) == (False, True, "no answer within 0.3 s")


def test_file_access_as_oneself_needs_no_privilege() -> None:
    with file_access_as(User(os.getuid(), os.getgid())):
        assert Path("/").is_dir()
