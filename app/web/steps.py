"""`/v1/steps`: a step from the planner to the solver."""

from flask import Blueprint, Response, jsonify

from app.agents import solver
from app.agents.limited import BusyError
from app.agents.messages import Step
from app.errors import RequestError
from app.language.errors import ImpossibleError
from app.web.requests import clean_text, json_object

blueprint = Blueprint("steps", __name__)

# Results carried from step to step may be long numbers.
LONGEST_ARGUMENT = 32_000


@blueprint.post("/v1/steps")
def create() -> Response:
    """Do {"tool": text, "arguments": {name: text}}."""
    body = json_object({"tool": str, "arguments": dict})
    given = body["arguments"]
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise RequestError(400, "wrong_type", "Arguments are texts.", 'Send "arguments": {"name": "text"}')
    arguments = {
        name: clean_text("arguments", value, LONGEST_ARGUMENT, may_be_empty=True) for name, value in given.items()
    }
    try:
        return jsonify(solver.solve(Step(clean_text("tool", body["tool"], 100), arguments)).json())
    except BusyError:
        raise RequestError(503, "busy", "The solver is busy with other steps.", "Try again shortly") from None
    except ImpossibleError as error:
        raise RequestError(422, "impossible", str(error)) from error
    except ValueError as error:
        raise RequestError(422, "senseless_step", str(error)) from error
