"""Questions with known answers, asked of both agents over HTTP: one file for each tool, and one of what cannot be."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from flask.testing import FlaskClient

from app.tools import registry

FOLDER = Path(__file__).parent / "questions"


def known(name: str) -> list[Any]:
    cases: list[dict[str, str]] = yaml.safe_load((FOLDER / f"{name}.yaml").read_text())
    return [pytest.param(case, id=case["question"]) for case in cases]


ANSWERED = [case for path in sorted(FOLDER.glob("*.yaml")) if path.stem != "rejected" for case in known(path.stem)]


def ask(client: FlaskClient, question: str) -> dict[str, Any]:
    response = client.post("/v1/tasks", json={"question": question})
    assert response.status_code == 200, response.text
    task: dict[str, Any] = response.get_json()
    return task


@pytest.mark.parametrize("case", ANSWERED)
def test_known_answer_is_given_and_checked(client: FlaskClient, case: dict[str, str]) -> None:
    task = ask(client, case["question"])

    assert (task["state"], task["answer"]) == ("completed", case["answer"])
    assert task["assumptions"] == ([case["assumption"]] if "assumption" in case else [])
    checks = [message["data"] for message in task["transcript"] if message["kind"] == "check"]
    assert checks
    assert all(check["agrees"] and check["method"] for check in checks)


@pytest.mark.parametrize("case", known("rejected"))
def test_impossible_question_is_refused_with_the_reason(client: FlaskClient, case: dict[str, str]) -> None:
    task = ask(client, case["question"])

    assert task["state"] == "rejected"
    assert task["answer"].startswith(case["rejected"])


@pytest.mark.parametrize("tool", registry().values(), ids=lambda tool: tool.name)
def test_every_tool_answers_the_examples_it_gives_and_has_known_answers(client: FlaskClient, tool: Any) -> None:
    assert (FOLDER / f"{tool.name}.yaml").exists()
    for example in tool.examples:
        assert ask(client, example)["state"] == "completed", example


def test_a_refusal_lists_what_every_tool_can_do(client: FlaskClient) -> None:
    answer = ask(client, "Sing me a song")["answer"]

    for tool in registry().values():
        assert f"- {tool.summary}: “{tool.examples[0]}”" in answer


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
