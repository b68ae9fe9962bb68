"""The list of one's own tasks: pages that follow one another, and what is wrong with a query."""

import pytest

from tests import plain_http
from tests.api.test_bad_input import check_refusal

TASKS = "/v1/tasks"


@pytest.fixture(scope="module")
def asked(server: str) -> list[str]:
    """Ids of tasks in one conversation, oldest first."""
    first = plain_http.post(f"{server}{TASKS}", json={"question": "1 + 1"}).json()
    again = {"conversation_id": first["conversation_id"]}
    more = [
        plain_http.post(f"{server}{TASKS}", json={"question": f"{n} + 1", **again}).json()["id"] for n in range(2, 6)
    ]
    return [first["id"], *more]


def test_pages_follow_one_another_newest_first(server: str, asked: list[str]) -> None:
    conversation = plain_http.get(f"{server}{TASKS}/{asked[0]}").json()["conversation_id"]
    query = {"conversation_id": conversation, "state": "completed", "limit": "2"}
    seen: list[str] = []
    cursor: str | None = ""
    pages = 0
    while cursor is not None:
        page = plain_http.get(f"{server}{TASKS}", params={**query, **({"cursor": cursor} if cursor else {})}).json()
        seen += [task["id"] for task in page["tasks"]]
        cursor, pages = page["next"], pages + 1

    assert (seen, pages) == (asked[::-1], 3)
    assert plain_http.get(f"{server}{TASKS}", params={**query, "state": "failed"}).json() == {"tasks": [], "next": None}
    newest = plain_http.get(f"{server}{TASKS}", params={"limit": "1"}).json()["tasks"][0]
    assert (newest["id"], newest["question"], newest["answer"]) == (asked[-1], "5 + 1", "6")
    assert newest["created"] <= newest["updated"]
    assert "transcript" not in newest


def test_a_whole_page_that_is_the_last_has_no_next(server: str, asked: list[str]) -> None:
    conversation = plain_http.get(f"{server}{TASKS}/{asked[0]}").json()["conversation_id"]
    page = plain_http.get(f"{server}{TASKS}", params={"conversation_id": conversation, "limit": str(len(asked))}).json()

    assert (len(page["tasks"]), page["next"]) == (len(asked), None)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("limit=0", "bad_limit"),
        ("limit=101", "bad_limit"),
        ("limit=-1", "bad_limit"),
        ("limit=", "bad_limit"),
        ("limit=%D9%A3", "bad_limit"),
        ("cursor=", "bad_cursor"),
        ("cursor=1.x", "bad_cursor"),
        ("cursor=1234567890123456789.00000000-0000-4000-8000-000000000000", "bad_cursor"),
        ("state=done", "bad_state"),
        ("conversation_id=", "bad_conversation"),
        (f"conversation_id={'a' * 101}", "bad_conversation"),
        ("order=oldest", "unknown_parameter"),
    ],
)
def test_invalid_query_parameter_is_named(server: str, query: str, code: str) -> None:
    response = plain_http.get(f"{server}{TASKS}?{query}")

    check_refusal(response, 400)
    assert response.json()["error"]["code"] == code
    assert response.json()["error"]["fix"].startswith("Send ")
