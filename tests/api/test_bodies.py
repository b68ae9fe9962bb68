"""Bodies as HTTP sends them: in chunks, broken off, and so large that they are refused while they are still sent."""

import json

import pytest

from tests import plain_http
from tests.api.test_bad_input import send

PATHS = ("/v1/tasks", "/v1/chat/completions", "/agents/planner", "/agents/planner/message:send", "/agents/solver")
CHUNKED = "Transfer-Encoding: chunked"
LARGE = b"x" * 3_000_000
# Which of several requests on a connection loses its answer is chance.
TIMES = 5


def post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: test", "Connection: close", "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "A2A-Version: 1.0", "", ""]).encode() + body


def chunks(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


def test_a_body_in_chunks_is_read(server: str) -> None:
    answer = send(server, post("/v1/tasks", chunks(b'{"question": ', b'"1 + 1"}'), CHUNKED))

    assert answer.status == 200
    assert b'"answer":"2"' in answer.body


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("body", [b"zz\r\nabc\r\n", b"3\r\nabcXX0\r\n\r\n", b"-3\r\nabc\r\n0\r\n\r\n"])
def test_invalid_chunks_are_a_client_error(server: str, path: str, body: bytes) -> None:
    answer = send(server, post(path, body, CHUNKED))

    assert answer.status == 400
    assert json.loads(answer.body)["error"]["message"].startswith("The body is not sent as HTTP has it")


@pytest.mark.parametrize("path", ["/", "/sign-in", "/theme"])
def test_form_in_invalid_chunks_is_a_client_error(server: str, path: str) -> None:
    request = post(path, b"zz\r\nabc\r\n", CHUNKED).replace(b"application/json", b"application/x-www-form-urlencoded")

    assert send(server, request).status == 400


@pytest.mark.parametrize("path", PATHS)
def test_oversized_chunked_body_is_refused(server: str, path: str) -> None:
    # White space, which could be left off without harm, were it not said.
    answer = send(server, post(path, chunks(b"{}", *[b" " * 65_536] * 17), CHUNKED))

    assert answer.status == 413


@pytest.mark.parametrize("path", [*PATHS, "/v1/tasks/none/cancel", "/agents/nobody", "/nowhere"])
@pytest.mark.parametrize("version", ["1.0", "9"])
def test_refusal_during_an_upload_reaches_the_client(server: str, path: str, version: str) -> None:
    headers = {"Content-Type": "application/json", "A2A-Version": version}
    with plain_http.client(base_url=server, headers=headers, timeout=30) as client:
        for _ in range(TIMES):
            assert client.post(path, content=LARGE).json()["error"]["message"]
        assert client.get("/healthz").status_code == 200
