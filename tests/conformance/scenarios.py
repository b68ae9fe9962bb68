"""An agent that plays the scenarios of A2A's conformance kit, which it calls by prefixes of messageId.

The kit's scenarios/*.feature say what each does. The agent stands on a desk as the planner and the solver do, so what
the kit tests is the protocol layer that is in the image; only this work is not.
"""

import base64
import time
from collections.abc import Mapping
from typing import Any

from app.a2a.agents import JSON, TEXT, Agent, Reply, Request
from app.a2a.faults import CONTENT_TYPE, ProtocolError
from app.agents.desk import Desk
from app.agents.runner import Job

# Twice the kit's TCK_STREAMING_TIMEOUT.
LONG_SECONDS = 4.5
_STEP_SECONDS = 0.1

_FILE = {"raw": base64.b64encode(b"tck").decode(), "filename": "output.txt", "mediaType": TEXT}
_FILE_URL = {"url": "https://example.com/output.txt", "filename": "output.txt", "mediaType": TEXT}
_ARTIFACTS: dict[str, dict[str, Any]] = {
    "tck-artifact-text": {"text": "Generated text content"},
    "tck-artifact-file-url": _FILE_URL,
    "tck-artifact-file": _FILE,
    "tck-artifact-data": {"data": {"key": "value", "count": 42}},
    "tck-stream-001": {"text": "Stream hello from TCK"},
    "tck-stream-003": {"text": "Stream task lifecycle"},
    "tck-stream-ordering-001": {"text": "Ordered output"},
    "tck-stream-artifact-text": {"text": "Streamed text content"},
    "tck-stream-artifact-file": _FILE,
}


def agent(desk: Desk) -> Agent:
    """The agent, which takes text alone."""
    return Agent("planner", "Conformance kit", "Plays its scenarios.", (TEXT,), (TEXT, JSON), desk, receive, _skills)


def receive(message: Mapping[str, Any]) -> Request | Reply:
    """A message of any text; one scenario takes no task."""
    for part in message["parts"]:
        if part.get("mediaType", TEXT) not in {TEXT, JSON} or "raw" in part or "url" in part:
            raise ProtocolError(CONTENT_TYPE, "Only text is taken")
    if message["messageId"].startswith("tck-message-response"):
        return Reply("Direct message response")
    return Request(" ".join(str(part.get("text", "")) for part in message["parts"]))


def work(job: Job) -> None:
    """Play the scenario that the task's last message names."""
    called = str(job.record.request["a2a"]["message"]["messageId"])
    if called.startswith("tck-input-required") or not called.startswith(("tck-", "test-resubscribe")):
        # The kit for 0.3 goes on with, or cancels, whatever it has begun.
        job.settle("input-required", {"text": "What next?"})
    elif called.startswith("tck-reject-task"):
        job.settle("rejected", {"text": "rejected"})
    elif called.startswith("tck-stream-artifact-chunked"):
        _chunks(job, ["chunk-1 ", "chunk-2"])
    elif called.startswith("test-resubscribe-message-id"):
        end = time.monotonic() + LONG_SECONDS
        while time.monotonic() < end:
            job.tell("note", {})
            time.sleep(_STEP_SECONDS)
        job.settle("completed", {"text": "Hello from TCK"})
    else:
        found = next((part for prefix, part in _ARTIFACTS.items() if called.startswith(prefix)), None)
        artifacts = [{"artifactId": "made", "name": "made", "parts": [found]}] if found else []
        job.settle("completed", {"artifacts": artifacts} if artifacts else {"text": "Hello from TCK"})


def _chunks(job: Job, texts: list[str]) -> None:
    for number, text in enumerate(texts):
        artifact = {"artifactId": "made", "name": "made", "parts": [{"text": text}]}
        last = number == len(texts) - 1
        job.tell("artifact", {"artifact": artifact, "append": number > 0, "lastChunk": last})
    whole = [{"text": text} for text in texts]
    job.settle("completed", {"artifacts": [{"artifactId": "made", "name": "made", "parts": whole}]})


def _skills() -> list[dict[str, Any]]:
    return [{"id": "tck", "name": "Scenarios", "description": "The kit's scenarios.", "tags": ["tck"]}]
