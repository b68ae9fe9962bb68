"""Bad input over the wire, to every endpoint: the right status, a message that helps, and never a traceback."""

import json
import socket
from dataclasses import dataclass

import httpx
import pytest

from tests import plain_http

JSON = {"Content-Type": "application/json"}
TASK = "/v1/tasks"
NOBODY = "00000000-0000-4000-8000-000000000000"
POSTED = (TASK, f"{TASK}/{NOBODY}/reply", "/v1/chat/completions")
GOT = ("/healthz", "/readyz", "/version", "/openapi.json", "/docs", "/v1/models", f"{TASK}/{NOBODY}")


@dataclass(frozen=True)
class Answer:
    """An HTTP response as its bytes were."""

    status: int
    head: str
    body: bytes


def send(server: str, request: bytes) -> Answer:
    """Send bytes as they are, and read until the server closes."""
    host, _, port = server.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=120) as connection:
        connection.sendall(request)
        answer = b""
        while chunk := connection.recv(65536):
            answer += chunk
    head, _, body = answer.partition(b"\r\n\r\n")
    return Answer(int(head.split()[1]), head.decode("latin-1"), body)


def get(path: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + path + b" HTTP/1.1", b"Host: test", b"Connection: close", *headers, b"", b""])


def check_refusal(response: httpx.Response, *statuses: int) -> None:
    """One of the statuses, and an error in JSON that says what is wrong."""
    assert response.status_code in statuses, response.text
    error = response.json()["error"]
    assert error["message"]
    assert error["code"]
    assert "Traceback" not in response.text
    assert response.headers["Content-Type"] == "application/json"
    assert len(response.headers["X-Request-ID"]) >= 8


@pytest.mark.parametrize("path", POSTED)
@pytest.mark.parametrize(
    ("content", "headers", "statuses"),
    [
        (b"question=hi", {"Content-Type": "application/x-www-form-urlencoded"}, (415,)),
        (b"{}", {}, (415,)),
        (b"{}", {"Content-Type": b"text/plain; charset=\xff"}, (415,)),
        (b"{}", {"Content-Type": "application/jsonx"}, (415,)),
        (b"", JSON, (400,)),
        (b"{", JSON, (400,)),
        (b'{"a": NaN}', JSON, (400,)),
        (b'{"question": "\xff\xfe"}', JSON, (400,)),
        (b"\x00", JSON, (400,)),
        (b'{"question": "a\\u0000b", "text": "a\\u0000b"}', JSON, (400,)),
        (b'"text"', JSON, (400,)),
        (b"[]", JSON, (400,)),
        (b"[" * 20_000 + b"]" * 20_000, JSON, (400,)),
        (b'{"question": ' * 3_000 + b"1" + b"}" * 3_000, JSON, (400,)),
        (b'{"question": ' + b"9" * 10_000 + b"}", JSON, (400,)),
        (b'{"question": "' + b"1" * 2_000_000 + b'"}', JSON, (413,)),
    ],
)  # fmt: skip
def test_bad_bodies(
    server: str, path: str, content: bytes, headers: dict[str, str | bytes], statuses: tuple[int, ...]
) -> None:
    check_refusal(plain_http.post(f"{server}{path}", content=content, headers=headers), *statuses)


@pytest.mark.parametrize(("path", "field"), [(TASK, "question"), (f"{TASK}/{NOBODY}/reply", "text")])
def test_unknown_fields_are_named(server: str, path: str, field: str) -> None:
    response = plain_http.post(f"{server}{path}", json={field: "1 + 1", "temperature": 1})

    check_refusal(response, 400)
    assert "temperature" in response.json()["error"]["message"]


@pytest.mark.parametrize("path", [*GOT, *POSTED])
def test_methods_that_are_not_there(server: str, path: str) -> None:
    other = ["POST"] if path in GOT else ["GET"] if path != TASK else []
    for method in ("PUT", "PATCH", "DELETE", *other, "TRACE", "NONSENSE"):
        response = plain_http.request(method, f"{server}{path}")
        check_refusal(response, 405)
        assert response.headers["Allow"]


@pytest.mark.parametrize("path", [b"/v1/tasks/%00", b"/v1/tasks/a%00b/events", b"/%00", b"/docs%00", b"/v1/models/%00"])
def test_null_in_a_path(server: str, path: bytes) -> None:
    answer = send(server, get(path))

    assert answer.status == 400
    assert json.loads(answer.body)["error"]["code"] == "bad_address"


