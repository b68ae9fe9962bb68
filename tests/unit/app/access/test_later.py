"""Who is to come again later is told so on a page, and when."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask

from app import create_app
from app.settings import Settings
from tests.unit.app.access.people import BROWSER, TEXT, browser

LARGE = "1" * 800_000
HERE = {**BROWSER, "Origin": "http://localhost"}


def test_task_limit_is_shown_next_to_the_question(held: Callable[..., Flask]) -> None:
    client = browser(held(anonymous_tasks=1))
    conversation = client.post("/", data={"question": TEXT}, headers=HERE).location

    for path in ("/", urlsplit(conversation).path):
        response = client.post(path, data={"question": "2 + 2"}, headers=HERE)
        assert (response.status_code, response.headers["Retry-After"]) == (429, "5")
        assert ">\n2 + 2</textarea>" in response.text


@pytest.fixture
def down(tmp_path: Path) -> Flask:
    return create_app(Settings(database_url=f"sqlite:///{tmp_path}/none/agents.db", access="keys"))


def test_sign_in_page_reports_an_unreachable_database(down: Flask, make_key: Callable[..., str]) -> None:
    response = browser(down).post("/sign-in", data={"key": make_key(), "next": "/conversations"}, headers=HERE)

    assert (response.status_code, response.mimetype, response.headers["Retry-After"]) == (503, "text/html", "1")
    assert "The database cannot be asked now. Try again shortly." in response.text
    assert 'name="next" value="/conversations"' in response.text


def test_sign_in_page_reports_an_oversized_form(closed: Flask) -> None:
    response = browser(closed).post("/sign-in", data={"key": LARGE}, headers=HERE)

    assert (response.status_code, response.mimetype) == (413, "text/html")
    assert "The body is too large." in response.text


def test_programs_get_these_errors_as_json(closed: Flask, down: Flask, make_key: Callable[..., str]) -> None:
    large = browser(closed).post("/sign-in", data={"key": LARGE})
    late = browser(down).post("/sign-in", data={"key": make_key()})

    assert [(large.status_code, large.mimetype), (late.status_code, late.mimetype)] == [
        (413, "application/json"),
        (503, "application/json"),
    ]
