"""The planner: it takes a question apart, has the solver do each step, checks each result, and answers."""

from collections.abc import Callable
from typing import cast

from app.agents.messages import Check, Message, Outcome, Step, Task
from app.agents.peer import PeerNonsenseError
from app.agents.plan import Plan
from app.language.errors import ImpossibleError, NotUnderstoodError
from app.tools import registry

# How often the solver is asked again when a check disagrees.
SECOND_THOUGHTS = 2
EXAMPLES_SHOWN = 2

AskSolver = Callable[[Step], Outcome]


def answer(question: str, ask_solver: AskSolver) -> Task:
    """The task for a question, done; raises PeerError when the solver cannot be asked."""
    task = Task(question)
    try:
        plan = _read(question)
        if plan is not None:
            task.assumptions = plan.assumptions
            _carry_out(plan, task, ask_solver)
        else:
            task.state, task.answer = "rejected", refusal()
            task.say(Message("planner", task.answer, "answer"))
    except ImpossibleError as error:
        task.state, task.answer = "rejected", f"This has no answer: {error}."
        task.say(Message("planner", task.answer, "answer"))
    return task


def refusal() -> str:
    """What to say to a question that no tool understands: the things that can be asked."""
    lines = ["I did not understand this question. I can do these:"]
    for tool in registry().values():
        examples = "; ".join(f"“{example}”" for example in tool.examples[:EXAMPLES_SHOWN])
        lines.append(f"- {tool.summary}: {examples}")
    return "\n".join(lines)


def _read(question: str) -> Plan | None:
    for tool in registry().values():
        plan = tool.read(question)
        if plan is not None:
            return plan
    return None


def _carry_out(plan: Plan, task: Task, ask_solver: AskSolver) -> None:
    count = len(plan.steps)
    task.say(
        Message("planner", "This takes one step." if count == 1 else f"This takes {count} steps, one by one.", "plan")
    )
    results: list[str] = []
    outcome: Outcome | None = None
    for planned in plan.steps:
        step = _fill(planned.fill, results)
        outcome = _step(step, task, ask_solver)
        if outcome is None:
            return
        results.append(outcome.value)
    last = cast("Outcome", outcome)
    task.answer, task.rounded = last.display, last.rounded
    task.say(Message("planner", last.display, "answer"))


def _fill(fill: Callable[[list[str]], Step], results: list[str]) -> Step:
    try:
        return fill(results)
    except ValueError as error:
        raise PeerNonsenseError("a result of the solver's could not be read") from error


def _step(step: Step, task: Task, ask_solver: AskSolver) -> Outcome | None:
    """One step done and checked; None, and the task failed, if the two methods never agree."""
    tool = registry()[step.tool]

    def ask(request: Step) -> Outcome:
        description = registry()[request.tool].describe(request.arguments)
        task.say(Message("planner", f"Please work out {description}.", "request", request.json()))
        result = ask_solver(request)
        task.say(Message("solver", result.working, "result", result.json()))
        return result

    for _ in range(1 + SECOND_THOUGHTS):
        outcome = ask(step)
        try:
            verdict = tool.check(step.arguments, outcome, ask)
        except (ValueError, NotUnderstoodError) as error:
            raise PeerNonsenseError("a result of the solver's could not be read") from error
        task.say(_verdict_message(verdict, outcome))
        if verdict.agrees:
            return outcome
    task.state = "failed"
    description = tool.describe(step.arguments)
    task.answer = f"I have no answer that I trust: two ways to work out {description} came to different results."
    task.say(Message("planner", task.answer, "answer"))
    return None


def _verdict_message(verdict: Check, outcome: Outcome) -> Message:
    data = {"agrees": verdict.agrees, "method": verdict.method}
    if verdict.agrees:
        return Message("planner", f"Checked by {verdict.method}: {outcome.display} is right.", "check", data)
    return Message("planner", f"Checked by {verdict.method}: this does not agree. Once more.", "check", data)
