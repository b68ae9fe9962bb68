"""A model that misbehaves in form or in meaning costs a task the model, never the answer."""

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.unit.app.model.asking import PLAN, WORDS, ask, said
from tests.unit.app.model_server import USAGE, ModelServer, Reply, fails, raw, says


def ends(finish: object) -> Reply:
    """A whole answer with a reason for its end."""
    choice = {"message": {"content": json.dumps(PLAN)}, "finish_reason": finish}
    return raw(json.dumps({"choices": [choice], "usage": USAGE}), "application/json")


def streams_to(finish: object) -> Reply:
    """The same in pieces."""
    chunk = {"choices": [{"delta": {"content": json.dumps(PLAN)}, "finish_reason": finish}]}
    return raw(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n")


@pytest.mark.parametrize("reply", [ends, streams_to])
@pytest.mark.parametrize("finish", [["stop"], {"a": 1}, 7, True])
def test_an_end_that_is_no_reason_is_nonsense(
    planner: FlaskClient, server: ModelServer, reply: Any, finish: object
) -> None:
    server.replies = [reply(finish)]
    task = ask(planner)

    assert task["state"] == "rejected"
    assert "The language model ended its answer for no reason that is one; I go on without it." in said(task, "note")


def test_a_moment_that_no_calendar_has_is_not_waited_for(planner: FlaskClient, server: ModelServer) -> None:
    never = "Mon, 01 Jan 99999999999999999999 00:00:00 GMT"
    server.replies = [fails(429, Retry_After=never), says(PLAN), says(WORDS)]

    assert ask(planner)["answer"] == WORDS


@pytest.mark.parametrize(
    "steps",
    [
        [{"tool": "encodings", "arguments": {"operation": "md4", "text": "x"}}],
        [
            {"tool": "texts", "arguments": {"operation": "uppercase", "text": "x", "find": "", "replacement": ""}},
            {"tool": "percentage", "arguments": {"kind": "of", "first": "$1", "second": "240 km"}},
        ],
    ],
)
def test_a_plan_with_a_senseless_step_is_not_carried_out(
    planner: FlaskClient, server: ModelServer, steps: list[dict[str, Any]]
) -> None:
    server.replies = [says({"kind": "steps", "steps": steps})]
    task = ask(planner)

    assert task["state"] == "rejected"
    assert "I did not understand this question" in task["answer"]
    said_of_it = "the language model planned a step that means nothing, so this was done without it"
    assert task["assumptions"] == [said_of_it]


def test_arguments_that_no_tool_puts_into_words_are_mended(planner: FlaskClient, server: ModelServer) -> None:
    arguments = {"operation": "shout", "text": "x", "find": "", "replacement": ""}
    wrong = {"kind": "steps", "steps": [{"tool": "texts", "arguments": arguments}]}
    server.replies = [says(wrong), says(PLAN), says(WORDS)]

    assert ask(planner)["answer"] == WORDS
    assert "these are no arguments for texts" in server.seen[1]["messages"][3]["content"]
