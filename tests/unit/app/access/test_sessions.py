"""Sessions of the page: begun by a visit or by a key, ended with it, of no use to another site."""

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask

from app.access.identify import COOKIE
from app.access.signing import Signer
from app.store import migrate
from app.store.database import Database
from tests.unit.app.access.people import BROWSER, QUESTION, bearer, browser, revoke


def test_each_visitor_has_their_own_session(opened: Flask) -> None:
    one, other = opened.test_client(), opened.test_client()
    page = one.get("/", headers=BROWSER)
    other.get("/", headers=BROWSER)
    cookie = page.headers["Set-Cookie"]

    assert cookie.startswith(f"{COOKIE}=")
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert (
        "Secure" in opened.test_client().get("/", headers=BROWSER, base_url="https://localhost").headers["Set-Cookie"]
    )
    task = one.post("/v1/tasks", json=QUESTION).get_json()
    assert one.get(f"/v1/tasks/{task['id']}").status_code == 200
    assert other.get(f"/v1/tasks/{task['id']}").status_code == 404
    assert opened.test_client().get(f"/v1/tasks/{task['id']}").status_code == 404


def test_question_without_a_visit_starts_a_session(opened: Flask) -> None:
    person, program, other = (opened.test_client() for _ in range(3))
    asked = person.post("/", data={"question": "What is 2 + 3?"}, headers=BROWSER)
    assert asked.headers["Set-Cookie"].startswith(f"{COOKIE}=")
    assert person.get(asked.location, headers=BROWSER).status_code == 200
    assert person.get("/v1/tasks").get_json()["tasks"][0]["question"] == "What is 2 + 3?"
    assert other.get(asked.location, headers=BROWSER).status_code == 404

    # Who keeps no cookie finds at the address what was asked from there.
    sent = program.post("/", data={"question": "What is 3 + 4?"})
    assert "Set-Cookie" not in sent.headers
    assert other.get(sent.location).status_code == 200
    assert person.get(sent.location).status_code == 404


def test_forged_session_is_ignored(opened: Flask, url: str, tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path}/agents.db"
    migrate.ensure(elsewhere)
    session = "a-session"
    forged = [
        Signer(Database(elsewhere)).session(session),
        Signer(Database(url)).peer(session),
        session,
        f"{session}.AAAA.BBBB",
        "",
    ]
    client = opened.test_client()
    for cookie in forged:
        client.set_cookie(COOKIE, cookie)
        client.post("/v1/tasks", json=QUESTION)
    listed = opened.test_client().get("/agents/planner/tasks", headers={"A2A-Version": "1.0"}).get_json()
    assert listed["totalSize"] >= len(forged), "they were the address's"


def test_replicas_share_the_secret_without_being_told(url: str) -> None:
    token = Signer(Database(url)).session("s-1")

    assert Signer(Database(url)).read_session(token) == ("s-1", False)


def test_key_is_entered_once_per_session(closed: Flask, make_key: Callable[..., str]) -> None:
    key, client = make_key(), browser(closed)
    asked = client.get("/conversations/x?a=1", headers=BROWSER)
    assert (asked.status_code, asked.location) == (303, "/sign-in?next=/conversations/x?a%3D1")
    assert 'name="next" value="/conversations/x?a=1"' in client.get(asked.location, headers=BROWSER).text

    entered = client.post("/sign-in", data={"key": f" {key} ", "next": "/"})
    assert (entered.status_code, entered.location) == (303, "/")
    assert key not in entered.headers["Set-Cookie"]
    assert client.get("/", headers=BROWSER).status_code == 200
    task = client.post("/v1/tasks", json=QUESTION).get_json()
    by_key = closed.test_client().get(f"/v1/tasks/{task['id']}", headers=bearer(key))
    assert by_key.status_code == 200, "a session acts for its key"

    left = client.post("/sign-out")
    assert left.status_code == 303
    assert client.get("/", headers=BROWSER).status_code == 303


def test_a_session_ends_with_its_key(closed: Flask, make_key: Callable[..., str]) -> None:
    key, client = make_key(), browser(closed)
    client.post("/sign-in", data={"key": key})
    assert client.get("/", headers=BROWSER).status_code == 200

    revoke(closed, key)
    assert client.get("/", headers=BROWSER).status_code == 303
    refused = client.post("/v1/tasks", json=QUESTION)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "key_revoked")


def test_wrong_key_is_reported_and_attempts_are_limited_to_ten(closed: Flask) -> None:
    client = browser(closed)
    wrong = client.post("/sign-in", data={"key": "lsk_no"})

    assert wrong.status_code == 403
    assert "This is not an API key of this service." in wrong.text
    assert 'role="alert"' in wrong.text
    for _ in range(9):
        assert client.post("/sign-in", data={"key": "no"}).status_code == 403
    last = client.post("/sign-in", data={"key": "no"})
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) in range(1, 7)
    assert browser(closed).post("/sign-in", data={"key": "no"}).status_code == 403, "another address is not meant"


@pytest.mark.parametrize(
    "target",
    ["//a.example", "https://a.example", "/\\a.example", "\\\\a.example", "/\t/a.example", "", "x", "/\r\nA: b"],
)
def test_sign_in_redirect_stays_on_this_site(closed: Flask, make_key: Callable[..., str], target: str) -> None:
    key, client = make_key(), browser(closed)

    assert 'name="next" value="/"' in client.get("/sign-in", query_string={"next": target}).text
    assert client.post("/sign-in", data={"key": key, "next": target}).location == "/"


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        ({"Origin": "http://localhost"}, True),
        ({}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "http://localhost.evil.example"}, False),
    ],
)
def test_other_sites_cannot_use_the_session(
    closed: Flask, make_key: Callable[..., str], headers: dict[str, str], allowed: bool
) -> None:
    client = browser(closed)
    client.post("/sign-in", data={"key": make_key()})

    for path, body in (("/v1/tasks", QUESTION), ("/sign-out", None)):
        response = client.post(path, json=body, headers=headers)
        assert (response.status_code != 403) == allowed
    signed_in = browser(closed).post("/sign-in", data={"key": make_key()}, headers=headers)
    assert (signed_in.status_code == 303) == allowed
