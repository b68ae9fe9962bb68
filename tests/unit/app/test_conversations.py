import json
import re
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.settings import Settings
from tests.page import scripted
from tests.unit.app.browser import Browser, action, here
from tests.unit.app.conftest import UNLIMITED


@pytest.fixture(scope="module")
def app(database_url: str) -> Flask:
    """The planner plays the parts of tests/page/scripted.py."""
    return scripted.build(Settings(database_url=database_url, **UNLIMITED))


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def other(app: Flask) -> Browser:
    """Somebody else's browser."""
    return Browser(app)


@pytest.fixture
def endless(browser: Browser) -> Iterator[str]:
    """The path of a conversation whose task goes on until it is canceled."""
    location = browser.post("/", question="endless", follow=False).location.partition("#")[0]
    yield location
    page = browser.get(location, Prefer="respond-async")
    if "/cancel" in page.text:
        browser.post(action(page, "cancel"))


def test_page_of_a_running_task_names_its_event_stream(browser: Browser, endless: str) -> None:
    # The task has no end: the page does not wait for one.
    page = browser.get(endless, Prefer="respond-async")

    assert re.search(r'data-events="/v1/tasks/[0-9a-f-]{36}/events"', page.text)
    assert re.search(r'data-last="[0-9]+"', page.text)
    # And without a script: look again.
    assert "?wait=1#task-" in page.text


def test_page_shows_exactly_the_events_up_to_data_last(browser: Browser) -> None:
    """What happens between reading the task and its events is left to the stream, which begins there."""
    location = browser.post("/", question="slow", follow=False).location.partition("#")[0]
    while True:
        page = browser.get(location, Prefer="respond-async")
        last = int(re.search(r'data-last="([0-9]+)"', page.text)[1])
        # Two of them are `status`: submitted, working.
        assert page.text.count('data-kind="') - 1 == max(0, min(last - 2, 7))
        if "data-events" not in page.text:
            break
        time.sleep(0.05)
    assert "<math" in page.text


def test_cancel_is_idempotent(browser: Browser, endless: str) -> None:
    page = browser.get(endless, Prefer="respond-async")
    address = action(page, "cancel")

    assert "You stopped this." in browser.post(address).text
    assert "You stopped this." in browser.post(address).text


def test_clarifying_question_is_answered_by_choice_or_text(browser: Browser) -> None:
    for reply in ("US gallons", "the <b>others</b>"):
        page = browser.ask("ask back: 3 gallons")
        assert "Which gallon do you mean?" in page.text
        assert '<button name="text" value="imperial gallons">' in page.text

        page = browser.post(action(page, "reply"), text=reply)

        escaped = reply.replace("<", "&lt;").replace(">", "&gt;")
        assert f"In {escaped} it is 12." in page.text
        # The question is the person's, the reply is in the exchange.
        assert "</span>ask back: 3 gallons</h2>" in page.text
        assert f'<p class="words">{escaped}</p>' in page.text
        assert "a gallon is the US one" in page.text


def test_empty_reply_is_refused_next_to_its_field(browser: Browser) -> None:
    page = browser.ask("ask back")
    address = action(page, "reply")

    refused = browser.post(address, text=" ")

    assert refused.status_code == 400
    assert 'aria-describedby="reply-error"' in refused.text
    assert "The field text is empty." in refused.text


def test_reply_to_an_answered_question_shows_the_answer(browser: Browser) -> None:
    address = action(browser.ask("ask back"), "reply")
    browser.post(address, text="US gallons")

    page = browser.post(address, text="imperial gallons")

    assert page.status_code == 200
    assert "In US gallons it is 12." in page.text


def test_questions_of_one_conversation_stay_together(browser: Browser) -> None:
    path = here(browser.ask("disagree: first"))
    page = browser.post(path, question="broken: second")

    assert here(page) == path
    assert page.text.count("<article") == 2
    assert page.text.index("disagree: first</h2>") < page.text.index("broken: second</h2>")
    assert "Planner</strong> <span>disagrees" in page.text
    assert "This did not work" in page.text
    listed = browser.get("/conversations").text
    assert listed.count(">disagree: first") == 2


def test_model_answer_is_rendered_as_markdown_with_maths(browser: Browser) -> None:
    page = browser.ask("stream")

    assert "<h4>How it is done</h4>" in page.text
    assert "<strong>one third</strong>" in page.text
    assert "<td>Simpson</td>" in page.text
    assert page.text.count("<math") == 2


def test_page_names_the_model_and_marks_unchecked_answers(browser: Browser) -> None:
    page = browser.ask("talk")

    assert '<span class="unchecked">Not checked</span>' in page.text
    assert "<span>With a-model</span>" in page.text
    # Its words were not taken: what stands there instead is plain text.
    assert "<p>**plain** instead</p>" in page.text


