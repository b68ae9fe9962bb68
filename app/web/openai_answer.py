"""A chat completion's answer: a task's answer as a message, whole or in pieces, in the form that chat clients read."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.errors import RequestError
from app.store.tasks import EventRecord, TaskRecord
from app.web.openai_request import MODEL, ChatRequest

# A word, a number with its separators, or a sign: what is counted as a token, and never cut in two.
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|\S")
# A chunk of a text that was there at once: a few words, so that it reads as it comes.
_PIECE = re.compile(r"(?:\S+\s*){1,6}|\s+")
_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


def error_object(status: int, code: str, message: str, param: str | None = None) -> dict[str, Any]:
    """An error as these clients read it."""
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "server_error")
    return {"message": message, "type": kind, "param": param, "code": code}


def settled(record: TaskRecord) -> TaskRecord:
    """The task, which rests and has an answer; raises RequestError where it has none."""
    if error := (record.answer or {}).get("error"):
        raise RequestError(error.get("status", 500), error["code"], error["message"])
    if not record.resting:
        raise RequestError(504, "timeout", "The task took longer than it may.")
    return record


def tokens(text: str) -> int:
    """How many words, numbers and signs a text has."""
    return sum(1 for _ in _TOKEN.finditer(text))


def pieces(text: str) -> list[str]:
    """A text in chunks of a few words; together they are the text."""
    return _PIECE.findall(text)


def content(record: TaskRecord, events: Iterable[EventRecord]) -> str:
    """A resting task's answer as a message to a person: the text, how it was checked, what was assumed."""
    answer = record.answer or {}
    if record.state == "canceled":
        return "This was canceled before it had an answer."
    text = str(answer.get("text") or "")
    if record.state == "input-required":
        return "\n".join([text, *(f"- {choice}" for choice in answer.get("choices", []))])
    remarks = []
    if record.state == "completed" and (methods := _methods(events)):
        remarks.append(f"Checked by {_listed(methods)}.")
    remarks += [f"Note: {assumption}." for assumption in answer.get("assumptions", [])]
    return "\n\n".join([text, *remarks])


def exchange(event: EventRecord) -> str:
    """What an event lets a reader see of the agents' exchange; empty for the answer itself and what is no message."""
    if event.kind != "message" or event.data.get("kind") in {"answer", "question"}:
        return ""
    return f"{event.data.get('agent', 'agent')}: {event.data.get('text', '')}\n"


def usage(asked: ChatRequest, written: str) -> dict[str, int]:
    """Words and signs read and written; a language model's own tokens are told apart, under `longshore`."""
    read = sum(tokens(text) for _, text in asked.before) + tokens(asked.text)
    made = tokens(written)
    return {"prompt_tokens": read, "completion_tokens": made, "total_tokens": read + made}


class Cutter:
    """Lets an answer through up to a stop word of the client's, or to as many tokens as it wants."""

    def __init__(self, stops: list[str], most_tokens: int | None) -> None:
        self._stops = stops
        self._left = most_tokens
        self._held = ""
        self.finish_reason = "stop"
        self.done = False
        self.written = ""

    def feed(self, text: str, *, last: bool = False) -> str:
        """What of the text so far may be sent now; what may yet become a stop word or half a number waits."""
        if self.done:
            return ""
        self._held += text
        if not self._stops and self._left is None:
            return self._send(len(self._held))
        # The one that is whole first, as when words come one by one; of two that end together the longer.
        ends = ((at + len(stop), at) for stop in self._stops if (at := self._held.find(stop)) >= 0)
        _, found = min(ends, default=(0, None))
        ready = len(self._held) if last else self._safe()
        if found is not None:
            ready, self.done = found, True
        if self._left is not None:
            for match in _TOKEN.finditer(self._held, 0, ready):
                if not self._left:
                    ready, self.done, self.finish_reason = match.start(), True, "length"
                    break
                self._left -= 1
        return self._send(ready)

    def _safe(self) -> int:
        """Up to where no stop word may have begun, and the last token is whole."""
        longest = max(map(len, self._stops), default=1)
        end = len(self._held) - longest + 1
        space = max(self._held.rfind(" ", 0, max(end, 0)), self._held.rfind("\n", 0, max(end, 0)))
        return space + 1

    def _send(self, end: int) -> str:
        sent, self._held = self._held[:end], self._held[end:]
        self.written += sent
        return sent


class Envelope:
    """The objects around an answer; `fingerprint` says which release gave it."""

    def __init__(self, record: TaskRecord, fingerprint: str | None) -> None:
        self._task_id = record.id
        self._base = {
            "id": f"chatcmpl-{record.id.replace('-', '')}",
            "created": record.created // 1_000_000,
            "model": MODEL,
            "system_fingerprint": fingerprint,
        }

    def completion(
        self, record: TaskRecord, events: list[EventRecord], text: str, finish_reason: str, used: Mapping[str, int]
    ) -> dict[str, Any]:
        """The whole answer."""
        message = {"role": "assistant", "content": text, "refusal": None}
        if seen := "".join(map(exchange, events)):
            message["reasoning_content"] = seen
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish_reason}
        return {
            **self._base,
            "object": "chat.completion",
            "choices": [choice],
            "usage": dict(used),
            "longshore": self.about(record),
        }

    def chunk(self, delta: Mapping[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        """A piece of the answer."""
        choice = {"index": 0, "delta": dict(delta), "logprobs": None, "finish_reason": finish_reason}
        return {**self._base, "object": "chat.completion.chunk", "choices": [choice]}

    def usage_chunk(self, used: Mapping[str, int]) -> dict[str, Any]:
        """The last object of a stream whose client wants the usage."""
        return {**self._base, "object": "chat.completion.chunk", "choices": [], "usage": dict(used)}

    def about(self, record: TaskRecord) -> dict[str, Any]:
        """What this service alone knows: the task to ask about, its state, what a language model used for it."""
        answer = record.answer or {}
        known = {key: answer[key] for key in ("rounded", "assumptions", "usage") if key in answer}
        return {"task_id": record.id, "conversation_id": record.conversation_id, "state": record.state, **known}


def _methods(events: Iterable[EventRecord]) -> list[str]:
    data = [event.data.get("data") or {} for event in events if event.data.get("kind") == "check"]
    return list(dict.fromkeys(str(check["method"]) for check in data if check.get("agrees") and check.get("method")))


def _listed(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
