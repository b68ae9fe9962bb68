"""The application with a planner that plays a part, for tests of the page: slow, asking back, streaming, hostile.

Started by gunicorn as `tests.page.scripted:build()`. The question says which part.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path

from flask import Flask

from app import create_app
from app.agents.desk import Desk
from app.agents.runner import Job, Runner
from app.settings import Settings

# What `slow`, `quick`, `held` and `paced` show, line by line.
EXCHANGE = ["plans", "asks the solver", "answers", "checks", "asks the solver", "answers", "checks"]
MARKDOWN = r"""## How it is done

The area is $\int_0^1 x^2\,dx = \frac{1}{3}$, so **one third**.

| method | result |
|---|---|
| exact | 1/3 |
| Simpson | 0.3333 |

1. Integrate: $$\left[\frac{x^3}{3}\right]_0^1$$
2. Put the bounds in.
"""
# No test is ended by a limit of time that is the planner's own, however busy the machine is.
LONGEST_SECONDS = 300.0
HOSTILE = '<script>window.bad = 1</script><img src=x onerror="window.bad = 1">[link](javascript:window.bad=1)'


def say(job: Job, agent: str, kind: str, text: str, **data: object) -> None:
    job.tell("message", {"agent": agent, "kind": kind, "text": text, "data": data})


def slow(job: Job) -> None:
    """One line of the exchange after another, with time for a look between them."""
    work_out(job, lambda: time.sleep(0.1))


def quick(job: Job) -> None:
    """The same at once."""
    work_out(job, lambda: None)


def held(job: Job) -> None:
    """The same exchange, and then nothing more until it is canceled."""
    exchange(job, lambda: None)
    job.canceled.wait(LONGEST_SECONDS)


def paced(job: Job) -> None:
    """The same, each line and then the answer as the test allows it; the question names the pace: `paced:<name>`."""
    work_out(job, pace_of(job))


def paced_stream(job: Job) -> None:
    """A model's words at once, and then the answer as soon as the test allows one step."""
    for word in MARKDOWN.split(" "):
        job.tell("delta", {"text": f"{word} "})
    pace_of(job)()
    job.settle("completed", {"text": MARKDOWN, "rounded": False, "assumptions": []})


def pace_of(job: Job) -> Callable[[], None]:
    """A step that returns when it is allowed: the file with the pace's name says how many are."""
    allowed = Path(os.environ["PACE_FOLDER"], str(job.record.request["text"]).partition(":")[2])
    taken = 0

    def step() -> None:
        nonlocal taken
        taken += 1
        end = time.monotonic() + LONGEST_SECONDS
        while not allowed.exists() or int(allowed.read_text()) < taken:
            if job.canceled.wait(0.02):
                return
            assert time.monotonic() < end, f"{allowed.name} never allowed step {taken}"

    return step


def work_out(job: Job, pause: Callable[[], None]) -> None:
    exchange(job, pause)
    job.settle("completed", {"text": "x = 1/2 or x = 1/3", "rounded": False, "assumptions": []})


def exchange(job: Job, pause: Callable[[], None]) -> None:
    """Seven lines, with a pause before each and another one after the last."""
    pause()
    say(job, "planner", "plan", "This takes two steps, one by one.")
    for number in (1, 2):
        step = {"tool": "calculus", "arguments": {"formula": f"x^{number}", "from": "0", "to": "1"}}
        pause()
        say(job, "planner", "request", f"Please work out the integral of x^{number}.", **step)
        pause()
        say(job, "solver", "result", f"the integral of x^{number} from 0 to 1 is 1/{number + 1}")
        pause()
        say(
            job,
            "planner",
            "check",
            f"Checked by Simpson's rule: 1/{number + 1} is right.",
            agrees=True,
            method="Simpson's rule",
        )
    pause()


def endless(job: Job) -> None:
    """Never done, unless it is canceled."""
    say(job, "planner", "plan", "This takes for ever.")
    job.canceled.wait(LONGEST_SECONDS)
    say(job, "planner", "note", "Nobody hears this.")


def ask_back(job: Job) -> None:
    if job.record.request.get("earlier"):
        text = f"In {job.record.request['text']} it is 12."
        job.settle("completed", {"text": text, "rounded": True, "assumptions": ["a gallon is the US one"]})
        return
    question = "Which gallon do you mean?"
    say(job, "planner", "question", question)
    job.settle("input-required", {"text": question, "choices": ["US gallons", "imperial gallons"]}, question)


def stream(job: Job) -> None:
    """A model's answer, word by word."""
    for word in MARKDOWN.split(" "):
        job.tell("delta", {"text": f"{word} "})
        time.sleep(0.03)
    job.settle("completed", {"text": MARKDOWN, "rounded": False, "assumptions": []})


def talk(job: Job) -> None:
    """A model's words, which were then replaced by a plain answer."""
    job.tell("delta", {"text": "**some** words"})
    usage = {"model": "a-model", "calls": 2, "total_tokens": 300}
    job.settle("completed", {"text": "**plain** instead", "checked": False, "usage": usage})


def disagree(job: Job) -> None:
    say(job, "planner", "request", "Please work out 2 + 2.", tool="arithmetic", arguments={"expression": "(2 + 2)"})
    say(job, "solver", "result", "2 + 2 = 5")
    say(job, "planner", "check", "Checked by casting out primes: this does not agree.", agrees=False, method="primes")
    job.settle("failed", {"text": "I have no answer that I trust.", "rounded": False, "assumptions": []})


def hostile(job: Job) -> None:
    """Words and lines of somebody who means harm, until it is canceled."""
    job.tell("delta", {"text": HOSTILE})
    hostile_exchange(job)
    job.canceled.wait(LONGEST_SECONDS)


def hostile_answer(job: Job) -> None:
    """The same lines, and such an answer."""
    hostile_exchange(job)
    job.settle("completed", {"text": HOSTILE, "rounded": False, "assumptions": [HOSTILE]})


def hostile_exchange(job: Job) -> None:
    say(job, "solver", "result", HOSTILE, tool=HOSTILE, arguments={HOSTILE: HOSTILE})
    say(job, "planner", "request", HOSTILE, tool=HOSTILE, arguments={HOSTILE: HOSTILE})
    say(job, "planner", "check", HOSTILE, agrees=True, method=HOSTILE)


def broken(job: Job) -> None:
    error = {"code": "solver_unavailable", "status": 503, "message": "The solver cannot be reached."}
    job.settle("failed", {"error": error}, "The solver cannot be reached.")


PARTS: dict[str, Callable[[Job], None]] = {
    part.__name__.replace("_", " "): part
    for part in (
        *(slow, quick, held, paced, paced_stream, endless, ask_back),
        *(stream, talk, disagree, hostile, hostile_answer, broken),
    )
}


def work(job: Job) -> None:
    first = [*job.record.request.get("earlier", []), job.record.request["text"]][0]
    PARTS[str(first).partition(":")[0]](job)


def build(settings: Settings | None = None) -> Flask:
    app = create_app(settings)
    desk = app.extensions["desks"]["planner"]
    scripted = Desk("planner", desk.store, desk.feed, work)
    scripted.runner = Runner("planner", desk.store, desk.feed, work, LONGEST_SECONDS)
    app.extensions["desks"]["planner"] = scripted
    return app
