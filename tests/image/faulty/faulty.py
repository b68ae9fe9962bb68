"""The application with faults around it; gunicorn serves `application`."""

import os
import time
from collections.abc import Iterator

from flask import Response, request

from app import create_app

STARTED = time.monotonic()
FAULT = os.environ["FAULT"]
SECONDS = float(os.environ["FAULT_SECONDS"])

application = create_app()


def began(what: str) -> None:
    """Say so on the log, for a test that waits until a request is under way."""
    print(f"fault: {what} began", flush=True)


@application.before_request
def spoil_readiness() -> tuple[str, int] | None:
    if request.path != "/readyz":
        return None
    if FAULT == "never-ready" or (FAULT == "slow-start" and time.monotonic() - STARTED < SECONDS):
        return f"not ready: fault {FAULT}\n", 503
    return None


@application.get("/faulty/slow/<float(min=0, max=120):seconds>")
@application.get("/faulty/slow/<int(min=0, max=120):seconds>")
def slow(seconds: float) -> str:
    began("slow")
    time.sleep(seconds)
    return "slow, but here\n"


@application.get("/faulty/stream/<int(min=0, max=120):seconds>")
def stream(seconds: int) -> Response:
    def lines() -> Iterator[str]:
        began("stream")
        for second in range(seconds):
            yield f"data: {second}\n\n"
            time.sleep(1)
        yield "data: end\n\n"

    return Response(lines(), mimetype="text/event-stream", headers={"X-Accel-Buffering": "no"})
