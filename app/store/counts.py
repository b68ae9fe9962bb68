"""How much there is in the database, for those who watch it."""

from sqlalchemy import func, select

from app.store.database import Database
from app.store.tables import Task


def tasks_by_state(database: Database) -> dict[tuple[str, str], int]:
    """How many tasks of each agent are in each state. Raises UnavailableError."""
    query = select(Task.agent, Task.state, func.count()).group_by(Task.agent, Task.state)
    with database.reading() as session:
        return {(agent, state): number for agent, state, number in session.execute(query)}
