"""A chat completion's request: what chat clients send, read into what a desk understands.

Clients send many parameters that cannot matter here (temperature, seed, tools to call if need be, names nobody has
heard of): they are let pass. What would have to be obeyed and cannot be (a tool that must be called, images, several
choices) is refused: half an obedience misleads.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.exceptions import RequestEntityTooLarge

from app.errors import RequestError
from app.web.requests import MOST_PARTS, clean_text, parsed

MODEL = "longshore-planner"
MOST_MESSAGES = 1_000
MOST_STOPS = 4
# Of one message other than the task: only read as context.
LONGEST_MESSAGE = 200_000
_ASKED_BACK_MOST = 10
_ASKS = re.compile(r"\?(?:\s|$)")
_ROLES = ("system", "developer", "user", "assistant", "tool", "function")


class ParameterError(RequestError):
    """A request refused for one of its parameters, by name."""

    def __init__(self, param: str | None, message: str, *, status: int = 400, code: str = "invalid_value") -> None:
        super().__init__(status, code, message)
        self.param = param


@dataclass(frozen=True)
class ChatRequest:
    """What is asked: the task, what it refers to, and how the answer is to be sent.

    earlier: the person's messages that led to a question back, which `text` answers; oldest first.
    before: the whole conversation before `text`, as (role, content).
    """

    text: str
    earlier: list[str]
    before: list[tuple[str, str]]
    stream: bool
    with_usage: bool
    most_tokens: int | None
    stops: list[str]


def read(longest_task: int) -> ChatRequest:
    """The request under way; raises RequestError."""
    data = _body()
    model = data.get("model")
    if not isinstance(model, str):
        raise ParameterError("model", "you must provide a model parameter", code="missing_required_parameter")
    if model != MODEL:
        raise unknown_model(model)
    _check_harmless(data)
    _check_impossible(data)
    messages = _messages(data.get("messages"))
    last = max((index for index, (role, _) in enumerate(messages) if role == "user"), default=None)
    if last is None:
        raise ParameterError("messages", "There is no message with the role user.")
    text = _task(messages[last][1], f"messages[{last}].content", longest_task)
    before = messages[:last]
    stream = data.get("stream") or False
    return ChatRequest(
        text=text,
        earlier=earlier(before),
        before=before,
        stream=stream,
        with_usage=stream and bool((data.get("stream_options") or {}).get("include_usage")),
        most_tokens=int(data.get("max_completion_tokens") or data.get("max_tokens") or 0) or None,
        stops=_stops(data.get("stop")),
    )


def unknown_model(model: str) -> ParameterError:
    """The refusal of a model that is not here."""
    shown = ascii(model[:60])
    return ParameterError(
        "model", f"The model {shown} does not exist; there is {MODEL}.", status=404, code="model_not_found"
    )


def earlier(before: list[tuple[str, str]]) -> list[str]:
    """The person's messages that the last one completes: those that were answered by a question, up to the task's own.

    A conversation comes whole with each request, so nothing is kept of it: a message of the assistant that ends in a
    question, or in a question and choices, was a question back. One that only looks so does no harm: what follows it
    is read as a task of its own.
    """
    found: list[str] = []
    talk = [(role, content) for role, content in before if role in {"user", "assistant"}]
    while len(talk) >= 2 and len(found) < _ASKED_BACK_MOST:
        (first, asked), (second, answered) = talk[-2:]
        if (first, second) != ("user", "assistant") or not is_question(answered):
            break
        found.insert(0, asked)
        del talk[-2:]
    return found


def is_question(content: str) -> bool:
    """Whether a message of ours asks back: there is a question in its last line before the choices."""
    lines = content.strip().splitlines()
    while lines and (not lines[-1].strip() or lines[-1].startswith("- ")):
        lines.pop()
    return bool(lines) and _ASKS.search(lines[-1]) is not None


def _body() -> dict[str, Any]:
    if request.mimetype != "application/json":
        raise RequestError(
            415,
            "unsupported_media_type",
            f"The body is {request.mimetype or 'of no stated type'}; send JSON, with Content-Type: application/json.",
        )
    try:
        data = parsed()
    except RequestEntityTooLarge:
        raise RequestError(413, "too_large", f"A body has at most {request.max_content_length:,} bytes.") from None
    except ValueError:
        raise RequestError(400, "malformed_json", "The body is not valid JSON.") from None
    except RecursionError:
        raise RequestError(400, "too_deep", "The JSON is nested too deep.") from None
    if not isinstance(data, dict):
        raise RequestError(400, "not_an_object", "The body is not a JSON object.")
    return data


def _is_integer(value: object, lowest: int = 1) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    # JSON has one kind of number: 5.0 is whole.
    return value >= lowest and (isinstance(value, int) or value.is_integer())


def _is_number(low: float, high: float) -> Callable[[object], bool]:
    return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_stop(value: object) -> bool:
    stops = value if isinstance(value, list) else [value]
    return len(stops) <= MOST_STOPS and all(isinstance(stop, str) and stop for stop in stops)


# Parameters of a known form. The last four steer a language model's dice, of which the answer has none.
_CHECKS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "stream": (lambda value: isinstance(value, bool), "true or false"),
    "stream_options": (lambda value: isinstance(value, dict), "an object"),
    "max_tokens": (_is_integer, "a whole number from 1"),
    "max_completion_tokens": (_is_integer, "a whole number from 1"),
    "n": (_is_integer, "a whole number from 1"),
    "stop": (_is_stop, f"a text or at most {MOST_STOPS} of them, none empty"),
    "temperature": (_is_number(0, 2), "a number from 0 to 2"),
    "top_p": (_is_number(0, 1), "a number from 0 to 1"),
    "presence_penalty": (_is_number(-2, 2), "a number from -2 to 2"),
    "frequency_penalty": (_is_number(-2, 2), "a number from -2 to 2"),
}


def _check_harmless(data: Mapping[str, Any]) -> None:
    for name, (is_right, form) in _CHECKS.items():
        value = data.get(name)
        if value is not None and not is_right(value):
            raise ParameterError(name, f"{name} must be {form}.")
    options = data.get("stream_options")
    if options is not None and not data.get("stream"):
        raise ParameterError("stream_options", "stream_options are only for stream: true.")
    if options and not isinstance(options.get("include_usage", False), bool | None):
        raise ParameterError("stream_options.include_usage", "include_usage must be true or false.")


def _check_impossible(data: Mapping[str, Any]) -> None:
    """Refuse what would have to be obeyed and is not done here."""

    def refuse(name: str, message: str) -> None:
        raise ParameterError(name, message, code="unsupported_parameter")

    if (data.get("n") or 1) > 1:
        refuse("n", "n must be 1: there is one answer, and it is checked.")
    # That there are tools of the client's obliges to nothing; that one must be called does.
    for name in ("tool_choice", "function_call"):
        if data.get(name) not in (None, "none", "auto"):
            refuse(name, f"{name} must be none or auto: this model has tools of its own, and calls no others.")
    form = data.get("response_format")
    if form is not None and (not isinstance(form, dict) or form.get("type") != "text"):
        refuse("response_format", 'response_format must be {"type": "text"}.')
    if data.get("logprobs") or data.get("top_logprobs"):
        refuse("logprobs", "logprobs are not supported: answers are computed, not drawn.")
    modalities = data.get("modalities")
    if data.get("audio") or (modalities is not None and modalities != ["text"]):
        refuse("modalities", "Only text is spoken here.")


def _stops(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def _messages(value: object) -> list[tuple[str, str]]:
    if not isinstance(value, list) or not value:
        raise ParameterError("messages", "messages must be a list of at least one message.")
    if len(value) > MOST_MESSAGES:
        raise ParameterError(
            "messages", f"There are {len(value):,} messages; send at most {MOST_MESSAGES:,}.",
            code="context_length_exceeded",
        )  # fmt: skip
    return [_message(message, f"messages[{index}]") for index, message in enumerate(value)]


def _message(message: object, param: str) -> tuple[str, str]:
    if not isinstance(message, dict):
        raise ParameterError(param, f"{param} must be an object with role and content.")
    role = message.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise ParameterError(f"{param}.role", f"{param}.role must be one of {', '.join(_ROLES)}.")
    content = message.get("content")
    if content is None and role == "assistant":
        # A call of a tool, made with another model.
        return role, ""
    return role, _text(content, f"{param}.content")


def _text(content: object, param: str) -> str:
    if isinstance(content, list):
        if len(content) > MOST_PARTS:
            raise ParameterError(param, f"{param} has {len(content):,} parts; send at most {MOST_PARTS}.")
        content = "\n".join(_part(part, f"{param}[{index}]") for index, part in enumerate(content))
    if not isinstance(content, str):
        raise ParameterError(param, f"{param} must be a text or a list of parts.")
    return _clean(content, param, LONGEST_MESSAGE)


def _part(part: object, param: str) -> str:
    kind = part.get("type") if isinstance(part, dict) else None
    if not isinstance(part, dict) or not isinstance(kind, str):
        raise ParameterError(param, f"{param} must be an object with a type.")
    if kind == "refusal" and isinstance(part.get("refusal"), str):
        return str(part["refusal"])
    if kind != "text":
        raise ParameterError(param, f"{param} is {kind[:40]!a}: only text is read here.", code="unsupported_value")
    if not isinstance(part.get("text"), str):
        raise ParameterError(f"{param}.text", f"{param}.text must be a text.")
    return str(part["text"])


def _task(content: str, param: str, longest: int) -> str:
    if not content.strip():
        raise ParameterError(param, f"{param}, the last message of the user, is empty.")
    return _clean(content, param, longest)


def _clean(content: str, param: str, longest: int) -> str:
    """The content as text that can be kept; raises ParameterError as clients know it."""
    try:
        return clean_text(param, content, longest, may_be_empty=True)
    except RequestError as error:
        code = "context_length_exceeded" if error.code == "too_long" else "invalid_value"
        raise ParameterError(param, f"{error.message} {error.fix}.", code=code) from None
