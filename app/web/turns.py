"""A task as a page shows it: the question, what the agents said to each other about it, and the answer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from markupsafe import Markup

from app.store.tasks import RESTING, EventRecord, TaskRecord
from app.web import render

_HEADINGS = {
    "completed": "Answer",
    "rejected": "No answer",
    "failed": "No answer to trust",
    "canceled": "Canceled",
    "input-required": "A question back",
}


@dataclass(frozen=True)
class Line:
    """Something that was said: by the planner, the solver, or the person who was asked back."""

    speaker: str
    kind: str
    text: str
    tool: str = ""
    arguments: tuple[tuple[str, str], ...] = ()
    agrees: bool | None = None

    @property
    def doing(self) -> str:
        """What saying it does, for a label."""
        if self.kind == "check" and self.agrees is False:
            return "disagrees"
        return {
            "plan": "plans",
            "request": "asks the solver",
            "result": "answers",
            "check": "checks",
            "question": "asks you",
            "reply": "reply",
        }.get(self.kind, "notes")


@dataclass(frozen=True)
class Turn:
    """One question and what became of it. `last_event` is the number up to which it is told here."""

    id: str
    conversation_id: str
    state: str
    question: str
    lines: list[Line]
    last_event: int
    heading: str = ""
    answer: Markup = field(default_factory=Markup)
    # The same for the clipboard, exports and screen readers.
    answer_text: str = ""
    error: str = ""
    rounded: bool = False
    assumptions: list[str] = field(default_factory=list)
    working: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)
    markdown: bool = False
    unchecked: bool = False
    # Which language model had a part in it.
    model: str = ""

    @property
    def live(self) -> bool:
        """The agents are still at it."""
        return self.state not in RESTING

    @property
    def methods(self) -> list[str]:
        """How the results were checked, each way once."""
        checks = [line.arguments for line in self.lines if line.kind == "check" and line.agrees]
        return list(dict.fromkeys(value for arguments in checks for name, value in arguments if name == "method"))


def turn(record: TaskRecord, events: Iterable[EventRecord]) -> Turn:
    """The turn of a task, from its events; what happened after the task was read is left for later."""
    told = [event for event in events if event.number <= record.last_event]
    said = [str(text) for text in (*record.request.get("earlier", ()), record.request.get("text", ""))]
    answer = record.answer or {}
    error = answer.get("error")
    streamed = "".join(str(event.data.get("text", "")) for event in told if event.kind == "delta")
    text = str(answer.get("text") or "") if record.resting else streamed
    # What a canceled task asked back is nobody's question any more.
    text = "" if record.state == "canceled" else text
    # Only a model writes word by word, and in Markdown; where its words were not good enough, the answer is another.
    markdown = bool(text) and text.strip() == streamed.strip()
    usage = answer.get("usage")
    return Turn(
        id=record.id,
        conversation_id=record.conversation_id,
        state=record.state,
        question=said[0],
        lines=_lines((event.data for event in told if event.kind == "message"), said[1:]),
        last_event=record.last_event,
        heading="This did not work" if error else _HEADINGS.get(record.state, ""),
        answer=render.from_markdown(text) if markdown else render.from_plain(text),
        answer_text=text,
        error=str(error.get("message", "")) if isinstance(error, Mapping) else "",
        rounded=bool(answer.get("rounded")),
        assumptions=_texts(answer.get("assumptions")),
        working=_texts(answer.get("working")),
        choices=_texts(answer.get("choices")) if record.state == "input-required" else [],
        markdown=markdown,
        unchecked=answer.get("checked") is False,
        model=str(usage.get("model", "")) if isinstance(usage, Mapping) else "",
    )


def _lines(messages: Iterable[Mapping[str, Any]], replies: list[str]) -> list[Line]:
    """What was said in order; each question to the person is followed by the reply to it."""
    lines: list[Line] = []
    left = list(replies)
    for message in messages:
        kind = str(message.get("kind", "note"))
        # The answer has its own place.
        if kind == "answer":
            continue
        lines.append(_line(kind, message))
        if kind == "question" and left:
            lines.append(Line("person", "reply", left.pop(0)))
    return lines + [Line("person", "reply", reply) for reply in left]


def _line(kind: str, message: Mapping[str, Any]) -> Line:
    data = message.get("data")
    data = data if isinstance(data, Mapping) else {}
    arguments = data.get("arguments") if kind == "request" else {"method": data.get("method", "")}
    pairs = arguments.items() if isinstance(arguments, Mapping) and kind in {"request", "check"} else ()
    return Line(
        speaker="solver" if message.get("agent") == "solver" else "planner",
        kind=kind,
        text=str(message.get("text", "")),
        tool=str(data.get("tool", "")) if kind == "request" else "",
        arguments=tuple((str(name), str(value)) for name, value in pairs if value != ""),
        agrees=bool(data.get("agrees")) if kind == "check" else None,
    )


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [line for line in value.splitlines() if line.strip()]
    return [str(part) for part in value] if isinstance(value, list) else []
