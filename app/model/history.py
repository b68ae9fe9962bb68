"""What was said before a task in its conversation: what `and in miles?` is about."""

from app.store.records import TaskRecord
from app.store.tasks import TaskStore, Wanted

MOST_TASKS = 6

Talk = list[tuple[str, str]]


def before(store: TaskStore, record: TaskRecord) -> Talk:
    """The last tasks before this one, as (role, text), oldest first. Raises UnavailableError.

    A chat client sends its conversation with the request; other protocols name one that is kept here.
    """
    sent = (record.request.get("openai") or {}).get("before")
    if sent is not None:
        return [(str(role), str(text)) for role, text in sent if role in {"user", "assistant", "system", "developer"}]
    wanted = Wanted(record.agent, record.owner, conversation_id=record.conversation_id)
    newest = store.page(wanted, MOST_TASKS + 1)
    talk: Talk = []
    for task in reversed([found for found in newest if found.created < record.created]):
        talk.append(("user", str(task.request["text"])))
        talk.append(("assistant", str((task.answer or {}).get("text") or "")))
    return talk
