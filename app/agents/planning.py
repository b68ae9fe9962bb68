"""The planner's work on one task: it reads the question, asks the solver, and tells the task's followers all of it."""

from app.agents.job import CanceledError
from app.agents.messages import Message, Outcome, Step
from app.agents.peer import Deadline, PeerError, SolverClient
from app.agents.runner import TASK_SECONDS, Job, Work
from app.model import history
from app.model.assistant import Assistant, Ways
from app.observe import watched
from app.settings import Settings
from app.store.tasks import TaskStore


def work(solver: SolverClient, settings: Settings, store: TaskStore) -> Work:
    """The work of a planner that asks `solver`, and the language model of `settings` if there is one."""
    assistant = Assistant(settings)

    def do(job: Job) -> None:
        deadline = Deadline(TASK_SECONDS)
        request = job.record.request

        def tell(message: Message) -> None:
            job.tell("message", message.json())

        def ask(step: Step) -> Outcome:
            with watched.step(step.tool):
                return solver.ask(step, deadline, str(request.get("request_id", "")))

        def stream(text: str) -> None:
            job.tell("delta", {"text": text})

        def alive() -> None:
            if job.canceled.is_set():
                raise CanceledError

        ways = Ways(ask, tell, stream, alive, lambda: history.before(store, job.record))
        try:
            task, kept = assistant.answer(request, ways, deadline.left(), job.record.answer)
        except PeerError as error:
            message = f"{str(error).capitalize()}."
            job.settle("failed", {"error": {"code": error.code, "status": error.status, "message": message}}, message)
        else:
            job.settle(task.state, kept)

    return do
