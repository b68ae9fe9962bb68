"""What a model may say, and what becomes of a task when it fails."""

import json

import pytest
from flask.testing import FlaskClient

from app.model import wire
from tests.unit.app.model.asking import PLAN, TASK, WORDS, ask, deltas, said
from tests.unit.app.model.conftest import Make
from tests.unit.app.model_server import (
    ModelServer,
    Reply,
    at_once,
    comments,
    cut,
    fails,
    hangs_up,
    raw,
    says,
    short,
    silent,
)

COMMENTS = comments()


def test_the_model_reads_and_words_and_the_tools_compute_and_check(planner: FlaskClient, server: ModelServer) -> None:
    server.replies = [says(PLAN), says(WORDS)]
    task = ask(planner)

    assert (task["state"], task["answer"], task["rounded"]) == ("completed", WORDS, True)
    assert said(task, "note") == ["The language model reads this as: 15% of 240 km in miles."]
    assert said(task, "check") == [
        "Checked by cross-multiplication: 36 km is right.",
        "Checked by converting back: 22.37 miles is right.",
    ]
    assert said(task, "answer") == [WORDS]
    assert deltas(planner, task) == WORDS
    assert task["assumptions"] == ["a language model read the task as: 15% of 240 km in miles"]
    assert task["usage"] == {
        "model": "tiny", "calls": 2, "prompt_tokens": 200, "completion_tokens": 40, "total_tokens": 240,
        "estimated": False, "cost": None,
    }  # fmt: skip
    plan, words = (json.loads(body["messages"][1]["content"]) for body in server.seen)
    assert plan == {"task": TASK}
    assert words["results"][0]["result"] == "22.37 miles"


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("That is 22.37 miles, so 23 if you are tired.", "wrote the number 23, which is in no result"),
        ("That is 2237 miles.", "wrote the number 2237, which is in no result"),
        ("That is -22.37 miles.", "wrote the number -22.37, which is in no result"),
        ("That is 22.37 miles, a million yards.", "wrote the number 1000000, which is in no result"),
        ("That is 22,37 miles, or ½ more.", "wrote the number ½, which is in no result"),
        ("That is quite far.", "left 22.37 miles out of its answer"),
        ("", "answered without any words"),
    ],
)
def test_words_with_a_number_that_nobody_computed_are_not_the_answer(
    planner: FlaskClient, server: ModelServer, words: str, reason: str
) -> None:
    server.replies = [says(PLAN), says(words)]
    task = ask(planner)

    if reason.startswith("answered"):
        reason = task["assumptions"][-1].removeprefix("the language model ").partition(", so")[0]
    assert (task["state"], task["answer"]) == ("completed", "22.37 miles")
    assert said(task, "note")[-1] == f"The language model {reason}; here is the plain answer."
    assert task["assumptions"][-1] == f"the language model {reason}, so the answer is in plain form"
    wrong = reason.removeprefix("wrote the number ").partition(",")[0]
    assert wrong not in deltas(planner, task)


@pytest.mark.parametrize(
    "reply", [silent, cut("That is about 22.37 miles"), fails(500), fails(429), hangs_up, raw("<p>", "text/html"),
              says("That is about 22.37 miles", finish="length")],
)  # fmt: skip
def test_answer_is_plain_when_the_model_fails_to_word_it(make: Make, server: ModelServer, reply: Reply) -> None:
    server.replies = [says(PLAN), reply, reply, reply]
    task = ask(make(llm_timeout_seconds=2 if reply is silent else 60))

    assert (task["state"], task["answer"]) == ("completed", "22.37 miles")
    assert task["assumptions"][-1].endswith(", so the answer is in plain form")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (silent, "did not answer in time"),
        (cut('{"kind": "ta'), "stopped in the middle of its answer"),
        (fails(500), "failed with status 500"),
        (fails(429), "is asked too often (429)"),
        (fails(401), "refused the key (401)"),
        (fails(302, Location="http://127.0.0.1:9/"), "refused the request (302)"),
        (hangs_up, "cannot be reached, or broke off"),
        (short('{"choices": [{"mess'), "cannot be reached, or broke off"),
        (COMMENTS, "did not answer in time"),
        (at_once(None, finish="tool_calls"), "called a tool that it does not have"),
        (at_once("x" * wire.MOST_BYTES), "answered without an end"),
        (raw("hello", "text/plain"), "answered with 'text/plain' instead of JSON"),
        (says("Sure! The answer is 42."), "made no plan that can be used"),
        (says({"kind": "cannot"}), "knows no way to do this either"),
    ],
)
def test_task_continues_without_a_failing_model(make: Make, server: ModelServer, reply: Reply, reason: str) -> None:
    planner = make(llm_timeout_seconds=2 if reply in {silent, COMMENTS} else 60)
    server.replies = [reply] * 3
    task = ask(planner)

    assert task["state"] == "rejected"
    assert task["answer"].startswith("I did not understand")
    assert said(task, "note") == [f"The language model {reason}; I go on without it."]
    assert task["assumptions"] == [f"the language model {reason}, so this was done without it"]
    # What the planner reads by itself is as it was.
    assert ask(planner, "2 + 2")["answer"] == "4"