@pytest.mark.parametrize("path", [b"/v1/tasks/%ff", b"/%c3%28", b"/v1/tasks/%ed%a0%80/events"])
def test_invalid_utf_8_in_a_path(server: str, path: bytes) -> None:
    answer = send(server, get(path))

    assert answer.status == 400
    assert json.loads(answer.body)["error"]["code"] == "bad_address"


@pytest.mark.parametrize("path", [b"/v1/tasks/\xff", b"/version?\xff=1", b"/version?a=\xfe"])
def test_an_address_that_http_does_not_know_is_refused_before_the_application(server: str, path: bytes) -> None:
    answer = send(server, get(path))

    assert answer.status == 400
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize("query", [b"a=%ff", b"%00=1", b"a=%00", b"a=%ed%a0%80", b"%ff=1"])
@pytest.mark.parametrize("path", GOT)
def test_bad_queries(server: str, path: str, query: bytes) -> None:
    answer = send(server, get(path.encode() + b"?" + query))

    assert answer.status == 400
    assert json.loads(answer.body)["error"]["code"] == "bad_address"


@pytest.mark.parametrize("query", [b"&&==%", b"a=%zz", b"?", b"a=%f0%9f%98%80", b"a=1;b=2"])
def test_odd_queries_that_are_text(server: str, query: bytes) -> None:
    assert send(server, get(b"/version?" + query)).status == 200


@pytest.mark.parametrize(
    "header",
    [
        b"Last-Event-ID: \xff",
        b"Last-Event-ID: -1",
        b"Last-Event-ID: \xd9\xa3",
        b"Last-Event-ID: 99999999999999999999",
        b"X-Request-ID: \xff\xff\xff\xff\xff\xff\xff\xff",
        b"X-Request-ID: " + b"a" * 5000,
        b"traceparent: \xff",
        b"traceparent: 00-00000000000000000000000000000000-0000000000000000-00",
        b"tracestate: \xff\xfe",
        b"Accept: \xff",
        b"Accept: */*;q=nonsense, ;;;,",
        b"Accept-Language: \xff",
        b"If-None-Match: \xff\"",
        b"If-Modified-Since: never",
        b"Range: bytes=nonsense",
        b"Cookie: session=\xff; ;=;",
        b"Authorization: Bearer \xff",
        b"Authorization: Basic \xff\xff",
        b"Host: \xff",
        b"Content-Length: -1",
        b"Content-Length: many",
        b"Transfer-Encoding: nonsense",
        b"Expect: the-unexpected",
        b"X-Null: a\x00b",
        b"No-Colon",
        b": nameless",
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", [f"{TASK}/{NOBODY}/events", "/", "/openapi.json", "/docs", "/version"])
def test_bad_headers(server: str, path: str, header: bytes) -> None:
    answer = send(server, get(path.encode(), header))

    assert answer.status < 500 or answer.status == 501
    assert b"Traceback" not in answer.body


@pytest.mark.parametrize(
    "request_line", [b"GET", b"GET / HTTP/9.9", b"\x16\x03\x01", b"GET http://[ HTTP/1.1", b"\xff"]
)
def test_malformed_requests_are_refused(server: str, request_line: bytes) -> None:
    answer = send(server, request_line + b"\r\nHost: test\r\nConnection: close\r\n\r\n")

    assert 400 <= answer.status < 506
    assert b"Traceback" not in answer.body


def test_overlong_request_line_is_refused(server: str) -> None:
    answer = send(server, get(b"/" + b"a" * 10_000))

    assert 400 <= answer.status < 500


def test_double_cancel_message_to_a_finished_task_and_an_event_that_is_not_there_yet(server: str) -> None:
    task = plain_http.post(f"{server}{TASK}", json={"question": "What is 2 + 2?"}).json()
    for _ in range(2):
        check_refusal(plain_http.post(f"{server}{TASK}/{task['id']}/cancel"), 409)
    check_refusal(plain_http.post(f"{server}{TASK}/{task['id']}/reply", json={"text": "more"}), 409)
    check_refusal(plain_http.get(f"{server}{TASK}/{task['id']}/events", headers={"Last-Event-ID": "999999"}), 404)
