"""From an endpoint's response to the words in it: one JSON object or server-sent events, whichever it chose."""

import json
import time
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeGuard

import httpx

from app.model.account import Used
from app.model.errors import BrokenError, BusyError, CutError, ModelError, NonsenseError, RefusedError, SlowError

# Of a whole response: no answer that is of use is near it.
MOST_BYTES = 4 * 1024 * 1024
# A count beyond this is no count.
_MOST_TOKENS = 10**9
_AGAIN = {408, 409, 425}
_DONE = "[DONE]"

Pieces = Generator[str | Used, None, None]


def refusal(response: httpx.Response) -> ModelError:
    """The error that a status other than 200 stands for."""
    status = response.status_code
    if status == 429:
        return BusyError("is asked too often (429)", after=_after(response.headers.get("Retry-After", "")))
    if status in _AGAIN or status >= 500:
        after = _after(response.headers.get("Retry-After", ""))
        return BrokenError(f"failed with status {status}", after=after)
    if status in {401, 403}:
        return RefusedError(f"refused the key ({status})")
    if status == 404:
        return RefusedError("does not know this address or this model (404)")
    return RefusedError(f"refused the request ({status})")


def read(response: httpx.Response, until: float) -> Pieces:
    """The words of a response with status 200, as they come, and at some point what it used. Raises ModelError.

    `until` is a monotonic time: bytes without words could keep a reader whom nobody awaits for ever.
    """
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        # What is small on the way may be huge when it is unpacked.
        raise NonsenseError("answered in a packing that it was not asked for")
    kind = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == "text/event-stream":
        yield from _events(response, until)
    elif kind == "application/json":
        yield from _whole(b"".join(_limited(response, until)))
    else:
        raise NonsenseError(f"answered with {ascii(kind[:40]) if kind else 'nothing known'} instead of JSON")


def _whole(body: bytes) -> Pieces:
    data = _object(body)
    choice = _choice(data)
    message = choice.get("message")
    content = message.get("content") if isinstance(message, dict) else None
    yield from _used(data)
    if isinstance(content, str):
        yield _text(content)
    _check_end(choice.get("finish_reason"))
    if not isinstance(content, str):
        raise NonsenseError("answered without any words")


def _events(response: httpx.Response, until: float) -> Pieces:
    finish: object = None
    for line in _lines(response, until):
        if not line.startswith("data:"):
            continue
        value = line.removeprefix("data:").strip()
        if value == _DONE:
            break
        data = _object(value.encode())
        yield from _used(data)
        if data.get("choices"):
            choice = _choice(data)
            delta = choice.get("delta")
            content = delta.get("content") if isinstance(delta, dict) else None
            if isinstance(content, str) and content:
                yield _text(content)
            finish = choice.get("finish_reason") or finish
    else:
        # Some servers close without the last word, but then they have said why they ended.
        if finish is None:
            raise CutError("stopped in the middle of its answer")
    _check_end(finish)


def _lines(response: httpx.Response, until: float) -> Iterator[str]:
    held = b""
    for chunk in _limited(response, until):
        *lines, held = (held + chunk).split(b"\n")
        for line in lines:
            yield line.decode("utf-8", "replace").rstrip("\r")
    if held:
        yield held.decode("utf-8", "replace")


def _limited(response: httpx.Response, until: float) -> Iterator[bytes]:
    size = 0
    for chunk in response.iter_bytes():
        if time.monotonic() > until:
            raise SlowError("did not answer in time")
        size += len(chunk)
        if size > MOST_BYTES:
            raise NonsenseError("answered without an end")
        yield chunk


def _object(text: bytes) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise NonsenseError("answered with something that is not JSON") from None
    if not isinstance(data, dict):
        raise NonsenseError("answered with something that is no object")
    if data.get("error"):
        raise BrokenError("failed while it answered")
    return data


def _choice(data: dict[str, Any]) -> dict[str, Any]:
    choices = data.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise NonsenseError("answered without a choice")
    first: dict[str, Any] = choices[0]
    return first


def _text(content: str) -> str:
    """The content without what no database keeps and no encoding sends: null characters, halves of characters."""
    return content.replace("\0", "").encode("utf-8", "replace").decode()


def _used(data: dict[str, Any]) -> Iterator[Used]:
    usage = data.get("usage")
    if isinstance(usage, dict):
        prompt, completion = usage.get("prompt_tokens"), usage.get("completion_tokens")
        if _is_count(prompt) and _is_count(completion):
            yield Used(prompt, completion)


def _is_count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS


def _check_end(finish: object) -> None:
    if not isinstance(finish, str | None):
        raise NonsenseError("ended its answer for no reason that is one")
    if finish == "length":
        raise BrokenLengthError("came to the end of the tokens it may use")
    if finish == "content_filter":
        raise RefusedError("refused to answer this")
    if finish in {"tool_calls", "function_call"}:
        raise NonsenseError("called a tool that it does not have")


class BrokenLengthError(CutError):
    """The answer is longer than it may be; asking again would not shorten it."""

    again = False


def _after(value: str) -> float:
    """Seconds of a Retry-After, which is a number or a date (RFC 9110, 10.2.3); 0 for anything else."""
    if value.strip().isdecimal() and len(value) < 10:
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
