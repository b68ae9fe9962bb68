"""The OpenAI-compatible interface as bytes: its forms, and what its conversations mean."""

import json
import threading
import uuid
from typing import Any

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.agents.desk import Desk
from app.agents.messages import Step
from app.store.tasks import Entry, Hold
from app.web.openai_answer import Cutter, Envelope, pieces, tokens
from app.web.openai_request import ChatRequest, earlier, is_question
from app.web.openai_stream import Stream
from tests.unit.app.chat.calls import QUESTION, USER, ask, sent
from tests.unit.app.fake_solver import FakeSolver, Reply, honest


def test_the_model_is_listed_and_found(client: FlaskClient) -> None:
    listed = client.get("/v1/models").json
    assert listed is not None
    assert [model["id"] for model in listed["data"]] == ["longshore-planner"]
    assert client.get("/v1/models/longshore-planner").json == listed["data"][0]

    missing = client.get("/v1/models/org/gpt-9")
    assert missing.status_code == 404
    assert missing.json == {
        "error": {
            "message": "The model 'org/gpt-9' does not exist; there is longshore-planner.",
            "type": "invalid_request_error",
            "param": "model",
            "code": "model_not_found",
        }
    }


def test_an_answer_comes_with_its_check_its_exchange_and_its_usage(client: FlaskClient) -> None:
    data = ask(client).json
    assert data is not None
    choice = data["choices"][0]
    assert choice["finish_reason"] == "stop"
    assert choice["message"]["role"] == "assistant"
    assert choice["message"]["content"] == "22.37 miles\n\nChecked by cross-multiplication and converting back."
    assert "solver: 15% of 240 km is 36 km\n" in choice["message"]["reasoning_content"]
    used = data["usage"]
    assert used == {"prompt_tokens": 10, "completion_tokens": 11, "total_tokens": 21}
    assert data["longshore"]["state"] == "completed"


def test_chat_answer_states_its_assumptions(client: FlaskClient) -> None:
    data = ask(client, {"role": "user", "content": "variance of 2, 4 and 9"}).json
    assert data is not None
    assert "\n\nNote: the numbers are taken as a sample" in data["choices"][0]["message"]["content"]


def test_question_that_is_not_understood_gets_an_answer(client: FlaskClient) -> None:
    data = ask(client, {"role": "user", "content": "Who won the cup?"}).json
    assert data is not None
    assert data["choices"][0]["message"]["content"].startswith("I did not understand")
    assert data["longshore"]["state"] == "rejected"


def test_a_stream_has_a_role_then_content_then_a_reason(client: FlaskClient) -> None:
    chunks = sent(ask(client, stream=True))

    assert len({chunk["id"] for chunk in chunks}) == 1
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert deltas[-1] == {}
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    told = [delta["content"] for delta in deltas[1:] if "content" in delta]
    assert len(told) > 1
    assert "".join(told) == "22.37 miles\n\nChecked by cross-multiplication and converting back."
    assert any("converting back" in delta.get("reasoning_content", "") for delta in deltas)
    assert "usage" not in chunks[0]


def test_usage_is_streamed_on_request(client: FlaskClient) -> None:
    chunks = sent(ask(client, stream=True, stream_options={"include_usage": True}))

    assert {chunk["usage"] for chunk in chunks[:-1]} == {None}
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"] == {"prompt_tokens": 10, "completion_tokens": 11, "total_tokens": 21}


