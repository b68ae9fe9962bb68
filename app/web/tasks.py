"""`/v1/tasks`: a person's question to the planner."""

from flask import Blueprint, Response, current_app, g, jsonify

from app.agents import planner
from app.agents.messages import Outcome, Step, Task
from app.agents.peer import Deadline, PeerError, SolverClient
from app.errors import RequestError
from app.web.requests import clean_text, json_object

blueprint = Blueprint("tasks", __name__)

LONGEST_QUESTION = 4_000
# Less than gunicorn lets a request go on after SIGTERM.
TASK_SECONDS = 25.0


def answer_question(question: str) -> Task:
    """Have the planner answer; raises RequestError when the solver cannot be asked."""
    solver: SolverClient = current_app.extensions["solver"]
    deadline = Deadline(TASK_SECONDS)

    def ask(step: Step) -> Outcome:
        return solver.ask(step, deadline, g.request_id)

    try:
        return planner.answer(question, ask)
    except PeerError as error:
        raise RequestError(error.status, error.code, f"{str(error).capitalize()}.", "Try again shortly") from error


@blueprint.post("/v1/tasks")
def create() -> Response:
    """Answer {"question": text} with the answer and the transcript of how it came about."""
    body = json_object({"question": str})
    return jsonify(answer_question(clean_text("question", body["question"], LONGEST_QUESTION)).json())
