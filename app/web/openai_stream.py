"""A chat completion as server-sent events: the agents' exchange as it happens, then the answer in chunks."""

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from app.agents.desk import Desk
from app.agents.runner import TASK_SECONDS
from app.errors import RequestError
from app.store.database import UnavailableError
from app.store.tasks import EventRecord, FinishedTaskError, TaskRecord, UnknownTaskError
from app.web.openai_answer import Cutter, Envelope, content, error_object, exchange, pieces, settled, usage
from app.web.openai_request import ChatRequest

logger = logging.getLogger(__name__)


class Stream:
    """One answer on its way to one client; made within the request, read after it."""

    def __init__(self, desk: Desk, owner: str, record: TaskRecord, asked: ChatRequest, envelope: Envelope) -> None:
        """Raises CrowdedError when there is no place for one more."""
        self._desk = desk
        self._owner = owner
        self._id = record.id
        self._followed = desk.follow(owner, record.id)
        self._asked = asked
        self._envelope = envelope
        self._cutter = Cutter(asked.stops, asked.most_tokens)
        self._seen: list[EventRecord] = []
        self._streamed = ""
        self._anew = False

    def lines(self) -> Iterator[str]:
        """The response's body. Whoever stops reading does not want the answer, and the task is canceled."""
        ended = False
        try:
            yield self._chunk({"role": "assistant", "content": ""})
            for batch in self._batches():
                if not batch:
                    yield ": still here\n\n"
                for event in batch:
                    yield from self._told(event)
            yield from self._answer()
            ended = True
        except RequestError as error:
            yield _sent({"error": error_object(error.status, error.code, error.message)})
        except UnavailableError as error:
            logger.error("a stream ended for want of the database", extra={"fields": {"reason": str(error)}})
            yield _sent({"error": error_object(503, "state_unavailable", "The database cannot be asked now.")})
        finally:
            self._followed.close()
            if not ended:
                self._cancel()

    def _batches(self) -> Iterator[list[EventRecord]]:
        """Events until the task rests, even when this process is to stop: these clients cannot resume elsewhere."""
        after = 0
        for batch in self._followed:
            after = batch[-1].number if batch else after
            yield batch
        self._desk.wait(self._owner, self._id, TASK_SECONDS)
        if left := self._desk.store.events(self._id, after):
            yield left

    def _told(self, event: EventRecord) -> Iterator[str]:
        self._seen.append(event)
        if thought := exchange(event):
            yield self._chunk({"reasoning_content": thought})
        if event.kind == "status" and self._streamed:
            # Another replica began the task anew: it may word it otherwise, so what is left is said at the end.
            self._anew = True
        if event.kind == "delta" and not self._anew:
            text = str(event.data.get("text", ""))
            self._streamed += text
            yield from self._content(text)

    def _answer(self) -> Iterator[str]:
        record = settled(self._desk.get(self._owner, self._id))
        text = content(record, self._seen)
        # Words that were streamed and then not kept are followed by the answer that stands.
        rest = text.removeprefix(self._streamed) if text.startswith(self._streamed) else f"\n\n{text}"
        for piece in pieces(rest):
            yield from self._content(piece)
        yield from self._content("", last=True)
        yield self._chunk({}, finish_reason=self._cutter.finish_reason, longshore=self._envelope.about(record))
        if self._asked.with_usage:
            yield _sent(self._envelope.usage_chunk(usage(self._asked, self._cutter.written)))
        yield "data: [DONE]\n\n"

    def _content(self, text: str, *, last: bool = False) -> Iterator[str]:
        if ready := self._cutter.feed(text, last=last):
            yield self._chunk({"content": ready})

    def _chunk(self, delta: Mapping[str, Any], *, finish_reason: str | None = None, **more: Any) -> str:
        if self._asked.with_usage:
            more["usage"] = None
        return _sent({**self._envelope.chunk(delta, finish_reason), **more})

    def _cancel(self) -> None:
        try:
            self._desk.cancel(self._owner, self._id)
        except (FinishedTaskError, UnknownTaskError):
            return
        except UnavailableError as error:
            logger.warning(
                "a task could not be canceled", extra={"fields": {"task_id": self._id, "reason": str(error)}}
            )


def _sent(data: dict[str, Any]) -> str:
    return f"data: {json.dumps(data)}\n\n"
