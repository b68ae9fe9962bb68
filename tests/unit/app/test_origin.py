"""Ids of a request: taken from the caller, made where there are none, kept in threads and passed on."""

import re
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.observe.origin import Origin, carried, current, of_headers, of_work, outgoing_headers, within

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
GIVEN = f"00-{TRACE}-{SPAN}-01"
# The grammar of the recommendation, for version 00.
WRITTEN = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]")


def test_valid_origin_headers_are_kept() -> None:
    origin = of_headers("request-1", GIVEN, "vendor=value")

    assert origin == Origin("request-1", TRACE, SPAN, "01", "vendor=value")
    assert origin.traceparent == GIVEN


def test_missing_origin_headers_are_generated() -> None:
    first, second = of_headers("", "", ""), of_headers("", "", "")

    assert first != second
    assert len(first.request_id) == len(first.trace_id) == 32
    assert WRITTEN.fullmatch(first.traceparent)
    # Nobody recorded anything yet.
    assert (first.span_id, first.flags) == ("", "00")


@pytest.mark.parametrize(
    "traceparent",
    [
        "nonsense",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE}-{SPAN}-1",
        f"{GIVEN}\n",
    ],
)
def test_invalid_traceparent_starts_a_new_trace(traceparent: str) -> None:
    origin = of_headers("request-1", traceparent, "vendor=value")

    assert origin.request_id == "request-1"
    assert origin.trace_id != TRACE
    # Without its parent a state means nothing.
    assert origin.state == ""


def test_a_later_version_is_read_as_far_as_this_one_goes() -> None:
    assert of_headers("", f"cc-{TRACE}-{SPAN}-03-more", "").traceparent == GIVEN


def test_oversized_tracestate_is_dropped() -> None:
    assert of_headers("", GIVEN, "a=" + "b" * 600).state == ""


@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=80))
def test_origin_headers_never_raise(request_id: str, traceparent: str, tracestate: str) -> None:
    origin = of_headers(request_id, traceparent, tracestate)

    assert re.fullmatch(r"[0-9A-Za-z._-]{8,64}", origin.request_id)
    assert WRITTEN.fullmatch(origin.traceparent)


def test_worker_thread_keeps_the_origin_of_its_request() -> None:
    found: list[Origin | None] = []

    def work(request: dict[str, str]) -> None:
        with within(of_work(request)):
            found.append(current())
        found.append(current())

    origin = of_headers("request-1", GIVEN, "vendor=value")
    with within(origin):
        thread = threading.Thread(target=work, args=(carried(),))
        thread.start()
        thread.join()

    assert found == [origin, None]


def test_origin_is_forwarded_to_the_other_agent() -> None:
    with within(of_headers("request-1", GIVEN, "vendor=value")):
        assert outgoing_headers() == {
            "X-Request-ID": "request-1",
            "traceparent": GIVEN,
            "tracestate": "vendor=value",
        }
    assert outgoing_headers() == {}
