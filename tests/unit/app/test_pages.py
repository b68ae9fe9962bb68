import re

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.settings import Settings

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("accept", ["*/*", "text/plain", "", "application/json", "text/plain, text/html"])
def test_a_program_is_greeted_in_plain_text(client: FlaskClient, accept: str) -> None:
    response = client.get("/", headers={"Accept": accept})

    assert (response.status_code, response.text) == (200, "Hello World\n")
    assert response.content_type == "text/plain; charset=utf-8"
    assert response.headers["Vary"] == "Accept"


def test_a_browser_gets_a_page_with_nothing_inline(client: FlaskClient) -> None:
    response = client.get("/", headers={"Accept": BROWSER})

    assert response.content_type == "text/html; charset=utf-8"
    assert response.headers["Vary"] == "Accept"
    assert "<h1>" in response.text
    assert "<style" not in response.text
    assert " style=" not in response.text
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "unsafe" not in response.headers["Content-Security-Policy"]


def test_the_process_says_that_it_lives_and_is_ready(client: FlaskClient) -> None:
    assert client.get("/healthz").get_json() == {"status": "alive"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.get_json()["roles"] == ["planner", "solver"]


def test_a_planner_is_ready_before_its_solver_is_there() -> None:
    client = create_app(Settings(agent_role="planner", proxy_socket="/nowhere.sock")).test_client()

    assert client.get("/readyz").status_code == 200


def test_version_names_the_release() -> None:
    settings = Settings(release="7", release_digest="sha256:ab", revision="c0ffee", service="planner", replica="p-1")

    assert create_app(settings).test_client().get("/version").get_json() == {
        "release": "7",
        "digest": "sha256:ab",
        "revision": "c0ffee",
        "service": "planner",
        "replica": "p-1",
    }


def ask(client: FlaskClient, question: str) -> TestResponse:
    return client.post("/", data={"question": question}, headers={"Accept": BROWSER})


def test_a_person_sees_the_answer_and_how_the_agents_came_to_it(client: FlaskClient) -> None:
    response = ask(client, "What is 15% of 240 km in miles?")

    assert response.status_code == 200
    for text in ("22.37 miles</output>", "rounded", "Please work out 15% of 240 km.", "Checked by converting back"):
        assert text in response.text


def test_assumptions_and_refusals_are_shown(client: FlaskClient) -> None:
    assert "a gallon is taken as the US customary one" in ask(client, "10 gallons in litres").text
    assert "This has no answer: a division by zero has no result." in ask(client, "1/0").text


def test_what_a_person_types_is_never_markup(client: FlaskClient) -> None:
    page = ask(client, '</textarea><script>alert("1")</script>').text

    assert "<script" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    ("question", "status", "message"),
    [
        ("", 400, "The field question is empty. Send some text."),
        ("1\0", 400, "The field question holds characters that are not text. Remove them."),
        ("1" * 4001, 413, "The field question has 4,001 characters. Send at most 4,000."),
        ("1" * 70_000, 413, "The question is too long. Send a shorter one."),
    ],
)
def test_bad_question_is_refused_on_the_page(client: FlaskClient, question: str, status: int, message: str) -> None:
    response = ask(client, question)

    assert (response.status_code, message in response.text) == (status, True)


def test_a_solver_that_is_down_is_said_on_the_page() -> None:
    client = create_app(Settings(agent_role="planner", proxy_socket="/nowhere.sock")).test_client()

    response = ask(client, "1 + 1")

    assert response.status_code == 503
    assert "The solver cannot be reached. Try again shortly." in response.text


def test_the_solver_s_page_asks_nothing() -> None:
    client = create_app(Settings(agent_role="solver")).test_client()

    assert "<form" not in client.get("/", headers={"Accept": BROWSER}).text
    assert ask(client, "1 + 1").status_code == 405


def test_page_is_small_and_its_files_may_be_kept(client: FlaskClient) -> None:
    page = ask(client, "What is 15% of 240 km in miles?")
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)

    files = [client.get(address) for address in addresses]

    assert len(files) == 2
    assert {file.headers["Cache-Control"] for file in files} == {"public, max-age=86400"}
    assert len(page.data) + sum(len(file.data) for file in files) < 30_000