@pytest.mark.parametrize(
    ("parameters", "content", "reason"),
    [
        ({"max_tokens": 1}, "22.37 ", "length"),
        ({"max_completion_tokens": 2, "max_tokens": 5}, "22.37 miles\n\n", "length"),
        ({"max_tokens": 500}, "22.37 miles\n\nChecked by cross-multiplication and converting back.", "stop"),
        ({"stop": "Checked"}, "22.37 miles\n\n", "stop"),
        ({"stop": ["nowhere", "cross"]}, "22.37 miles\n\nChecked by ", "stop"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_stop_words_end_the_answer(
    client: FlaskClient, stream: bool, parameters: dict[str, Any], content: str, reason: str
) -> None:
    response = ask(client, stream=stream, **parameters)
    if stream:
        chunks = sent(response)
        assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == content
        assert chunks[-1]["choices"][0]["finish_reason"] == reason
    else:
        assert response.json is not None
        assert response.json["choices"][0]["message"]["content"] == content
        assert response.json["choices"][0]["finish_reason"] == reason


def test_irrelevant_parameters_are_accepted(client: FlaskClient) -> None:
    response = ask(
        client, {"role": "developer", "content": "Be kind.", "name": "app"},
        {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
        {"role": "tool", "content": "4", "tool_call_id": "1"},
        {"role": "user", "content": [{"type": "text", "text": QUESTION}]},
        temperature=0.7, top_p=1, n=1, presence_penalty=0, frequency_penalty=0.0, logit_bias={}, seed=1, user="u",
        stop=None, tools=None, tool_choice="auto", parallel_tool_calls=True, response_format={"type": "text"},
        logprobs=False, metadata={"a": "b"}, store=False, service_tier="auto", reasoning_effort="low", stream=False,
        stream_options=None, top_k=40, chat_template_kwargs={"thinking": False}, modalities=["text"],
    )  # fmt: skip
    assert response.status_code == 200
    assert response.json is not None
    assert response.json["choices"][0]["message"]["content"].startswith("22.37 miles")


def test_unreachable_solver_is_an_error_before_and_within_a_stream(
    planner: FlaskClient, fake_solver: FakeSolver
) -> None:
    fake_solver.replies += [lambda _: (500, b"?")] * 2
    plain = ask(planner)
    assert plain.status_code == 502
    assert plain.json is not None
    assert plain.json["error"]["type"] == "server_error"

    streamed = ask(planner, stream=True).text.split("\n\n")
    assert streamed[-1] == ""
    assert json.loads(streamed[-2].removeprefix("data: "))["error"] == plain.json["error"]


def test_closing_a_stream_cancels_its_task(planner: FlaskClient, fake_solver: FakeSolver) -> None:
    left = threading.Event()

    def late(step: Step) -> Reply:
        left.wait(10)
        return honest(step)

    fake_solver.replies = [late]
    body = {"model": "longshore-planner", "messages": [USER], "stream": True}
    response = planner.post("/v1/chat/completions", json=body, buffered=False)
    first = str(next(response.iter_encoded()), "utf-8")
    response.close()
    left.set()

    task_id = str(uuid.UUID(json.loads(first.removeprefix("data: "))["id"].removeprefix("chatcmpl-")))
    planner.get(f"/v1/tasks/{task_id}/events")
    task = planner.get(f"/v1/tasks/{task_id}").json
    assert task is not None
    assert task["state"] == "canceled"


def test_task_restarted_by_another_replica_repeats_no_words(client: FlaskClient) -> None:
    """Words streamed before a replica ended are followed by what the other one says differently, or by nothing."""
    asked = ChatRequest("x", [], [], stream=True, with_usage=False, most_tokens=None, stops=[])
    desk: Desk = client.application.extensions["desks"]["planner"]
    owner = "someone"
    for first, final, expected in [
        ("It is ", "It is 4.", "It is 4."),
        ("It was ", "It is 4.", "It was \n\nIt is 4."),
    ]:
        record = desk.store.create("planner", owner, {"text": "x"}, title="x", hold=Hold("me", 60))
        answer = {"text": final}
        for kind, data, state in [
            ("status", {"state": "working"}, "working"),
            ("delta", {"text": first}, None),
            ("status", {"state": "working", "text": "Another replica goes on with this."}, "working"),
            ("delta", {"text": "It is 4."}, None),
            ("status", {"state": "completed"}, "completed"),
        ]:
            told = answer if state == "completed" else None
            number = desk.get(owner, record.id).last_event + 1
            desk.store.append(Entry(record.id, number, kind, data, state, told), "me")
        stream = Stream(desk, owner, record, asked, Envelope(record, None))
        chunks = [json.loads(line.removeprefix("data: ")) for line in stream.lines() if line.startswith("data: {")]
        assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == expected


def test_reply_to_a_clarifying_question_completes_the_task(client: FlaskClient) -> None:
    first = {"role": "user", "content": "What is 90 days after 01/02/2026?"}
    asked = ask(client, first).json
    assert asked is not None
    assert asked["longshore"]["state"] == "input-required"
    back = {"role": "assistant", "content": asked["choices"][0]["message"]["content"]}
    answered = ask(client, first, back, {"role": "user", "content": "1 February 2026"}).json
    assert answered is not None
    assert "2 May 2026" in answered["choices"][0]["message"]["content"]


def test_messages_answered_by_a_question_are_earlier_ones_of_the_task() -> None:
    talk = [
        ("user", "Hello"), ("assistant", "Hello. What is it?\n\nTell me."), ("user", "payment on a loan"),
        ("assistant", "At which rate?\n- 3%\n- 4%\n"), ("user", "4%"), ("assistant", "Over how many years?"),
    ]  # fmt: skip
    assert earlier(talk) == ["payment on a loan", "4%"]
    assert earlier(talk[:2]) == []
    assert earlier([("user", "a"), ("user", "b"), ("assistant", "Which?")]) == ["b"]
    assert earlier([]) == []
    assert not is_question("")
    assert is_question("Which day is 30 February? Please write it like 2026-03-31.")
    assert not is_question("I did not understand. I can do these:\n- units: “how many?”; “why?”\n- dates: “when?”")
    assert not is_question("- a\n- b?")


@given(st.text(alphabet="ab1,. \n", max_size=60), st.lists(st.text(alphabet="ab1", min_size=1, max_size=3), max_size=2),
       st.none() | st.integers(1, 9), st.data())  # fmt: skip
def test_stop_words_cut_streams_and_complete_answers_alike(
    text: str, stops: list[str], most: int | None, data: st.DataObject
) -> None:
    whole = Cutter(stops, most)
    expected = whole.feed(text, last=True)
    parts = Cutter(stops, most)
    got, rest = "", text
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        got += parts.feed(rest[:size])
        rest = rest[size:]
    got += parts.feed("", last=True)

    assert (got, parts.finish_reason) == (expected, whole.finish_reason)
    assert text.startswith(got)
    assert most is None or tokens(got) <= most
    assert not any(stop in got for stop in stops)


def test_of_stop_words_that_overlap_the_one_that_ends_first_counts() -> None:
    whole, parts = (Cutter(["1", "a11"], None) for _ in range(2))
    assert whole.feed("a11", last=True) == parts.feed("a1") + parts.feed("1", last=True) == "a"
    assert Cutter(["1", "a1"], None).feed("a1", last=True) == ""


@given(st.text(max_size=200))
def test_pieces_are_the_text(text: str) -> None:
    assert "".join(pieces(text)) == text
