"""The application with a planner that plays a part, for tests of the page: slow, asking back, streaming, hostile.

Started by gunicorn as `tests.page.scripted:build()`. The question says which part.
"""

import time
from collections.abc import Callable

from flask import Flask

from app import create_app
from app.agents.desk import Desk
from app.agents.runner import Job
from app.settings import Settings

# What `slow`, `quick` and `held` show, line by line.
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
HOSTILE = '<script>window.bad = 1</script><img src=x onerror="window.bad = 1">[link](javascript:window.bad=1)'


def say(job: Job, agent: str, kind: str, text: str, **data: object) -> None:
    job.tell("message", {"agent": agent, "kind": kind, "text": text, "data": data})


def slow(job: Job) -> None:
    """One line of the exchange after another, half a second between them."""
    work_out(job, 0.5)


def quick(job: Job) -> None:
    """The same at once."""
    work_out(job, 0)


def held(job: Job) -> None:
    """The same exchange, and then nothing more until it is canceled."""
    exchange(job, 0)
    job.canceled.wait(60)


def work_out(job: Job, pause: float) -> None:
    exchange(job, pause)
    job.settle("completed", {"text": "x = 1/2 or x = 1/3", "rounded": False, "assumptions": []})


def exchange(job: Job, pause: float) -> None:
    say(job, "planner", "plan", "This takes two steps, one by one.")
    for number in (1, 2):
        step = {"tool": "calculus", "arguments": {"formula": f"x^{number}", "from": "0", "to": "1"}}
        say(job, "planner", "request", f"Please work out the integral of x^{number}.", **step)
        time.sleep(pause)
        say(job, "solver", "result", f"the integral of x^{number} from 0 to 1 is 1/{number + 1}")
        say(
            job,
            "planner",
            "check",
            f"Checked by Simpson's rule: 1/{number + 1} is right.",
            agrees=True,
            method="Simpson's rule",
        )
        time.sleep(pause)


def endless(job: Job) -> None:
    """Never done, unless it is canceled."""
    say(job, "planner", "plan", "This takes for ever.")
    job.canceled.wait(60)
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
    job.canceled.wait(60)


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
    for part in (slow, quick, held, endless, ask_back, stream, talk, disagree, hostile, hostile_answer, broken)
}


def work(job: Job) -> None:
    first = [*job.record.request.get("earlier", []), job.record.request["text"]][0]
    PARTS[str(first).partition(":")[0]](job)


def build(settings: Settings | None = None) -> Flask:
    app = create_app(settings)
    desk = app.extensions["desks"]["planner"]
    app.extensions["desks"]["planner"] = Desk("planner", desk.store, desk.feed, work)
    return app
