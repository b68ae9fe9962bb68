"""Questions with known answers, asked of both agents: a file for each tool, and more by what they try.

Files whose names begin with `rejected` and `unclear` hold what has no answer and what is asked back.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from app.agents import planner, solver
from app.agents.messages import Task
from app.tools import registry

FOLDER = Path(__file__).parent / "questions"


def known(name: str) -> list[Any]:
    # The loader in C: every process that collects reads all of it.
    cases: list[dict[str, Any]] = yaml.load((FOLDER / f"{name}.yaml").read_text(), yaml.CSafeLoader)
    return [pytest.param(case, id=case["question"]) for case in cases]


ANSWERED = [
    case
    for path in sorted(FOLDER.glob("*.yaml"))
    if not path.stem.startswith(("rejected", "unclear"))
    for case in known(path.stem)
]
REJECTED, UNCLEAR = (
    [case for path in sorted(FOLDER.glob(f"{kind}*.yaml")) for case in known(path.stem)]
    for kind in ("rejected", "unclear")
)


def ask_agents(question: str, earlier: Sequence[str] = ()) -> Task:
    return planner.answer(question, solver.solve, earlier=earlier)


def ask(client: FlaskClient, question: str) -> dict[str, Any]:
    response = client.post("/v1/tasks", json={"question": question})
    assert response.status_code == 200, response.text
    task: dict[str, Any] = response.get_json()
    return task


@pytest.mark.parametrize("case", ANSWERED)
def test_known_answer_is_given_and_checked(case: dict[str, Any]) -> None:
    task = ask_agents(case["question"])

    assert (task.state, task.answer) == ("completed", "\n".join(texts(case["answer"])))
    assert task.assumptions == texts(case.get("assumption", []))
    checks = [message.data for message in task.transcript if message.kind == "check" and message.data]
    assert checks
    assert all(check["agrees"] and check["method"] for check in checks)


@pytest.mark.parametrize("case", REJECTED)
def test_impossible_question_is_refused_with_the_reason(case: dict[str, str]) -> None:
    task = ask_agents(case["question"])

    assert task.state == "rejected"
    assert task.answer.startswith(case["rejected"])


@pytest.mark.parametrize("case", UNCLEAR)
def test_unclear_question_is_asked_back_and_the_reply_understood(case: dict[str, Any]) -> None:
    back = ask_agents(case["question"])
    assert (back.state, back.answer, back.choices) == ("input-required", case["back"], texts(case.get("choices", [])))
    assert back.json()["text"] == case["back"]

    earlier = [case["question"]]
    for reply in texts(case["reply"]):
        task = ask_agents(reply, earlier)
        earlier.append(reply)
    assert (task.state, task.answer) == ("completed", case["answer"])


def texts(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.parametrize("tool", registry().values(), ids=lambda tool: tool.name)
def test_every_tool_answers_the_examples_it_gives_and_has_known_answers(client: FlaskClient, tool: Any) -> None:
    assert (FOLDER / f"{tool.name}.yaml").exists()
    assert ask(client, tool.examples[0])["state"] == "completed"
    for example in tool.examples:
        task = ask_agents(example)
        assert task.state == "completed", example
        assert tool.name in {message.data["tool"] for message in task.transcript if message.kind == "request"}


def test_a_refusal_lists_what_every_tool_can_do(client: FlaskClient) -> None:
    answer = ask(client, "Sing me a song")["answer"]

    for tool in registry().values():
        assert f"- {tool.summary}: “{tool.examples[0].splitlines()[0]}" in answer


def test_the_transcript_is_the_exchange_of_the_two_agents(client: FlaskClient) -> None:
    transcript = ask(client, "What is 15% of 240 km in miles?")["transcript"]

    assert [(message["agent"], message["kind"]) for message in transcript] == [
        ("planner", "plan"),
        ("planner", "request"),
        ("solver", "result"),
        ("planner", "check"),
        ("planner", "request"),
        ("solver", "result"),
        ("planner", "request"),
        ("solver", "result"),
        ("planner", "check"),
        ("planner", "answer"),
    ]
    assert transcript[1]["data"] == {
        "tool": "percentage",
        "arguments": {"kind": "of", "first": "15", "second": "240 km"},
    }
    assert transcript[5]["data"]["value"] == "31250/1397 mi"
    assert transcript[6]["text"] == "Please work out 22.37 miles in km."
