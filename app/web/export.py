"""A conversation as a file: Markdown for people, JSON for programs."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime

from app.store.tasks import ConversationRecord, TaskRecord
from app.web.tasks import present
from app.web.turns import Line, Turn

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#+|~$&])")

Write = Callable[[ConversationRecord, list[TaskRecord], list[Turn]], str]


def file_name(conversation: ConversationRecord, kind: str) -> str:
    """A name that every file system takes."""
    words = re.findall("[a-z0-9]+", conversation.title.lower())
    return f"{'-'.join(['longshore', *words])[:60].rstrip('-')}.{kind}"


def to_json(conversation: ConversationRecord, tasks: list[TaskRecord], turns: list[Turn]) -> str:  # noqa: ARG001
    """Everything that is known of it, in the words of `/v1/tasks`."""
    content = {
        "id": conversation.id,
        "title": conversation.title,
        "created": _moment(conversation.created),
        "updated": _moment(conversation.updated),
        "tasks": [
            {**present(record), "created": _moment(record.created), "updated": _moment(record.updated)}
            for record in tasks
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def to_markdown(conversation: ConversationRecord, tasks: list[TaskRecord], turns: list[Turn]) -> str:  # noqa: ARG001
    """What the page shows, in its order."""
    parts = [f"# {_plain(conversation.title) or 'Conversation'}", f"{_moment(conversation.created)}, Longshore"]
    for turn in turns:
        parts += ["## Question", _quoted(turn.question)]
        if turn.lines:
            parts.append("### How the agents came to it")
            parts.append("\n".join(f"{number}. {_said(line)}" for number, line in enumerate(turn.lines, 1)))
        parts += [f"### {turn.heading or 'Under way'}", *_answer(turn)]
    return "\n\n".join(parts) + "\n"


def _answer(turn: Turn) -> list[str]:
    text = turn.error or turn.answer_text
    # A model's answer is Markdown already.
    parts = [text if turn.markdown and not turn.error else _lines(text)] if text else []
    notes = [f"Checked by {_plain(method)}" for method in turn.methods]
    notes += ["Not checked"] if turn.unchecked else []
    notes += ["Rounded"] if turn.rounded else []
    notes += [f"With {_plain(turn.model)}"] if turn.model else []
    notes += [f"Assumed: {_plain(assumption)}" for assumption in turn.assumptions]
    notes += [f"Working: {_plain(step)}" for step in turn.working]
    return parts + (["\n".join(f"- {note}" for note in notes)] if notes else [])


def _said(line: Line) -> str:
    step = f" (`{line.tool}`: {', '.join(_argument(*pair) for pair in line.arguments)})" if line.tool else ""
    who = {"person": "You"}.get(line.speaker, line.speaker.capitalize())
    return f"**{who}**{step}: {_plain(' '.join(line.text.split()))}"


def _argument(name: str, value: str) -> str:
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", value)), default=0))
    return f"{_plain(name)} {fence}{' '.join(value.split())}{fence}"


def _quoted(text: str) -> str:
    return "\n".join(f"> {_plain(line)}" for line in text.split("\n"))


def _lines(text: str) -> str:
    """Plain text that stays as it is: every line of its own, lists as lists."""
    lines = (
        f"- {_plain(line[2:])}" if line.startswith("- ") else f"{_plain(line)}  "
        for line in text.split("\n")
    )  # fmt: skip
    return "\n".join(lines).rstrip()


def _plain(text: str) -> str:
    """Text without meaning to Markdown."""
    return _SPECIAL.sub(r"\\\1", text)


def _moment(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


KINDS: dict[str, tuple[str, Write]] = {
    "md": ("text/markdown", to_markdown),
    "json": ("application/json", to_json),
}
