import pytest
from flask.testing import FlaskClient

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
