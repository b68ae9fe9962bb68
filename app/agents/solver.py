"""The solver: it owns the tools and does one typed step at a time."""

from app.agents.limited import limited
from app.agents.messages import Outcome, Step
from app.observe import watched
from app.tools import registry


def solve(step: Step) -> Outcome:
    """The step's outcome; raises ImpossibleError where there is none, ValueError for a senseless step."""
    tool = registry().get(step.tool)
    if tool is None:
        raise ValueError(f"there is no tool {step.tool!r}; there are {', '.join(sorted(registry()))}")
    if set(step.arguments) != set(tool.parameters):
        raise ValueError(
            f"{tool.name} takes {', '.join(tool.parameters)}, not {', '.join(step.arguments) or 'nothing'}"
        )
    with watched.tool(tool.name):
        return limited.solve(step) if tool.heavy else tool.solve(step.arguments)
