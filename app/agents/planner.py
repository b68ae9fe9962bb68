"""The planner: it takes a question apart, has the solver do each step, checks each result, and answers."""

import logging
import re
from collections.abc import Callable, Sequence
from typing import Any

from app.agents import solving
from app.agents.messages import Check, Message, Outcome, Result, State, Step, Task
from app.agents.peer import PeerNonsenseError, SenselessStepError
from app.agents.plan import Plan, PlannedStep
from app.agents.reading import read_task
from app.language.errors import AmbiguousError, ImpossibleError, NotUnderstoodError
from app.tools import registry

# How often the solver is asked again when a check disagrees.
SECOND_THOUGHTS = 2
EXAMPLES_SHOWN = 2
# Of an argument, in the transcript.
LONGEST_SHOWN = 1000
# What tools raise for what they do not understand, be it said so or found on the way.
_SENSELESS = (ValueError, NotUnderstoodError, ArithmeticError, LookupError, TypeError, RecursionError)

logger = logging.getLogger(__name__)

AskSolver = Callable[[Step], Outcome]


def answer(
    question: str,
    ask_solver: AskSolver,
    tell: Callable[[Message], None] = lambda _: None,
    earlier: Sequence[str] = (),
) -> Task:
    """The task for a question, done; `tell` hears every line of the transcript as it is said.

    `earlier` is what the person had said before, if `question` is a reply to a question back: the task, then replies.
    Raises PeerError when the solver cannot be asked, and whatever `tell` raises.
    """
    task = Task(question, tell=tell)
    try:
        plan = read_task([*earlier, question])
        if plan is not None:
            task.assumptions = plan.assumptions
            carry_out(plan, task, ask_solver)
        else:
            _settle(task, "rejected", refusal())
    except AmbiguousError as back:
        task.choices = list(back.choices)
        _settle(task, "input-required", back.question)
    except ImpossibleError as error:
        _settle(task, "rejected", f"This has no answer: {error}.")
    return task


def _settle(task: Task, state: State, text: str) -> None:
    task.state, task.answer = state, text
    if state == "input-required":
        data = {"choices": task.choices} if task.choices else None
        task.say(Message("planner", text, "question", data))
    else:
        task.say(Message("planner", text, "answer"))


def refusal() -> str:
    """What to say to a question that no tool understands: the things that can be asked."""
    lines = ["I did not understand this question. I can do these:"]
    # The most general tool is offered a question last, and shown to a person first.
    for tool in reversed(registry().values()):
        examples = "; ".join(f"“{_one_line(example)}”" for example in tool.examples[:EXAMPLES_SHOWN])
        lines.append(f"- {tool.summary}: {examples}")
    lines.append("Several questions may stand together, and “it”, “the rest” or “step 1” mean earlier results.")
    return "\n".join(lines)


def _one_line(example: str) -> str:
    first, more, _ = example.partition("\n")
    return f"{first} …" if more else first


def carry_out(plan: Plan, task: Task, ask_solver: AskSolver) -> None:
    """Do a plan's steps, check each, and settle `task`; raises ImpossibleError, and what `answer` raises."""
    task.say(Message("planner", _overview(plan), "plan"))
    values: list[str] = []
    for planned in plan.steps:
        result = _step(_fill(planned, values), planned.label, task, ask_solver)
        if result is None:
            return
        values.append(_carried(planned.tool, result.outcome.value))
        task.results.append(result)
    shown = [result for result in task.results if result.label]
    if len(shown) < 2:
        # One question has one result, the last, whatever it took to get there.
        shown = task.results[-1:]
        text = shown[0].outcome.display
    else:
        text = "\n".join(f"- {_capital(result.label)}: {result.outcome.display}" for result in shown)
    task.rounded = any(result.outcome.rounded for result in shown)
    _settle(task, "completed", text)


def _carried(tool: str, value: str) -> str:
    """A result as later steps have it: of an equation with one solution, the number alone."""
    solution = re.fullmatch(r"[a-z] = (-?[0-9]+(?:/[0-9]+)?)", value) if tool == "equations" else None
    return solution[1] if solution else value


def _overview(plan: Plan) -> str:
    count = len(plan.steps)
    labels = [step.label for step in plan.steps if step.label]
    if count == 1:
        return "This takes one step."
    if len(labels) < 2:
        return f"This takes {count} steps, one by one."
    return f"This takes {count} steps, one by one, for {len(labels)} results: {'; '.join(labels)}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _fill(planned: PlannedStep, values: list[str]) -> Step:
    try:
        return planned.fill(values)
    except ValueError:
        # Each result was read and checked when it came, so this one is a date or a text.
        raise ImpossibleError("a result before is no number, so it cannot be computed with") from None


def _step(step: Step, label: str, task: Task, ask_solver: AskSolver) -> Result | None:
    """One step done and checked; None, and the task failed, if the two methods never agree."""
    tool = registry()[step.tool]

    def ask(request: Step) -> Outcome:
        description = _described(request)
        task.say(Message("planner", f"Please work out {description}.", "request", _shown(request)))
        result = ask_solver(request)
        task.say(Message("solver", result.working, "result", result.json()))
        return result

    for _ in range(1 + SECOND_THOUGHTS):
        outcome = ask(step)
        try:
            verdict = tool.check(step.arguments, outcome, ask)
        except (*_SENSELESS, SenselessStepError) as error:
            fields = {"tool": step.tool, "reason": repr(error)[:200]}
            logger.warning("a result of the solver's could not be read", extra={"fields": fields})
            raise PeerNonsenseError("a result of the solver's could not be read") from error
        task.say(_verdict_message(verdict, outcome))
        if verdict.agrees:
            return Result(label, outcome, verdict.method)
    description = tool.describe(step.arguments)
    _settle(
        task,
        "failed",
        f"I have no answer that I trust: two ways to work out {description} came to different results.",
    )
    return None


def _described(step: Step) -> str:
    """A step in words. Raises SenselessStepError, ImpossibleError: what it is about may be a result before."""
    if any(len(argument) > solving.LONGEST_ARGUMENT for argument in step.arguments.values()):
        raise ImpossibleError("a result before is too long to go on with")
    try:
        return registry()[step.tool].describe(step.arguments)
    except _SENSELESS as error:
        raise SenselessStepError("a step could not be put into words") from error


def _shown(step: Step) -> dict[str, Any]:
    """The step for the transcript; of a pasted table, its beginning is enough."""
    short = {
        name: text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}…"
        for name, text in step.arguments.items()
    }
    return Step(step.tool, short).json()


def _verdict_message(verdict: Check, outcome: Outcome) -> Message:
    data = {"agrees": verdict.agrees, "method": verdict.method}
    if verdict.agrees:
        return Message("planner", f"Checked by {verdict.method}: {outcome.display} is right.", "check", data)
    return Message("planner", f"Checked by {verdict.method}: this does not agree. Once more.", "check", data)
