"""What a tool is: how it reads a question, solves a step, and checks a result by another method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.agents.context import Context
from app.agents.messages import Ask, Check, Outcome
from app.agents.plan import Plan

Arguments = Mapping[str, str]


def reads_nothing(question: str, context: Context) -> Plan | None:  # noqa: ARG001
    """The reader of a tool that is only a step in other tools' plans."""
    return None


@dataclass(frozen=True)
class Tool:
    """One thing the agents can do.

    parameters: the names of the step's arguments, all of them required.
    describe: the step in a few words, to be read after "work out".
    solve: the solver's part; raises ImpossibleError where there is no result, ValueError for senseless arguments.
    check: the planner's part: the same result by a second method, for which it may ask the solver.
    read: the planner's part: a plan for a question that this tool understands, or None; in a task of several parts,
        the context knows the results before. Raises AmbiguousError to ask the person back, ImpossibleError.
    examples: questions to show to a person; the tests ask them.
    rank: tools of a lower rank are offered a question first.
    heavy: solve may take any time or memory, so it is called in a process with limits on both.
    """

    name: str
    summary: str
    examples: tuple[str, ...]
    parameters: tuple[str, ...]
    describe: Callable[[Arguments], str]
    solve: Callable[[Arguments], Outcome]
    check: Callable[[Arguments, Outcome, Ask], Check]
    read: Callable[[str, Context], Plan | None] = reads_nothing
    rank: int = 10
    heavy: bool = False
