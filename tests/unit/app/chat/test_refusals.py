"""What a chat client may not send is refused by name, in the form that its library reads."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.unit.app.chat.calls import USER, ask

PART = {"type": "text", "text": "1 + 1"}
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}]
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


@pytest.mark.parametrize(
    ("parameters", "param", "code"),
    [
        ({"n": 2}, "n", "unsupported_parameter"),
        ({"n": 0}, "n", "invalid_value"),
        ({"n": True}, "n", "invalid_value"),
        ({"tools": TOOLS, "tool_choice": "required"}, "tool_choice", "unsupported_parameter"),
        ({"tools": TOOLS, "tool_choice": {"type": "function"}}, "tool_choice", "unsupported_parameter"),
        ({"functions": [{"name": "f"}], "function_call": {"name": "f"}}, "function_call", "unsupported_parameter"),
        ({"response_format": {"type": "json_object"}}, "response_format", "unsupported_parameter"),
        ({"response_format": "json"}, "response_format", "unsupported_parameter"),
        ({"logprobs": True}, "logprobs", "unsupported_parameter"),
        ({"modalities": ["text", "audio"]}, "modalities", "unsupported_parameter"),
        ({"stream": "true"}, "stream", "invalid_value"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
        ({"stream": True, "stream_options": {"include_usage": 1}}, "stream_options.include_usage", "invalid_value"),
        ({"stream": True, "stream_options": []}, "stream_options", "invalid_value"),
        ({"temperature": 3}, "temperature", "invalid_value"),
        ({"temperature": "hot"}, "temperature", "invalid_value"),
        ({"max_tokens": 0}, "max_tokens", "invalid_value"),
        ({"max_tokens": 1.5}, "max_tokens", "invalid_value"),
        ({"stop": ["a", "b", "c", "d", "e"]}, "stop", "invalid_value"),
        ({"stop": ""}, "stop", "invalid_value"),
        ({"messages": []}, "messages", "invalid_value"),
        ({"messages": None}, "messages", "invalid_value"),
        ({"messages": [7]}, "messages[0]", "invalid_value"),
        ({"messages": [USER] * 1001}, "messages", "context_length_exceeded"),
        ({"messages": [{"role": "system", "content": "x"}]}, "messages", "invalid_value"),
        ({"messages": [{"role": "wizard", "content": "x"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"role": ["user"], "content": "x"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"role": "user"}]}, "messages[0].content", "invalid_value"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages[0].content", "invalid_value"),
        ({"messages": [{"role": "user", "content": []}]}, "messages[0].content", "invalid_value"),
        ({"messages": [{"role": "user", "content": "a\0"}]}, "messages[0].content", "invalid_value"),
        ({"messages": [{"role": "user", "content": "\ud800"}]}, "messages[0].content", "invalid_value"),
        ({"messages": [USER, {**USER, "content": "9" * 70_000}]}, "messages[1].content", "context_length_exceeded"),
        ({"messages": [{"role": "user", "content": [IMAGE]}]}, "messages[0].content[0]", "unsupported_value"),
        ({"messages": [{"role": "user", "content": ["x"]}]}, "messages[0].content[0]", "invalid_value"),
        ({"messages": [{**USER, "content": [{"type": "text"}]}]}, "messages[0].content[0].text", "invalid_value"),
        ({"messages": [{**USER, "content": [PART] * 21}]}, "messages[0].content", "invalid_value"),
        ({"model": None}, "model", "missing_required_parameter"),
    ],
)  # fmt: skip
def test_unsupported_parameter_is_refused_by_name(
    client: FlaskClient, parameters: dict[str, Any], param: str, code: str
) -> None:
    response = ask(client, **parameters)

    assert response.status_code == 400
    assert response.json is not None
    error = response.json["error"]
    assert (error["param"], error["code"], error["type"]) == (param, code, "invalid_request_error")
    assert error["message"]


@pytest.mark.parametrize(
    ("body", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_json"),
        (b'{"model": "\xff"}', "application/json", 400, "malformed_json"),
        ('{"model": "x"}'.encode("utf-16"), "application/json", 400, "malformed_json"),
        (b"[" * 100_000, "application/json", 400, "too_deep"),
        (b"[]", "application/json", 400, "not_an_object"),
        (b"{}", "text/plain", 415, "unsupported_media_type"),
        (b'"' + b" " * 1024 * 1024 + b'"', "application/json", 413, "too_large"),
    ],
)
def test_invalid_body_is_refused(client: FlaskClient, body: bytes, content_type: str, status: int, code: str) -> None:
    response = client.post("/v1/chat/completions", data=body, content_type=content_type)

    assert response.status_code == status
    assert response.json is not None
    assert (response.json["error"]["code"], response.json["error"]["type"]) == (code, "invalid_request_error")


@pytest.mark.parametrize(
    "parameters",
    [
        {"tools": TOOLS},
        {"tools": TOOLS, "tool_choice": "auto", "parallel_tool_calls": True},
        {"tools": TOOLS, "tool_choice": "none"},
        {"functions": [{"name": "f"}], "function_call": "auto"},
    ],
)
def test_optional_tools_are_ignored(client: FlaskClient, parameters: dict[str, Any]) -> None:
    choice = ask(client, **parameters).get_json()["choices"][0]

    assert choice["message"]["content"].startswith("22.37 miles")
    assert choice["finish_reason"] == "stop"


def test_a_long_conversation_is_read(client: FlaskClient) -> None:
    talk = [{"role": role, "content": "words " * 500} for role in ("user", "assistant")] * 100

    assert ask(client, *talk, USER).status_code == 200
