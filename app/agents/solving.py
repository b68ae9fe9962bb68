"""The solver's work on one task: a typed step in, its outcome out."""

from collections.abc import Mapping
from typing import Any

from app.agents import solver
from app.agents.limited import BusyError
from app.agents.messages import Step
from app.agents.runner import Job
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.store.tasks import Done
from app.tools import registry

LONGEST_NAME = 100
# Results carried from step to step may be long numbers.
LONGEST_ARGUMENT = 64_000
# What became of a step that has no outcome, for the planner to tell them apart.
IMPOSSIBLE = "impossible"
SENSELESS = "senseless_step"
BUSY = "busy"
OUTCOME = "outcome"


def work(job: Job) -> None:
    """Do the step of a task."""
    end = done(_step(job.record.request))
    job.settle(end.state, end.answer)


def at_once(request: Mapping[str, Any]) -> Done | None:
    """The same for a step that takes no time, without a task under way; None for any other."""
    step = _step(request)
    tool = registry().get(step.tool)
    return None if tool is not None and tool.heavy else done(step)


def done(step: Step) -> Done:
    """What becomes of a task with this step."""
    try:
        outcome = solver.solve(step)
    except BusyError:
        message = "The solver is busy with other steps."
        return Done("failed", {"error": {"code": BUSY, "status": 503, "message": message}})
    except ImpossibleError as error:
        return Done("rejected", {"text": str(error), "data": {"code": IMPOSSIBLE}})
    except ArithmeticError:
        return Done("rejected", {"text": "this cannot be computed", "data": {"code": IMPOSSIBLE}})
    except (ValueError, NotUnderstoodError, LookupError) as error:
        # What else is raised than a ValueError is found on the way, in words that tell nobody anything.
        text = str(error) if isinstance(error, ValueError) else f"these are no arguments for {step.tool}"
        return Done("rejected", {"text": text, "data": {"code": SENSELESS}})
    artifact = {"artifactId": OUTCOME, "name": OUTCOME, "parts": [{"data": outcome.json()}]}
    return Done("completed", {"text": outcome.display, "artifacts": [artifact]})


def _step(request: Mapping[str, Any]) -> Step:
    return Step(request["step"]["tool"], request["step"]["arguments"])
