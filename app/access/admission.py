"""How many tasks one subject may have under way, in all replicas together."""

from flask import g, has_request_context
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from app.access.tables import AccessTask
from app.errors import RequestError
from app.store.tables import Task
from app.store.tasks import FINISHED

# Whoever holds the subject's row is alone with its counts until the transaction ends. SQLite has one writer anyway.
_HOLD = text("""
    INSERT INTO access_rates (subject, due) VALUES (:subject, 0)
    ON CONFLICT (subject) DO UPDATE SET due = access_rates.due
""")
RETRY_SECONDS = 5


def hold(session: Session, subject: str) -> None:
    """Let no other replica count for this subject until the transaction ends."""
    session.execute(_HOLD, {"subject": subject})


def admit_task(session: Session, task_id: str) -> None:
    """Count a task, just added, for the request that makes it; raises RequestError where it is one too many.

    Called within the transaction that adds the task, which then adds nothing. A task made outside a request, or by an
    agent, is not limited.
    """
    identity = g.get("identity") if has_request_context() else None
    if identity is None or identity.subject is None or not identity.limits.tasks:
        return
    subject, most = identity.subject, identity.limits.tasks
    hold(session, subject)
    mine = select(Task.id).join(AccessTask, AccessTask.task_id == Task.id).where(AccessTask.subject == subject)
    gone = delete(AccessTask).where(AccessTask.task_id.in_(mine.where(Task.state.in_(FINISHED))))
    session.execute(gone.execution_options(synchronize_session=False))
    under_way = mine.where(Task.state.in_(("submitted", "working"))).subquery()
    count = session.scalar(select(func.count()).select_from(under_way)) or 0
    if count >= most:
        raise RequestError(
            429, "too_many_tasks", f"{most} tasks of yours are under way, which is as many as may be.",
            "Wait for one to end, or cancel one", headers={"Retry-After": str(RETRY_SECONDS)},
        )  # fmt: skip
    session.add(AccessTask(task_id=task_id, subject=subject))
