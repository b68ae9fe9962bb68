"""Beside a page stand the titles of conversations, for those alone who may read them."""

from collections.abc import Callable

from flask import Flask

from tests.unit.app.access.people import BROWSER, TEXT, bearer, browser

NONE = "What you ask is kept here."


def test_key_with_the_chat_scope_sees_no_titles(closed: Flask, make_key: Callable[..., str]) -> None:
    key, client = make_key("chat"), browser(closed)
    chat = {"model": "longshore-planner", "messages": [{"role": "user", "content": TEXT}]}
    assert client.post("/v1/chat/completions", json=chat, headers=bearer(key)).status_code == 200

    for path, status in (("/conversations", 403), ("/nowhere", 404)):
        page = client.get(path, headers={**BROWSER, **bearer(key)})
        assert (page.status_code, page.mimetype) == (status, "text/html")
        assert TEXT not in page.text
        assert NONE in page.text


def test_key_with_the_tasks_scope_sees_titles_even_on_a_404_page(closed: Flask, make_key: Callable[..., str]) -> None:
    key, client = make_key("tasks"), browser(closed)
    client.post("/v1/tasks", json={"question": TEXT}, headers=bearer(key))

    assert TEXT in client.get("/nowhere", headers={**BROWSER, **bearer(key)}).text


def test_anonymous_conversations_are_hidden_when_keys_are_required(closed: Flask, opened: Flask) -> None:
    client, other = browser(opened), closed.test_client()
    client.post("/v1/tasks", json={"question": TEXT})
    other.environ_base["REMOTE_ADDR"] = client.environ_base["REMOTE_ADDR"]

    page = other.get("/nowhere", headers=BROWSER)
    assert (page.status_code, TEXT in page.text) == (404, False)


def test_refused_page_shows_no_titles(opened: Flask) -> None:
    client = browser(opened)
    client.get("/", headers=BROWSER)
    client.post("/", data={"question": TEXT}, headers={**BROWSER, "Origin": "http://localhost"})
    assert TEXT in client.get("/", headers=BROWSER).text

    refused = client.post("/", data={"question": "1"}, headers={**BROWSER, "Origin": "https://elsewhere.example"})
    assert (refused.status_code, TEXT in refused.text) == (403, False)
