"""The longest questions that may be asked are answered, whatever their characters are and whoever writes them."""

import pytest
from flask.testing import FlaskClient

from app.web.tasks import LONGEST_QUESTION
from tests.unit.app.a2a.calls import result, said
from tests.unit.app.browser import Browser
from tests.unit.app.chat.calls import ask

ORDER = "reverse the text: "
MOST = LONGEST_QUESTION - len(ORDER)
# In UTF-8 they take one to four bytes, in JSON's escapes two to twelve, in a form three to twelve.
CHARACTERS = ['"', "é", "漢", "🙂"]


@pytest.mark.parametrize("character", CHARACTERS)
def test_a_question_is_answered_in_every_way_it_can_be_asked(client: FlaskClient, character: str) -> None:
    question, answer = ORDER + "a" + character * (MOST - 1), character * (MOST - 1) + "a"

    assert client.post("/v1/tasks", json={"question": question}).get_json()["answer"] == answer
    message = {"role": "user", "content": question}
    assert ask(client, message).get_json()["choices"][0]["message"]["content"].startswith(answer)
    task = result(client, "SendMessage", said(question))["task"]
    assert task["artifacts"][0]["parts"][0]["text"] == answer


@pytest.mark.parametrize("character", CHARACTERS)
def test_page_accepts_the_longest_question(client: FlaskClient, character: str) -> None:
    page = Browser(client.application).ask(ORDER + character * MOST)

    assert page.status_code == 200
    assert "Checked by" in page.text


def test_the_longest_answer_comes_back(client: FlaskClient) -> None:
    question = f"url encode: {'🙂' * (LONGEST_QUESTION - 12)}"

    assert client.post("/v1/tasks", json={"question": question}).get_json()["answer"].startswith("%F0%9F%99%82")
