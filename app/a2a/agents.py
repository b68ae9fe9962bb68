"""The agents as the protocol presents them: what each can do, what it takes, and how a message becomes a task."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.a2a.faults import CONTENT_TYPE, ProtocolError, invalid
from app.agents import solving
from app.agents.desk import Desk
from app.agents.messages import Step
from app.store.tasks import Done
from app.tools import registry

# A pasted table fits.
LONGEST_QUESTION = 60_000
JSON = "application/json"
TEXT = "text/plain"
_STEP_SHAPE = 'an object {"tool": text, "arguments": {name: text}}'


@dataclass(frozen=True)
class Request:
    """What a message asks for: the text that names the task, and what else its work needs."""

    text: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reply:
    """An answer that takes no task."""

    text: str


# Raises ProtocolError for a message that the agent does not take.
Receive = Callable[[Mapping[str, Any]], Request | Reply]


@dataclass(frozen=True)
class Agent:
    """An agent: its desk, its words for a card, and how it reads a message (in version 1.0's form)."""

    name: str
    title: str
    description: str
    input_modes: tuple[str, ...]
    output_modes: tuple[str, ...]
    desk: Desk
    receive: Receive
    skills: Callable[[], list[dict[str, Any]]]
    # What becomes of a request that takes no time; None for any that does.
    at_once: Callable[[Mapping[str, Any]], Done | None] = lambda _: None


def planner(desk: Desk) -> Agent:
    """The planner, who talks with people."""
    return Agent(
        "planner",
        "Longshore planner",
        "Answers questions that need working out: takes them apart, has a solver do each step, and checks each result.",
        (TEXT,),
        (TEXT, JSON),
        desk,
        receive_question,
        _planner_skills,
    )


def solver(desk: Desk) -> Agent:
    """The solver, who does one typed step at a time for other agents."""
    return Agent(
        "solver",
        "Longshore solver",
        "Does one typed step with one of its tools, exactly, and shows its working.",
        (JSON, TEXT),
        (JSON, TEXT),
        desk,
        receive_step,
        _solver_skills,
        solving.at_once,
    )


def receive_question(message: Mapping[str, Any]) -> Request:
    """All text of a message, which is all that the planner reads."""
    for part in message["parts"]:
        if "text" not in part or not _is_text(part):
            raise ProtocolError(CONTENT_TYPE, "The planner reads text, and nothing else", "message.parts")
    text = "\n".join(part["text"] for part in message["parts"])
    if not text.strip():
        raise invalid("message.parts", "message.parts must hold some text")
    if len(text) > LONGEST_QUESTION:
        raise invalid("message.parts", f"message.parts must hold at most {LONGEST_QUESTION:,} characters of text")
    return Request(text)


def receive_step(message: Mapping[str, Any]) -> Request | Reply:
    """The step in a message: a data part, or the same as JSON in a text."""
    steps = [part for part in message["parts"] if "data" in part]
    texts = [part for part in message["parts"] if "text" in part]
    if len(steps) + len(texts) < len(message["parts"]) or any(part.get("mediaType", JSON) != JSON for part in steps):
        raise ProtocolError(CONTENT_TYPE, "The solver reads JSON data and text, and nothing else", "message.parts")
    if len(steps) > 1:
        raise invalid("message.parts", "message.parts must hold one step")
    data = steps[0]["data"] if steps else _written_step(texts)
    if data is None:
        return Reply(takes())
    step = _step(data)
    return Request(f"{step.tool}: {', '.join(step.arguments.values())}"[:LONGEST_QUESTION], {"step": step.json()})


def takes() -> str:
    """What the solver can be asked to do, for whoever asked otherwise."""
    tools = "\n".join(f"- {name}: {', '.join(tool.parameters)}" for name, tool in sorted(registry().items()))
    return f"I do one step at a time, given as data: {_STEP_SHAPE}. The tools and their arguments:\n{tools}"


def _written_step(texts: list[Mapping[str, Any]]) -> object:
    try:
        data: object = json.loads("\n".join(part["text"] for part in texts))
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) and "tool" in data else None


def _step(data: object) -> Step:
    fault = invalid("message.parts", f"A step is {_STEP_SHAPE}")
    if not isinstance(data, dict) or set(data) != {"tool", "arguments"}:
        raise fault
    tool, arguments = data["tool"], data["arguments"]
    if not isinstance(tool, str) or not isinstance(arguments, dict) or len(tool) > solving.LONGEST_NAME:
        raise fault
    for value in arguments.values():
        if not isinstance(value, str):
            raise fault
        if len(value) > solving.LONGEST_ARGUMENT:
            raise invalid("message.parts", f"An argument has at most {solving.LONGEST_ARGUMENT:,} characters")
    return Step(tool, arguments)


def _is_text(part: Mapping[str, Any]) -> bool:
    media_type = str(part.get("mediaType", TEXT)).partition(";")[0].strip().lower()
    return media_type in {TEXT, "text", "text/markdown", "text/csv"}


def _planner_skills() -> list[dict[str, Any]]:
    tools = registry().values()
    examples = [tool.examples[0] for tool in tools if tool.examples]
    return [
        {
            "id": "answer",
            "name": "Answer a question",
            "description": "Works a question out step by step, exactly, and checks the result by a second method.",
            "tags": ["mathematics", "units", "dates", "finance"],
            "examples": examples,
            "inputModes": [TEXT],
            "outputModes": [TEXT, JSON],
        }
    ]


def _solver_skills() -> list[dict[str, Any]]:
    return [
        {
            "id": name,
            "name": name.replace("_", " ").capitalize(),
            "description": tool.summary,
            "tags": ["tool", name],
            "examples": [
                json.dumps({"tool": name, "arguments": dict.fromkeys(tool.parameters, "…")}, ensure_ascii=False)
            ],
            "inputModes": [JSON],
            "outputModes": [JSON],
        }
        for name, tool in sorted(registry().items())
    ]
