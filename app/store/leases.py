"""Leases: a task is in the hands of one runner at a time, until it lets go or has not been heard of for a while.

A lease that ran out only allows another runner to take the task. Until one does, the first may go on; once one has,
the store refuses whatever the first still has to say, so that a replica that slept cannot disturb another one's work.
"""

from collections.abc import Collection

from sqlalchemy import and_, or_, select, update

from app.store.conversations import now, task_record
from app.store.database import Database
from app.store.records import RESTING, Hold, TaskRecord, may_be_id
from app.store.tables import Task


class Leases:
    """Who works on which task. Every method may raise UnavailableError, and then has changed nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(self, task_id: str, hold: Hold) -> TaskRecord | None:
        """Take a task that nobody works on; None when it rests, is gone, or a runner holds it."""
        if not may_be_id(task_id):
            return None
        moment = now()
        with self._database.transaction() as session:
            task = session.get(Task, task_id, with_for_update=True)
            if task is None or task.state in RESTING:
                return None
            if task.lease is not None and task.lease >= moment:
                return None
            task.runner, task.lease = hold.runner, until(hold)
            task.attempts += 1
            return task_record(task)

    def renew(self, task_ids: Collection[str], hold: Hold) -> set[str]:
        """Hold tasks for longer; those of them that are still the runner's."""
        mine = and_(Task.id.in_(task_ids), Task.runner == hold.runner)
        with self._database.transaction() as session:
            return set(session.scalars(update(Task).where(mine).values(lease=until(hold)).returning(Task.id)))

    def release(self, task_ids: Collection[str], runner: str) -> None:
        """Let go of tasks in good order, so that another runner may take them at once."""
        mine = and_(Task.id.in_(task_ids), Task.runner == runner)
        with self._database.transaction() as session:
            session.execute(update(Task).where(mine).values(runner=None, lease=None, attempts=Task.attempts - 1))

    def abandoned(self, agent: str, idle_seconds: float, most: int) -> list[str]:
        """Tasks to be done that nobody holds and that nothing has happened to for a while, oldest first."""
        moment = now()
        free = or_(and_(Task.lease.is_(None), Task.updated < moment - int(idle_seconds * 1e6)), Task.lease < moment)
        query = select(Task.id).where(Task.agent == agent, Task.state.in_(("submitted", "working")), free)
        with self._database.reading() as session:
            return list(session.scalars(query.order_by(Task.updated).limit(most)))


def until(hold: Hold) -> int:
    """When a hold that begins now ends."""
    return now() + int(hold.seconds * 1e6)
