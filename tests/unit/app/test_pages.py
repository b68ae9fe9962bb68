import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.settings import Settings
from app.web import docs
from app.web.pages import SHOWN
from tests.unit.app.browser import ACCEPT, Browser, here
from tests.unit.app.conftest import UNLIMITED


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client.application)


def planner_of(path: Path, **settings: str) -> Flask:
    """A planner whose solver is nowhere."""
    return create_app(Settings(agent_role="planner", proxy_socket=str(path / "none.sock"), **settings, **UNLIMITED))


@pytest.mark.parametrize("accept", ["*/*", "text/plain", "", "application/json", "text/plain, text/html"])
def test_non_browser_gets_plain_text(client: FlaskClient, accept: str) -> None:
    response = client.get("/", headers={"Accept": accept})

    assert (response.status_code, response.text) == (200, "Hello World\n")
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.headers["Vary"] == "Accept"


def test_page_has_no_inline_script_or_style(browser: Browser) -> None:
    response = browser.get("/")

    assert response.content_type == "text/html; charset=utf-8"
    assert "Accept" in response.headers["Vary"]
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "<h1>Hello World</h1>" in response.text
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert not re.search(r"\son[a-z]+=", response.text)
    assert not re.search(r"<script[^>]*>[^<]", response.text)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]
    # Else browsers would not name the origin of its forms.
    assert response.headers["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("question", SHOWN)
def test_examples_on_the_first_page_are_answered(client: FlaskClient, question: str) -> None:
    task = client.post("/v1/tasks", json={"question": question}).json
    assert task is not None
    expected = "input-required" if question == "90 days after 01/02/2026" else "completed"
    assert task["state"] == expected, task["answer"]


def test_the_interface_for_programs_is_described_in_prose(browser: Browser) -> None:
    page = browser.get("/").text
    assert 'href="/docs"' in page

    assert "<code>X-Request-ID</code>" in browser.get("/docs").text
    assert "`" not in browser.get("/docs").text
    assert docs.prose("a `<b>`\n <i>") == "a <code>&lt;b&gt;</code> &lt;i&gt;"


def test_static_files_are_cacheable_and_have_integrity_digests(browser: Browser) -> None:
    page = browser.get("/")
    named = re.findall(r'<(?:link|script) [^>]*(?:href|src)="(/static/[^"]+)"(?: integrity="([^"]+)")?', page.text)

    assert len(named) == 3
    for address, integrity in named:
        file = browser.get(address)
        assert file.headers["Cache-Control"] == "public, max-age=86400"
        assert integrity.startswith("sha384-") or address.startswith("/static/icon.svg")


def test_question_leads_to_the_answer_and_the_exchange(browser: Browser) -> None:
    response = browser.post("/", question="What is 15% of 240 km in miles?", follow=False)
    assert response.status_code == 303
    assert re.fullmatch(r"/conversations/[0-9a-f-]{36}#task-[0-9a-f-]{36}", response.location)

    page = browser.get(response.location)

    assert page.status_code == 200
    for text in ("22.37 miles", "Rounded", "Please work out 15% of 240 km.", "Checked by converting back"):
        assert text in page.text
    assert "EventSource" not in page.text
    assert "data-events" not in page.text


def test_assumptions_and_refusals_are_shown(browser: Browser) -> None:
    assert "a gallon is taken as the US customary one" in browser.ask("10 gallons in litres").text
    assert "This has no answer: a division by zero has no result." in browser.ask("1/0").text


@pytest.mark.parametrize(
    ("question", "status", "message"),
    [
        ("", 400, "The field question is empty. Send some text."),
        ("1\0", 400, "The field question holds characters that are not text. Remove them."),
        ("1" * 60_001, 400, "The field question has 60,001 characters. Send at most 60,000."),
        ("é" * 140_000, 413, "The question is too long. Send a shorter one."),
    ],
)
def test_invalid_question_is_refused_on_the_page(browser: Browser, question: str, status: int, message: str) -> None:
    first = browser.ask(question)
    browser.ask("1 + 1")
    later = browser.post(here(browser.ask("1 + 1")), question=question)

    for response in (first, later):
        assert (response.status_code, message in response.text) == (status, True)
        assert 'aria-invalid="true" aria-describedby="error"' in response.text


def test_refused_question_stays_in_the_field(browser: Browser) -> None:
    assert "<textarea" in (page := browser.ask("\n " + "1" * 60_001).text)
    assert ">\n\n 1111" in page


def test_page_reports_an_unreachable_solver(tmp_path: Path, database_url: str) -> None:
    response = Browser(planner_of(tmp_path, database_url=database_url)).ask("1 + 1")

    assert response.status_code == 200
    assert "This did not work" in response.text
    assert "The solver cannot be reached" in response.text or "No solver" in response.text
    assert "Ask again" in response.text


def test_page_reports_an_unreachable_database_and_keeps_the_question(tmp_path: Path) -> None:
    app = planner_of(tmp_path, database_url=f"sqlite:///{tmp_path}/missing/agents.db")
    client = app.test_client()

    for response in (
        client.get("/", headers={"Accept": ACCEPT}),
        client.post("/", data={"question": "1 + 41"}, headers={"Accept": ACCEPT}),
        client.get("/conversations", headers={"Accept": ACCEPT}),
    ):
        assert response.status_code in {200, 503}
        assert response.mimetype == "text/html"
        assert "Conversations cannot be read" in response.text
        assert "Traceback" not in response.text


def test_page_of_a_solver_has_no_question_form(tmp_path: Path, database_url: str) -> None:
    client = create_app(Settings(agent_role="solver", database_url=database_url, **UNLIMITED)).test_client()
    page = client.get("/", headers={"Accept": ACCEPT})

    assert "<textarea" not in page.text
    assert client.post("/", data={"question": "1 + 1"}, headers={"Accept": ACCEPT}).status_code == 405
    assert client.get("/conversations", headers={"Accept": ACCEPT}).status_code == 404


def test_not_found_is_html_for_browsers_and_json_for_programs(browser: Browser) -> None:
    page = browser.get("/nowhere")
    assert (page.status_code, page.mimetype) == (404, "text/html")
    assert "<h1>There is no such page.</h1>" in page.text

    answer = browser.client.get("/nowhere", headers={"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (404, "not_found")


def test_theme_is_remembered(browser: Browser) -> None:
    assert '<html lang="en" data-theme="system">' in browser.get("/").text

    response = browser.post("/theme", theme="dark", back="/conversations", follow=False)

    assert (response.status_code, response.location) == (303, "/conversations")
    assert "HttpOnly" in response.headers["Set-Cookie"]
    assert '<html lang="en" data-theme="dark">' in browser.get("/").text
    assert browser.post("/theme", theme="pink").status_code == 400


@pytest.mark.parametrize("back", ["//example.com", "https://example.com", "/\\example.com", "/conversations/../x", ""])
def test_theme_redirect_stays_on_this_site(browser: Browser, back: str) -> None:
    assert browser.post("/theme", theme="dark", back=back, follow=False).location == "/"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://other.localhost"},
    ],
)
@pytest.mark.parametrize("action", ["", "/delete"])
def test_cross_site_form_is_refused(browser: Browser, headers: dict[str, str], action: str) -> None:
    conversation = here(browser.ask("1 + 1"))
    form = {"question": "2 + 2"}

    response = browser.client.post(conversation + action, data=form, headers={"Accept": ACCEPT, **headers})

    assert (response.status_code, response.mimetype) == (403, "text/html")
    page = browser.get(conversation)
    assert page.status_code == 200
    assert page.text.count("<article") == 1
