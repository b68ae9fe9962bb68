"""What is done while an answer is sent comes from its request, as what was done before did."""

from collections.abc import Iterator

import pytest
from flask import Flask, Response

from app import create_app
from app.observe import origin
from app.settings import Settings

ID = {"X-Request-ID": "request-77"}


@pytest.fixture
def app() -> Flask:
    app = create_app(Settings())
    app.extensions["heard"] = []

    def chunks() -> Iterator[str]:
        try:
            yield f"{origin.request_id()}\n"
            yield f"{origin.request_id()}\n"
        finally:
            app.extensions["heard"].append(origin.request_id())

    # Below /docs nobody is asked who they are.
    app.add_url_rule("/docs/stream", view_func=lambda: Response(chunks(), mimetype="text/event-stream"))
    return app


def test_every_chunk_has_the_origin_of_its_request(app: Flask) -> None:
    response = app.test_client().get("/docs/stream", headers=ID, buffered=False)
    assert origin.current() is None
    chunks = response.iter_encoded()

    with origin.within(origin.of_headers("another-request", "", "")):
        assert [next(chunks), next(chunks)] == [b"request-77\n"] * 2
        assert origin.request_id() == "another-request"
    response.close()
    assert app.extensions["heard"] == ["request-77"]
    assert origin.current() is None


def test_abandoned_stream_ends_with_the_origin_of_its_request(app: Flask) -> None:
    response = app.test_client().get("/docs/stream", headers=ID, buffered=False)
    next(response.iter_encoded())

    response.close()
    assert app.extensions["heard"] == ["request-77"]