def test_talk_is_marked_as_unchecked(planner: FlaskClient, server: ModelServer) -> None:
    server.replies = [says({"kind": "talk"}), says("<think>hm</think>Hello! I am good with numbers.")]
    task = ask(planner, "Good morning, who are you?")

    assert (task["state"], task["answer"]) == ("completed", "Hello! I am good with numbers.")
    assert task["checked"] is False
    assert task["assumptions"] == ["a language model wrote this, and nothing in it was checked"]
    assert deltas(planner, task) == "Hello! I am good with numbers."


def test_talk_without_an_end_is_no_answer(make: Make, server: ModelServer) -> None:
    server.replies = [says({"kind": "talk"}), at_once("blah " * 2000)]
    task = ask(make(llm_budget_tokens=100_000), "Tell me everything")

    assert task["state"] == "rejected"
    assert said(task, "note") == ["The language model did not come to an end; I go on without it."]


def test_exhausted_budget_ends_the_use_of_the_model(make: Make, server: ModelServer) -> None:
    task = ask(make(llm_budget_tokens=500))

    assert server.seen == []
    assert said(task, "note") == ["The language model may use no more than 500 tokens for a task; I go on without it."]
    assert "usage" not in task


def test_cost_is_counted_for_the_task_and_for_metrics(make: Make, server: ModelServer) -> None:
    client = make(llm_prompt_price=1.0, llm_completion_price=2.0, metrics="public")
    server.replies = [says(PLAN), says(WORDS)]

    assert ask(client)["usage"]["cost"] == pytest.approx(0.00028)
    figures = client.get("/metrics").text
    assert 'longshore_model_calls_total{model="tiny",outcome="answered"}' in figures
    assert 'longshore_model_tokens_total{kind="prompt",model="tiny"}' in figures


@pytest.mark.parametrize("stream", [False, True])
def test_a_chat_client_reads_the_models_words_as_they_come(
    planner: FlaskClient, server: ModelServer, stream: bool
) -> None:
    server.replies = [says(PLAN), says(WORDS)]
    before = [{"role": "user", "content": "I like cycling."}, {"role": "assistant", "content": "Good."}]
    body = {"model": "longshore-planner", "messages": [*before, {"role": "user", "content": TASK}], "stream": stream}
    response = planner.post("/v1/chat/completions", json=body)

    if stream:
        lines = [line.removeprefix("data: ") for line in response.text.split("\n\n") if line.startswith("data: {")]
        content = "".join(json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines)
    else:
        assert response.json is not None
        content = response.json["choices"][0]["message"]["content"]
        assert response.json["longshore"]["usage"]["total_tokens"] == 240
    assert content.startswith(f"{WORDS}\n\nChecked by cross-multiplication and converting back.")
    given = json.loads(server.seen[0]["messages"][1]["content"])
    assert given["conversation"][0] == {"role": "user", "text": "I like cycling."}


def test_words_that_were_streamed_and_not_kept_are_followed_by_what_stands(
    planner: FlaskClient, server: ModelServer
) -> None:
    server.replies = [says(PLAN), says("That is about 22.37 miles or 99 yards.")]
    messages = [{"role": "user", "content": TASK}]
    text = planner.post(
        "/v1/chat/completions", json={"model": "longshore-planner", "messages": messages, "stream": True}
    ).text
    lines = [line.removeprefix("data: ") for line in text.split("\n\n") if line.startswith("data: {")]
    content = "".join(json.loads(line)["choices"][0]["delta"].get("content", "") for line in lines)

    assert "99 yards" not in content
    assert "\n\n22.37 miles\n\nChecked by" in content
