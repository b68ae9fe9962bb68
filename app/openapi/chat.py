"""`/v1/chat/completions` and `/v1/models`, described: the part of OpenAI's interface that is obeyed here."""

from typing import Any

from app.openapi.parts import SECURITY, answer, body, errors, reference
from app.web.openai_request import MODEL, MOST_MESSAGES, MOST_STOPS
from app.web.requests import MOST_PARTS
from app.web.tasks import LONGEST_QUESTION

_ABOUT_CHAT = """\
The planner as a model, for clients of OpenAI's interface. The last message of the user is the task; what comes before
is what it may refer to. With `stream` the answer comes as server-sent events in `chat.completion.chunk` objects, and
`data: [DONE]` ends it. Parameters that steer a language model's dice are let pass; those that would have to be obeyed
and cannot be (a `tool_choice` that forces a call, several choices, images) are refused.
"""
_SPOKEN = {"type": "string", "maxLength": LONGEST_QUESTION, "pattern": r"^[^\u0000]*[^\s\u0000][^\u0000]*$"}
_FAILED = {"schema": "ChatError"}


def paths() -> dict[str, Any]:
    """The endpoints."""
    completion = answer("The answer, whole or as it comes.", reference("Completion"))
    completion["content"]["text/event-stream"] = {"schema": reference("Event")}
    return {
        "/v1/chat/completions": {
            "post": {
                **_about("chat", "Answer a conversation's last message."),
                "description": _ABOUT_CHAT,
                "requestBody": body(reference("Chat")),
                "responses": {"200": completion, **errors(404, 413, 415, 502, 504, **_FAILED)},
            }
        },
        "/v1/models": {
            "get": {
                **_about("models", "The models there are: one."),
                "responses": {"200": answer("A list of it.", reference("Models")), **errors(**_FAILED)},
            }
        },
        "/v1/models/{model}": {
            "get": {
                **_about("model", "The model, by its name."),
                "parameters": [
                    {
                        "name": "model",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "minLength": 1, "examples": [MODEL]},
                    }
                ],
                "responses": {"200": answer("The model.", reference("Model")), **errors(404, **_FAILED)},
            }
        },
    }


def schemas() -> dict[str, Any]:
    """What they take and answer."""
    text, whole, text_or_null = {"type": "string"}, {"type": "integer"}, {"type": ["string", "null"]}
    return {
        "Chat": _chat(),
        "ChatMessage": {
            "type": "object",
            "properties": {
                "role": {"enum": ["user", "system", "developer", "assistant"]},
                "content": {
                    "anyOf": [
                        _SPOKEN,
                        {"type": "array", "minItems": 1, "maxItems": MOST_PARTS, "items": reference("ChatPart")},
                    ]
                },
            },
            "required": ["role", "content"],
        },
        "ChatPart": {
            "type": "object",
            "properties": {"type": {"const": "text"}, "text": _SPOKEN},
            "required": ["type", "text"],
        },
        "Completion": {
            "type": "object",
            "properties": {
                "id": text,
                "object": {"const": "chat.completion"},
                "created": {"type": "integer", "description": "Seconds since 1970."},
                "model": {"const": MODEL},
                "system_fingerprint": text_or_null,
                "choices": {"type": "array", "items": reference("Choice"), "minItems": 1, "maxItems": 1},
                "usage": reference("Usage"),
                "longshore": reference("About"),
            },
            "required": ["id", "object", "created", "model", "choices", "usage"],
        },
        "Choice": {
            "type": "object",
            "properties": {
                "index": {"const": 0},
                "message": {
                    "type": "object",
                    "properties": {
                        "role": {"const": "assistant"},
                        "content": text,
                        "reasoning_content": {"type": "string", "description": "What the agents said to each other."},
                    },
                    "required": ["role", "content"],
                },
                "finish_reason": {"enum": ["stop", "length"]},
            },
            "required": ["index", "message", "finish_reason"],
        },
        "Usage": {
            "type": "object",
            "description": "Words, numbers and signs read and written.",
            "properties": dict.fromkeys(("prompt_tokens", "completion_tokens", "total_tokens"), whole),
            "required": ["prompt_tokens", "completion_tokens", "total_tokens"],
        },
        "About": {
            "type": "object",
            "description": "The task behind the answer.",
            "properties": {"task_id": text, "conversation_id": text, "state": text},
            "required": ["task_id", "conversation_id", "state"],
        },
        "Model": {
            "type": "object",
            "properties": {"id": {"const": MODEL}, "object": {"const": "model"}, "created": whole, "owned_by": text},
            "required": ["id", "object", "created", "owned_by"],
        },
        "Models": {
            "type": "object",
            "properties": {"object": {"const": "list"}, "data": {"type": "array", "items": reference("Model")}},
            "required": ["object", "data"],
        },
        "ChatError": {
            "type": "object",
            "description": "An error as clients of OpenAI's interface read it.",
            "properties": {
                "error": {
                    "type": "object",
                    "properties": {"message": text, "type": text, "param": text_or_null, "code": text_or_null},
                    "required": ["message", "type", "param", "code"],
                }
            },
            "required": ["error"],
        },
    }


def _chat() -> dict[str, Any]:
    stop = {"type": "string", "minLength": 1}
    stops = {"type": "array", "items": stop, "maxItems": MOST_STOPS}
    return {
        "type": "object",
        "properties": {
            "model": {"const": MODEL},
            "messages": {
                "type": "array",
                "items": reference("ChatMessage"),
                "minItems": 1,
                "maxItems": MOST_MESSAGES,
                "contains": {"type": "object", "properties": {"role": {"const": "user"}}, "required": ["role"]},
                "examples": [[{"role": "user", "content": "What is 15% of 240 km in miles?"}]],
            },
            "stream": {"type": ["boolean", "null"]},
            "max_completion_tokens": {"type": ["integer", "null"], "minimum": 1},
            "max_tokens": {"type": ["integer", "null"], "minimum": 1, "deprecated": True},
            "stop": {"anyOf": [stop, stops, {"type": "null"}]},
        },
        "required": ["model", "messages"],
    }


def _about(operation: str, summary: str) -> dict[str, Any]:
    return {"operationId": operation, "tags": ["chat"], "summary": summary, "security": SECURITY}
