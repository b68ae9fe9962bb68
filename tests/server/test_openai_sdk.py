"""OpenAI's own Python client, as a person has it, against gunicorn as the image starts it."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import pytest
from openai import OpenAI

from tests import plain_http
from tests.server.gunicorn import gunicorn
from tests.unit.app.model_server import ModelServer, drips, says
from tests.waiting import LIMIT_SECONDS, until

QUESTION = "What is 15% of 240 km in miles?"
ANSWER = "22.37 miles\n\nChecked by cross-multiplication and converting back."
MODEL = "longshore-planner"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def wait_for(url: str) -> None:
    def answers() -> bool:
        try:
            return plain_http.get(f"{url}/healthz").status_code == 200
        except httpx.TransportError:
            return False

    until(answers)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    with gunicorn(tmp_path_factory.mktemp("openai") / "none", BIND=address):
        wait_for(f"http://{address}")
        yield f"http://{address}"


@pytest.fixture(scope="module")
def client(url: str) -> OpenAI:
    return connected(url)


def connected(url: str) -> OpenAI:
    return OpenAI(base_url=f"{url}/v1", api_key="none", max_retries=0, timeout=LIMIT_SECONDS)


def test_models_are_listed_and_retrieved(client: OpenAI) -> None:
    assert [model.id for model in client.models.list()] == [MODEL]
    assert client.models.retrieve(MODEL).owned_by == "longshore"
    with pytest.raises(openai.NotFoundError) as caught:
        client.models.retrieve("gpt-9")
    assert (caught.value.code, caught.value.param, caught.value.type) == (
        "model_not_found", "model", "invalid_request_error",
    )  # fmt: skip


def test_an_answer_at_once(client: OpenAI) -> None:
    completion = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": QUESTION}], temperature=0.2, max_completion_tokens=400
    )
    assert completion.choices[0].message.content == ANSWER
    assert completion.choices[0].finish_reason == "stop"
    assert completion.usage is not None
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert completion._request_id


def test_an_answer_as_a_stream(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": QUESTION}], stream=True,
        stream_options={"include_usage": True},
    )  # fmt: skip
    chunks = list(stream)

    assert chunks[0].choices[0].delta.role == "assistant"
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == ANSWER
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.total_tokens > 0


def test_stream_helper_of_the_sdk_works(client: OpenAI) -> None:
    messages = [{"role": "user", "content": QUESTION}]
    with client.chat.completions.stream(model=MODEL, messages=messages) as stream:  # type: ignore[arg-type]
        kinds = {event.type for event in stream}
        final = stream.get_final_completion()

    assert "content.delta" in kinds
    assert final.choices[0].message.content == ANSWER


def test_conversation_with_a_clarifying_question(client: OpenAI) -> None:
    talk: list[dict[str, str]] = [{"role": "user", "content": "What is 90 days after 01/02/2026?"}]
    asked = client.chat.completions.create(model=MODEL, messages=talk)  # type: ignore[arg-type]
    back = asked.choices[0].message.content
    assert back is not None
    assert "- 1 February 2026\n- 2 January 2026" in back

    talk += [{"role": "assistant", "content": back}, {"role": "user", "content": "1 February 2026"}]
    answered = client.chat.completions.create(model=MODEL, messages=talk)  # type: ignore[arg-type]
    assert answered.choices[0].message.content is not None
    assert "2 May 2026" in answered.choices[0].message.content

    # And the conversation goes on with something else.
    talk += [
        {"role": "assistant", "content": answered.choices[0].message.content},
        {"role": "user", "content": "2 + 2"},
    ]
    last = client.chat.completions.create(model=MODEL, messages=talk)  # type: ignore[arg-type]
    assert (last.choices[0].message.content or "").startswith("4")


def test_errors_are_raised_as_the_openai_sdk_defines_them(client: OpenAI) -> None:
    messages = [{"role": "user", "content": QUESTION}]
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model=MODEL, messages=messages, n=2)  # type: ignore[call-overload]
    assert (caught.value.code, caught.value.param) == ("unsupported_parameter", "n")
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.create(model="gpt-9", messages=messages)  # type: ignore[call-overload]


def test_model_words_arrive_while_the_model_is_still_writing(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    with ModelServer() as server:
        server.replies = [says({"kind": "talk"}), drips("word ", 0.05)]
        with gunicorn(tmp_path / "none", BIND=address, LLM_BASE_URL=server.url, LLM_MODEL="tiny"):
            wait_for(f"http://{address}")
            stream = connected(f"http://{address}").chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "Tell me a story"}], stream=True
            )
            words = [chunk.choices[0].delta.content for chunk, _ in zip(stream, range(8), strict=False)]
            assert any("word" in (word or "") for word in words)
            assert not server.hung_up.is_set()
            # The person has heard enough: the task ends, and with it the call.
            stream.close()
            assert server.hung_up.wait(LIMIT_SECONDS)


def test_open_stream_is_finished_before_the_stop(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    talk = " ".join(["word"] * 300)
    with ModelServer() as server:
        server.replies = [says({"kind": "talk"}), says(talk, pause=0.01)]
        with gunicorn(tmp_path / "none", BIND=address, LLM_BASE_URL=server.url, LLM_MODEL="tiny") as process:
            wait_for(f"http://{address}")
            stream = connected(f"http://{address}").chat.completions.create(
                model=MODEL, messages=[{"role": "user", "content": "Tell me a story"}], stream=True
            )
            said = ""
            stopped = False
            for chunk in stream:
                said += chunk.choices[0].delta.content or ""
                if "word" in said and not stopped:
                    process.send_signal(signal.SIGTERM)
                    stopped = True
            assert stopped
            assert said.startswith(f"{talk}\n\n")
            assert process.wait(timeout=LIMIT_SECONDS) == 0
