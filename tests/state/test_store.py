"""The store's promises, on both databases."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.synchronize import Barrier

import pytest

from app.store.conversations import LONGEST_TITLE
from app.store.database import Database
from app.store.tasks import (
    Entry,
    FinishedTaskError,
    Hold,
    LostTaskError,
    TaskRecord,
    TaskStore,
    UnknownConversationError,
    UnknownTaskError,
    Wanted,
    now,
)
from tests.waiting import LIMIT_SECONDS

AGENT = "planner"
ME = Hold("me", 60)
# No database's text, no key of ours.
NO_IDS = ["", "a" * 101, "nul\0", "\ud800", "white space", "ünknown", "' OR 1=1 --"]


def make(store: TaskStore, owner: str = "ann", **more: object) -> TaskRecord:
    return store.create(AGENT, owner, {"text": "1 + 1"}, title="1 + 1", **more)  # type: ignore[arg-type]


def say(store: TaskStore, task: TaskRecord, number: int, text: str = "so", runner: str = "me") -> None:
    store.append(Entry(task.id, number, "message", {"text": text}), runner)


def settle(store: TaskStore, task: TaskRecord, number: int, state: str, runner: str = "me") -> None:
    entry = Entry(task.id, number, "status", {"state": state}, state, {"text": "2"})
    store.append(entry, runner)


def numbers(store: TaskStore, task: TaskRecord) -> list[int]:
    return [event.number for event in store.events(task.id)]


def test_a_task_is_kept_with_its_events_in_order(store: TaskStore) -> None:
    task = make(store, hold=ME)
    say(store, task, 2, "first")
    say(store, task, 3, "second")
    settle(store, task, 4, "completed")

    found = store.get(AGENT, "ann", task.id)
    assert (found.state, found.answer, found.last_event, found.request) == (
        "completed", {"text": "2"}, 4, {"text": "1 + 1"},
    )  # fmt: skip
    assert [(event.number, event.kind) for event in store.events(task.id)] == [
        (1, "status"), (2, "message"), (3, "message"), (4, "status"),
    ]  # fmt: skip
    assert [event.number for event in store.events(task.id, after=2)] == [3, 4]
    assert store.events(task.id, after=99) == []
    assert store.news([task.id, "unknown"]) == {task.id: (4, "completed")}


def test_tasks_of_other_owners_are_unknown(store: TaskStore) -> None:
    task = make(store)

    for agent, owner, task_id in [(AGENT, "bob", task.id), ("solver", "ann", task.id), (AGENT, "ann", "unknown")]:
        for ask in (store.get, store.cancel):
            with pytest.raises(UnknownTaskError):
                ask(agent, owner, task_id)
        with pytest.raises(UnknownTaskError):
            store.resume(agent, owner, task_id, {"text": "2"})
    with pytest.raises(UnknownConversationError):
        make(store, "bob", conversation_id=task.conversation_id)
    with pytest.raises(UnknownConversationError):
        store.forget_conversation(AGENT, "bob", task.conversation_id)


@pytest.mark.parametrize("text", NO_IDS)
def test_invalid_id_is_unknown(store: TaskStore, text: str) -> None:
    with pytest.raises(UnknownTaskError):
        store.get(AGENT, "ann", text)
    with pytest.raises(UnknownConversationError):
        make(store, conversation_id=text)
    with pytest.raises(UnknownConversationError):
        store.begin_conversation(AGENT, "ann", text, "title")
    assert store.leases.claim(text, ME) is None


def test_any_text_is_a_valid_title_and_any_json_a_valid_request(store: TaskStore) -> None:
    task = store.create(AGENT, "ann", {"text": "nul \0 and half \ud800"}, title="nul \0 half \ud800 " + "x" * 100)

    conversation, tasks = store.conversation(AGENT, "ann", task.conversation_id)
    assert conversation.title.startswith("nul  half ?")
    assert len(conversation.title) <= LONGEST_TITLE
    assert tasks[0].request["text"].startswith("nul")


def test_nothing_is_added_to_a_finished_task(store: TaskStore) -> None:
    task = make(store, hold=ME)
    settle(store, task, 2, "completed")

    with pytest.raises(FinishedTaskError):
        say(store, task, 3)
    with pytest.raises(FinishedTaskError):
        store.cancel(AGENT, "ann", task.id)
    with pytest.raises(FinishedTaskError):
        store.resume(AGENT, "ann", task.id, {"text": "more"})
    assert store.leases.claim(task.id, ME) is None
    assert numbers(store, task) == [1, 2]


def test_a_cancel_takes_effect_at_once_and_once(store: TaskStore) -> None:
    task = make(store, hold=ME)

    assert store.cancel(AGENT, "ann", task.id).state == "canceled"
    with pytest.raises(FinishedTaskError):
        store.cancel(AGENT, "ann", task.id)
    with pytest.raises(FinishedTaskError):
        say(store, task, 3)
    assert store.leases.renew([task.id], ME) == set()


def test_a_task_that_asked_back_goes_on_with_the_reply(store: TaskStore) -> None:
    task = make(store, hold=ME)
    settle(store, task, 2, "input-required")
    with pytest.raises(FinishedTaskError):
        say(store, task, 3)

    again = store.resume(AGENT, "ann", task.id, {"text": "the first"}, hold=Hold("other", 60))

    assert (again.state, again.request, again.last_event) == ("submitted", {"text": "the first"}, 3)
    say(store, task, 4, runner="other")
    with pytest.raises(LostTaskError):
        say(store, task, 5, runner="me")


def test_repeated_event_is_stored_once(store: TaskStore) -> None:
    # As when the connection broke after the commit and before its answer.
    task = make(store, hold=ME)
    for _ in range(2):
        say(store, task, 2)
    for _ in range(2):
        settle(store, task, 3, "completed")
    assert numbers(store, task) == [1, 2, 3]

    with pytest.raises(FinishedTaskError):
        say(store, task, 3, "something else")


def test_only_the_lease_holder_may_write_even_after_expiry(store: TaskStore) -> None:
    task = make(store, hold=Hold("me", -1))
    say(store, task, 2)

    taken = store.leases.claim(task.id, Hold("other", 60))

    assert taken is not None
    assert (taken.last_event, taken.attempts) == (2, 2)
    assert store.leases.claim(task.id, ME) is None
    with pytest.raises(LostTaskError):
        say(store, task, 3)
    assert store.leases.renew([task.id], ME) == set()
    assert store.leases.renew([task.id], Hold("other", 60)) == {task.id}
    say(store, task, 3, runner="other")
    assert numbers(store, task) == [1, 2, 3]


def test_unheld_tasks_are_found_and_released_ones_count_no_attempt(store: TaskStore) -> None:
    held, dropped, let_go, new = (
        make(store, hold=ME), make(store, hold=Hold("dead", -1)), make(store, hold=ME), make(store),
    )  # fmt: skip
    store.leases.release([let_go.id], "me")

    assert set(store.leases.abandoned(AGENT, 60, 9)) == {dropped.id}
    assert set(store.leases.abandoned(AGENT, -1, 9)) == {dropped.id, let_go.id, new.id}
    assert len(store.leases.abandoned(AGENT, -1, 1)) == 1
    assert store.leases.abandoned("solver", -1, 9) == []
    assert store.get(AGENT, "ann", let_go.id).attempts == 0
    assert store.leases.claim(held.id, Hold("other", 60)) is None


def test_pagination_neither_skips_nor_repeats(store: TaskStore) -> None:
    made = [make(store) for _ in range(7)]
    make(store, "bob")

    for size in (1, 3, 7):
        seen: list[str] = []
        before = None
        while page := store.page(Wanted(AGENT, "ann", before=before), size):
            seen += [task.id for task in page]
            before = (page[-1].updated, page[-1].id)
        assert sorted(seen) == sorted(task.id for task in made)

        seen, before = [], None
        while found := store.conversations(AGENT, "ann", size, before):
            seen += [conversation.id for conversation in found]
            before = (found[-1].updated, found[-1].id)
        assert sorted(seen) == sorted(task.conversation_id for task in made)
    assert store.count(Wanted(AGENT, "ann", before=(0, ""))) == 7


def test_deleting_a_conversation_deletes_its_tasks_and_events(store: TaskStore) -> None:
    task = make(store, hold=ME)
    other = make(store, conversation_id=task.conversation_id)

    store.forget_conversation(AGENT, "ann", task.conversation_id)

    assert store.news([task.id, other.id]) == {}
    assert store.events(task.id) == []
    with pytest.raises(UnknownTaskError):
        say(store, task, 2)


def test_conversation_with_a_client_id_is_created_once(store: TaskStore) -> None:
    with ThreadPoolExecutor(8) as pool:
        for begun in [pool.submit(store.begin_conversation, AGENT, "ann", "own-id", "title") for _ in range(16)]:
            begun.result()

    assert [found.id for found in store.conversations(AGENT, "ann", 9)] == ["own-id"]
    with pytest.raises(UnknownConversationError):
        store.begin_conversation(AGENT, "bob", "own-id", "title")


def test_pruning_several_times_at_once_deletes_once(store: TaskStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.conversations.PRUNED_AT_ONCE", 3)
    old = [make(store) for _ in range(10)]
    limit = now()
    new, revived = make(store), old.pop()
    make(store, conversation_id=revived.conversation_id)

    with ThreadPoolExecutor(3) as pool:
        pruned = [pool.submit(store.prune, limit) for _ in range(3)]

    assert sum(one.result() for one in pruned) == 9
    assert {task.id for task in store.page(Wanted(AGENT, "ann"), 99)} >= {new.id, revived.id}
    assert store.news([task.id for task in old]) == {}


def claims(url: str, task_ids: list[str], start: Barrier, found: "multiprocessing.Queue[tuple[str, str]]") -> None:
    store = TaskStore(Database(url))
    name = multiprocessing.current_process().name
    start.wait()
    for task_id in task_ids:
        if store.leases.claim(task_id, Hold(name, 60)):
            found.put((task_id, name))
    found.put(("", name))


def test_task_is_claimed_by_one_process(store: TaskStore, url: str) -> None:
    tasks = [make(store).id for _ in range(30)]
    context = multiprocessing.get_context("spawn")
    found: multiprocessing.Queue[tuple[str, str]] = context.Queue()
    # They begin together, when all have started.
    start = context.Barrier(3)
    processes = [context.Process(target=claims, args=(url, tasks, start, found)) for _ in range(3)]
    for process in processes:
        process.start()
    claimed, ended = [], 0
    while ended < len(processes):
        task_id, _ = found.get(timeout=LIMIT_SECONDS)
        claimed.append(task_id)
        ended += not task_id
    for process in processes:
        process.join(timeout=LIMIT_SECONDS)

    assert sorted(filter(None, claimed)) == sorted(tasks)


def test_concurrent_events_are_numbered_consecutively(store: TaskStore) -> None:
    tasks = [make(store, hold=ME) for _ in range(6)]

    def work(task: TaskRecord) -> None:
        for number in range(2, 22):
            say(store, task, number)

    with ThreadPoolExecutor(len(tasks)) as pool:
        for done in [pool.submit(work, task) for task in tasks]:
            done.result()

    assert all(numbers(store, task) == list(range(1, 22)) for task in tasks)
