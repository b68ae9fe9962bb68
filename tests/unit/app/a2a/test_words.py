"""An answer that is worded while it is followed: whoever comes when hears each word once, and in order."""

import threading
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import pytest
from a2a import types

from app.a2a import agents
from app.a2a.operations import Operations
from app.a2a.reading import Sending
from app.agents.desk import Desk
from app.agents.feed import Feed
from app.agents.job import Job
from app.store.database import Database
from app.store.tasks import TaskStore
from tests.unit.app.a2a.calls import said, strictly
from tests.waiting import until

WORDS = ["one ", "two ", "three ", "four "]
# Events 1 and 2 are that the task is there and begun.
FIRST_WORD = 3


class Wording:
    """An agent that says WORDS, begins anew after `anew` of them, and ends when it is told to."""

    def __init__(self, url: str, name: str, anew: int = 0) -> None:
        store = TaskStore(Database(url))
        self._anew = anew
        self.end = threading.Event()
        self.desk = Desk(name, store, Feed(store), self._work)
        self.operations = Operations(agents.planner(self.desk), "ann", "request-1")
        message = said("Count to four.")["message"]
        self.task = self.operations.send(Sending(message, blocking=False, history_length=None))["task"]
        self.last = FIRST_WORD - 1 + len(WORDS) + (1 if anew else 0)
        until(lambda: len(store.events(self.task["id"])) == self.last)

    def _work(self, job: Job) -> None:
        for number, word in enumerate(WORDS):
            if self._anew and number == self._anew:
                job.settle("working", text="Another replica goes on with this.")
            job.tell("delta", {"text": word})
        self.end.wait(20)
        job.settle("completed", {"text": "".join(WORDS[self._anew :])})

    def heard(self, after: int | None) -> tuple[str, list[tuple[bool, str]], str]:
        """The words in the task as it is told first, then chunks with whether they are appended, then the answer."""
        updates = self.operations.subscribe(self.task["id"], after)
        first = next(updates)
        assert first is not None
        self.end.set()
        rest = [strictly(update[1], types.StreamResponse()) and update[1] for update in updates if update is not None]
        made = [update["artifactUpdate"] for update in rest if "artifactUpdate" in update]
        chunks = list(takewhile(lambda update: not update["lastChunk"], made))
        assert (made[-1]["append"], made[-1]["lastChunk"]) == (False, True)
        return _text(first[1]["task"]), [(one["append"], _words(one)) for one in chunks], _words(made[-1])


def _words(update: dict[str, Any]) -> str:
    return str(update["artifact"]["parts"][0]["text"])


def _text(task: dict[str, Any]) -> str:
    return "".join(artifact["parts"][0]["text"] for artifact in task.get("artifacts", []))


@pytest.fixture
def wording(database_url: str, request: pytest.FixtureRequest) -> Iterator[Wording]:
    made = Wording(database_url, request.node.name, getattr(request, "param", 0))
    yield made
    made.end.set()
    made.desk.runner.stop(20)


@pytest.mark.parametrize(
    ("after", "before", "chunks"),
    [
        (2, "", [(False, "one "), (True, "two "), (True, "three "), (True, "four ")]),
        (4, "one two ", [(True, "three "), (True, "four ")]),
        (6, "one two three four ", []),
        (None, "one two three four ", []),
    ],
)
def test_every_word_is_streamed_once(
    wording: Wording, after: int | None, before: str, chunks: list[tuple[bool, str]]
) -> None:
    assert wording.heard(after) == (before, chunks, "one two three four ")


@pytest.mark.parametrize("wording", [2], indirect=True)
@pytest.mark.parametrize(
    ("after", "before", "chunks"),
    [
        (3, "one ", [(True, "two "), (False, "three "), (True, "four ")]),
        (5, "", [(False, "three "), (True, "four ")]),
        (6, "three ", [(True, "four ")]),
    ],
)
def test_words_of_an_abandoned_attempt_are_replaced(
    wording: Wording, after: int, before: str, chunks: list[tuple[bool, str]]
) -> None:
    assert wording.heard(after) == (before, chunks, "three four ")