def test_text_of_people_and_agents_is_escaped(browser: Browser) -> None:
    question = f"hostile: </textarea></title>\"'{scripted.HOSTILE}"
    page = browser.ask(question)
    path = here(page)
    for response in (page, browser.get("/conversations"), browser.get("/"), browser.post(path, question="1" * 60_001)):
        assert len(re.findall("<script", response.text)) == 1
        assert "<img" not in response.text
        assert not re.search(r"<[^>]*\son[a-z]+\s*=", re.sub(r'"[^"]*"', '""', response.text))
        assert 'href="javascript:' not in response.text
    assert "&lt;script&gt;window.bad" in page.text


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("disagree:\n  b", "disagree: b"),
        ("disagree:" + "x" * 71, "disagree:" + "x" * 71),
        ("disagree:" + "x" * 72, "disagree:" + "x" * 70 + "…"),
        ("disagree:" + "x" * 69 + " yy", "disagree:" + "x" * 69 + "…"),
    ],
)
def test_long_title_is_shortened_to_one_line(browser: Browser, question: str, title: str) -> None:
    browser.ask(question)

    assert f"<span>{title}</span>" in browser.get("/conversations").text


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_title_or_question_breaks_a_page(app: Flask, text: str) -> None:
    browser = Browser(app)
    page = browser.ask(f"broken:{text}")
    path = here(page)

    for response in (page, browser.get("/conversations")):
        assert response.status_code == 200
        assert len(re.findall("<script", response.text)) == 1
    for kind in ("md", "json"):
        download = browser.get(f"{path}/export.{kind}")
        assert download.status_code == 200
        assert re.fullmatch(
            r'attachment; filename="longshore[a-z0-9-]*\.(md|json)"', download.headers["Content-Disposition"]
        )


def test_conversations_of_others_are_not_found(browser: Browser, other: Browser) -> None:
    page = browser.ask("ask back")
    path, reply = here(page), action(page, "reply")
    fragment = reply.removesuffix("/reply")

    for response in (
        other.get(path),
        other.get(f"{path}/export.md"),
        other.get(fragment),
        other.post(path, question="1"),
        other.post(reply, text="1"),
        other.post(f"{fragment}/cancel"),
        other.post(f"{path}/delete"),
    ):
        assert (response.status_code, response.mimetype) == (404, "text/html")
        assert "There is no such conversation." in response.text
    assert path not in other.get("/").text
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize("name", ["nothing", "%01", "..%2f..", "a" * 300, "\u20ac"])
def test_unknown_conversation_is_404_as_html_or_json(browser: Browser, name: str) -> None:
    assert browser.get(f"/conversations/{name}").status_code == 404
    answer = browser.client.get(f"/conversations/{name}", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.get_json()["error"]["code"] in {"unknown_conversation", "not_found"}


def test_a_task_is_found_only_in_its_own_conversation(browser: Browser) -> None:
    one, two = here(browser.ask("broken: one")), browser.ask("ask back")
    task = action(two, "reply").rpartition("/tasks/")[2].removesuffix("/reply")

    assert browser.get(f"{here(two)}/tasks/{task}").status_code == 200
    assert browser.get(f"{one}/tasks/{task}").status_code == 404
    assert browser.post(f"{one}/tasks/{task}/reply", text="1").status_code == 404


def test_the_fragment_is_the_turn_and_nothing_else(browser: Browser) -> None:
    page = browser.ask("ask back")
    fragment = browser.get(action(page, "reply").removesuffix("/reply")).text

    assert fragment.strip().startswith("<article")
    assert fragment.strip() in page.text.replace("\r", "")


def test_conversation_with_a_running_task_can_be_deleted(browser: Browser, endless: str) -> None:
    page = browser.post(f"{endless}/delete")

    assert here(page) == "/conversations"
    assert endless not in page.text
    assert browser.get(endless).status_code == 404


def test_markdown_export_contains_what_the_page_shows(browser: Browser) -> None:
    path = here(browser.ask("slow: *a* <b>"))
    browser.post(path, question="ask back:\nsecond line")

    file = browser.get(f"{path}/export.md")

    assert file.content_type == "text/markdown; charset=utf-8"
    assert file.headers["Content-Disposition"] == 'attachment; filename="longshore-slow-a-b.md"'
    assert r"> slow: \*a\* \<b\>" in file.text
    assert "x = 1/2 or x = 1/3" in file.text
    assert "**Planner** (`calculus`: formula `x^1`, from `0`, to `1`): Please work out" in file.text
    assert "**Solver**: the integral of" in file.text
    assert "- Checked by Simpson's rule" in file.text
    assert "> ask back:\n> second line" in file.text
    assert "### A question back" in file.text


def test_json_export_contains_everything(browser: Browser) -> None:
    path = here(browser.ask("disagree"))

    content = json.loads(browser.get(f"{path}/export.json").data)

    assert content["title"] == "disagree"
    assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", content["created"])
    (task,) = content["tasks"]
    assert (task["state"], task["question"]) == ("failed", "disagree")
    assert [message["kind"] for message in task["transcript"]] == ["request", "result", "check"]


def test_unknown_export_format_is_404(browser: Browser) -> None:
    assert browser.get(f"{here(browser.ask('broken'))}/export.docx").status_code == 404


def test_new_visitor_sees_an_empty_list_of_conversations(browser: Browser) -> None:
    assert "There are none yet." in browser.get("/conversations").text


def test_exchange_of_the_real_agents_is_on_the_page(client: FlaskClient) -> None:
    browser = Browser(client.application)
    # The first of its kind starts a process.
    page = browser.get(f"{here(browser.ask('derivative of x^2'))}?wait=1")

    assert "<math" in page.text
    assert '<li class="solver"' in page.text
    assert "<dt>tool</dt><dd><code>calculus</code></dd>" in page.text
